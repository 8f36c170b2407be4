/* plot.h: curves as text. */
#ifndef BP_CLI_PLOT_H
#define BP_CLI_PLOT_H

#include <bprop/real.h>
#include <stddef.h>

/* Prints a curve of n ≥ 2 points (x ascending) as asterisks, and n_points ≥ 0 single points on it
 * as o, on stdout, with the ranges beside the axes. */
void plot_curve(const char *x_name, const char *y_name, size_t n, const bp_real *x,
                const bp_real *y, size_t n_points, const bp_real *point_x, const bp_real *point_y);

#endif
