#include "shape.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Numbers separated by commas; how many, 0 for anything else. */
static size_t parse_sizes(const char *text, size_t sizes[MOST_LAYERS + 1])
{
    char *end = NULL;
    for (size_t n = 0; n <= MOST_LAYERS; text = end + 1) {
        sizes[n] = strtoul(text, &end, 10);
        if (end == text || !sizes[n++])
            return 0;
        if (*end != ',')
            return *end ? 0 : n;
    }
    return 0;
}

bool parse_shape(int argc, char **argv, shape *s)
{
    size_t given = 0, n = 3;
    *s = (shape){2, {784, 128, 10}, .batch = 128, .rows = 6000, .turns = 7, .loops = true};
    for (int i = 1; i < argc; i++) {
        bool valued = i + 1 < argc;
        if (strcmp(argv[i], "--json") == 0)
            s->json = true;
        else if (strcmp(argv[i], "--no-loops") == 0)
            s->loops = false;
        else if (strcmp(argv[i], "--turns") == 0 && valued)
            s->turns = strtoul(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--threads") == 0 && valued)
            s->threads = atoi(argv[++i]);
        else if (++given == 1)
            n = parse_sizes(argv[i], s->sizes);
        else
            *(given == 2 ? &s->batch : &s->rows) = strtoul(argv[i], NULL, 10);
    }
    s->n_layers = n ? n - 1 : 0;
    return given <= 3 && s->n_layers && s->batch && s->rows && s->turns;
}

double next_random(void)
{
    static uint64_t x = 1; /* Lehmer's generator, with the multiplier 48271 */
    x = x * 48271 % 2147483647;
    return (double)x / 2147483647.0;
}

void *must(void *block)
{
    if (!block)
        abort();
    return block;
}

void print_contenders(const contender *c, size_t n, int threads, const char *blas, const char *core)
{
    printf("{\"threads\":%d,\"blas\":\"%s\",\"core\":\"%s\",\"contenders\":[", threads, blas, core);
    for (size_t i = 0; i < n; i++)
        printf("%s{\"name\":\"%s\",\"median\":%.6g,\"min\":%.6g,\"max\":%.6g}", i ? "," : "",
               c[i].name, c[i].median, c[i].min, c[i].max);
    printf("]}\n");
}
