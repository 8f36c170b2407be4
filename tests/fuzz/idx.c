/* idx.c: arrays in MNIST's format. */
#include "fuzz_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    return fuzz_format("idx", bytes, size);
}
