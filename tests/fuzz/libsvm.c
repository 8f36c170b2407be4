/* libsvm.c: sparse tables in LIBSVM's format. */
#include "fuzz_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    return fuzz_format("libsvm", bytes, size);
}
