/* lookup.c: optimizers by number and by name, from the table compiled for this CPU. */
#include "train/lookup.h"

#include "base/error.h"

#include <string.h>

const bp_table *const bp_optimizer_tables[] = BP_TABLES(bp_optimizers);

const bp_optimizer *bp_optimizer_at(size_t i)
{
    const bp_table *table = bp_optimizer_tables[bp_cpu_level()];
    return i < table->n ? (const bp_optimizer *)table->rows + i : NULL;
}

const bp_optimizer *bp_optimizer_find(const char *name, bp_error *error)
{
#ifndef BP_HAVE_LBFGS
    if (name && strcmp(name, "lbfgs") == 0) {
        bp_fail(error, BP_ERROR_ARGUMENT,
                "this bprop was built without liblbfgs; install it, with its header, and build "
                "again with -Dlbfgs=enabled");
        return NULL;
    }
#endif
    const bp_table *table = bp_optimizer_tables[bp_cpu_level()];
    return bp_find(table->rows, table->n, sizeof(bp_optimizer), "optimizer", name, error);
}
