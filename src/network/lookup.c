/* lookup.c: activations and losses by number and by name, from the tables compiled for this CPU. */
#include "network/lookup.h"

#include "base/error.h"

const bp_table *const bp_activation_tables[] = BP_TABLES(bp_activations);
const bp_table *const bp_loss_tables[] = BP_TABLES(bp_losses);

const bp_activation *bp_activation_at(size_t i)
{
    const bp_table *table = bp_activation_tables[bp_cpu_level()];
    return i < table->n ? (const bp_activation *)table->rows + i : NULL;
}

const bp_activation *bp_activation_find(const char *name, bp_error *error)
{
    const bp_table *table = bp_activation_tables[bp_cpu_level()];
    return bp_find(table->rows, table->n, sizeof(bp_activation), "activation", name, error);
}

const bp_loss *bp_loss_at(size_t i)
{
    const bp_table *table = bp_loss_tables[bp_cpu_level()];
    return i < table->n ? (const bp_loss *)table->rows + i : NULL;
}

const bp_loss *bp_loss_find(const char *name, bp_error *error)
{
    const bp_table *table = bp_loss_tables[bp_cpu_level()];
    return bp_find(table->rows, table->n, sizeof(bp_loss), "loss", name, error);
}

double bp_loss_divisor(const bp_loss *loss, double weight, size_t outputs)
{
    switch (loss->reduction) {
    case BP_REDUCE_MEAN_ELEMENTS:
        return weight * (double)outputs;
    case BP_REDUCE_MEAN_ROWS:
        return weight;
    case BP_REDUCE_SUM:
        break;
    }
    return 1;
}
