/* elementwise.c: activations, losses and optimizers' steps alone, at each level of CPU that the
 * build has and this machine can run. Usage: elementwise; ns an element (one activation of 1×2: ns
 * a call). */
#include "measure.h"

#include "network/lookup.h"
#include "train/lookup.h"

#include <bprop/train.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct work {
    size_t m, n;
    const bp_activation *activation;
    const bp_loss *loss;
    const bp_optimizer *optimizer;
    bp_real *X, *Y, *Out, *state[2];
    double sum;
} work;

static void apply(void *data)
{
    work *w = data;
    w->activation->apply(w->m, w->n, w->X, w->n, w->Out, w->n + 1);
}

static void times_derivative(void *data)
{
    work *w = data; /* D anew each time, lest it becomes subnormal */
    memcpy(w->Out, w->Y, w->m * w->n * sizeof *w->Out);
    w->activation->times_derivative(w->m, w->n, w->X, w->n, w->Y, w->n + 1, w->Out, w->n);
}

static void loss_sum(void *data)
{
    work *w = data;
    w->sum += w->loss->sum(w->m, w->n, w->X, w->n, w->Y, w->n);
}

static void loss_delta(void *data)
{
    work *w = data;
    w->loss->delta(w->m, w->n, w->X, w->n, w->Y, w->n, 1, w->Out, w->n);
}

static void step(void *data)
{
    work *w = data;
    w->optimizer->step(w->n, w->Out, w->X, w->state, 1e-9, 2);
}

enum { MOST_LEVELS = 8, SIZE = 100000 };

/* `size` numbers between ±3, or between 0 and 1. */
static bp_real *random_block(size_t size, double least, double range)
{
    static size_t apart; /* blocks at the same place in their pages would hinder each other */
    bp_real *values = malloc((size + (apart += 40)) * sizeof *values);
    if (!values)
        abort();
    values += apart;
    for (size_t i = 0, x = 1; i < size; i++, x = x * 48271 % 2147483647)
        values[i] = (bp_real)(least + range * ((double)x / 2147483647.0));
    return values;
}

static void line(const char *name, const char *what, void (*run)(void *), work *works,
                 size_t n_works)
{
    contender c[MOST_LEVELS] = {{0}};
    for (size_t l = 0; l < n_works; l++)
        c[l] = (contender){.name = name, .run = run, .data = &works[l]};
    if (!measure(c, n_works, 7, 0.0005))
        abort();
    printf("| %s | %s | %zux%zu |", name, what, works->m, works->n);
    for (size_t l = 0; l < n_works; l++)
        printf(" %.2f |", 1e9 * c[l].median / (double)(works->m * works->n));
    printf("\n");
}

int main(void)
{
    static const size_t shapes[][2] = {{128, 128}, {128, 10}, {32, 3}, {1, 2}};
    size_t n_levels = bp_cpu_level() + 1;
    work base = {.X = random_block(SIZE, -3, 6), .Y = random_block(SIZE, 0, 1)}, w[MOST_LEVELS];
    base.Out = random_block(SIZE, 0, 1);
    base.state[0] = random_block(SIZE, 0, 1);
    base.state[1] = random_block(SIZE, 0, 1);
    printf("| ns an element | | rows x columns |");
    for (size_t l = 0; l < n_levels; l++)
        printf(" %s |", bp_cpu_level_name(l));
    printf("\n|---|---|---|");
    for (size_t l = 0; l < n_levels; l++)
        printf("---|");
    printf("\n");
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        for (size_t l = 0; l < n_levels; l++)
            w[l] = base, w[l].m = shapes[s][0], w[l].n = shapes[s][1];
        for (size_t i = 0; i < bp_activation_tables[0]->n; i++) {
            for (size_t l = 0; l < n_levels; l++)
                w[l].activation = (const bp_activation *)bp_activation_tables[l]->rows + i;
            line(w->activation->name, "apply", apply, w, n_levels);
            line(w->activation->name, "times_derivative", times_derivative, w, n_levels);
        }
        for (size_t i = 0; i < bp_loss_tables[0]->n; i++) {
            for (size_t l = 0; l < n_levels; l++)
                w[l].loss = (const bp_loss *)bp_loss_tables[l]->rows + i;
            line(w->loss->name, "sum", loss_sum, w, n_levels);
            line(w->loss->name, "delta", loss_delta, w, n_levels);
        }
    }
    for (size_t i = 0; i < bp_optimizer_tables[0]->n; i++) {
        for (size_t l = 0; l < n_levels; l++) {
            w[l].m = 1, w[l].n = SIZE;
            w[l].optimizer = (const bp_optimizer *)bp_optimizer_tables[l]->rows + i;
        }
        if (w->optimizer->step)
            line(w->optimizer->name, "step", step, w, n_levels);
    }
    return 0;
}
