/* csv.c: tables in CSV. */
#include "fuzz_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    return fuzz_format("csv", bytes, size);
}
