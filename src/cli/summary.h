/* summary.h: the figures of several evaluations: of each one, and over all. */
#ifndef BP_CLI_SUMMARY_H
#define BP_CLI_SUMMARY_H

#include <bprop/bprop.h>
#include <jansson.h>
#include <stdio.h>

/* "accuracy 0.9667, log loss 0.1204 on 30 rows"; of several outputs a value each. A line but for
 * its newline. */
void print_figures(FILE *file, const bp_evaluation *e);

/* Of n ≥ 1 evaluations of one kind, a line a figure: mean ± standard deviation, and the mean of the
 * baseline's. The model names the outputs. */
void print_means(FILE *file, const bp_model *model, const bp_evaluation *e, size_t n);

/* Sets the same in an object: {"accuracy": {"mean": …, "std": …}, …, "baseline": {"accuracy": …}},
 * of several outputs arrays. A figure that is undefined in one evaluation has no mean: null. */
void set_means(json_t **object, const bp_evaluation *e, size_t n);

#endif
