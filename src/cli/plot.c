#include "plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 61, HEIGHT = 16 };

typedef struct range {
    double min, max;
} range;

static range widen(range r, size_t n, const bp_real *values)
{
    for (size_t i = 0; i < n; i++) {
        r.min = fmin(r.min, values[i]);
        r.max = fmax(r.max, values[i]);
    }
    return r;
}

/* Where a value falls among `cells` of its range. */
static size_t cell_of(double value, range r, size_t cells)
{
    double span = r.max > r.min ? r.max - r.min : 1;
    return (size_t)lround((value - r.min) / span * (double)(cells - 1));
}

void plot_curve(const char *x_name, const char *y_name, size_t n, const bp_real *x,
                const bp_real *y, size_t n_points, const bp_real *point_x, const bp_real *point_y)
{
    const range nothing = {INFINITY, -INFINITY};
    range across = widen(widen(nothing, n, x), n_points, point_x);
    range up = widen(widen(nothing, n, y), n_points, point_y);
    char grid[HEIGHT][WIDTH + 1];
    for (size_t row = 0; row < HEIGHT; row++) {
        memset(grid[row], ' ', WIDTH);
        grid[row][WIDTH] = '\0';
    }
    for (size_t i = 0; i < n; i++)
        grid[HEIGHT - 1 - cell_of(y[i], up, HEIGHT)][cell_of(x[i], across, WIDTH)] = '*';
    for (size_t i = 0; i < n_points; i++)
        grid[HEIGHT - 1 - cell_of(point_y[i], up, HEIGHT)][cell_of(point_x[i], across, WIDTH)] =
            'o';
    for (size_t row = 0; row < HEIGHT; row++) /* no blanks at the ends of lines */
        for (size_t i = WIDTH; i-- > 0 && grid[row][i] == ' ';)
            grid[row][i] = '\0';
    printf("    %s\n", y_name);
    for (size_t row = 0; row < HEIGHT; row++) {
        if (row == 0 || row == HEIGHT - 1)
            printf("%7.2f |%s\n", row ? up.min : up.max, grid[row]);
        else
            printf("        |%s\n", grid[row]);
    }
    printf("        +-------------------------------------------------------------\n");
    printf("        %-8.2f%45s%8.2f  %s\n", across.min, "", across.max, x_name);
}
