/* curve.h: the learning curve of --log, as CSV. */
#ifndef BP_CLI_CURVE_H
#define BP_CLI_CURVE_H

#include <bprop/bprop.h>
#include <stdio.h>

/* Whether a training that goes on after `epochs` epochs (0: it begins) may write its curve to that
 * file ("-": stdout): one that has something in it must be a curve. */
bp_status check_curve(const char *path, size_t epochs, bp_error *error);

/* Opens it and writes the header line; or, where a training goes on, cuts off what comes after
 * `epochs` epochs. Close *curve in any case. */
bp_status open_curve(const char *path, size_t epochs, FILE **curve, bp_error *error);

/* One line, at once in the file. */
bp_status add_to_curve(FILE *curve, const char *path, const bp_progress *progress, bp_error *error);

/* Closes it, NULL excepted. */
void close_curve(FILE *curve);

#endif
