/* curve.h: the learning curve of --log, as CSV. */
#ifndef BP_CLI_CURVE_H
#define BP_CLI_CURVE_H

#include <bprop/bprop.h>
#include <stdio.h>

/* Opens the file ("-": stdout) and writes the header line; of a training that goes on after
 * `epochs` epochs the lines up to there are kept, if the file has them. */
bp_status open_curve(const char *path, size_t epochs, FILE **curve, bp_error *error);

/* One line, at once in the file. */
bp_status add_to_curve(FILE *curve, const char *path, const bp_progress *progress, bp_error *error);

/* Closes it, NULL excepted. */
void close_curve(FILE *curve);

#endif
