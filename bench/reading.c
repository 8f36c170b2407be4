/* reading.c: how fast tables of text are read, beside a bare pass over their bytes and beside
 * strtod over getline, on one thread and on one for each core. Usage: reading [FILE…], CSV files of
 * numbers without a header line; the default is three tables made up here: doubles of 17 digits,
 * short decimals, whole numbers 0 … 255. */
#include "measure.h"

#include <bprop/bprop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

typedef struct table {
    const char *path;
    size_t bytes;
    double sum; /* lest the compiler leaves the work out */
} table;

static FILE *open_table(const table *t)
{
    FILE *file = fopen(t->path, "r");
    if (!file) {
        perror(t->path);
        exit(1);
    }
    return file;
}

/* All bytes read into a block that stays in cache, and the ends of lines sought. */
static void find_lines(void *data)
{
    static char block[1 << 18];
    table *t = data;
    FILE *file = open_table(t);
    size_t got;
    while ((got = fread(block, 1, sizeof block, file)))
        for (char *at = block; (at = memchr(at, '\n', (size_t)(block + got - at))); at++)
            t->sum++;
    fclose(file);
}

static void parse_lines(void *data)
{
    table *t = data;
    FILE *file = open_table(t);
    char *line = NULL, *end;
    size_t capacity = 0;
    while (getline(&line, &capacity, file) > 0)
        for (char *at = line; *at && *at != '\n'; at = *end ? end + 1 : end) {
            t->sum += strtod(at, &end);
            if (end == at)
                break;
        }
    free(line);
    fclose(file);
}

static void read_table(table *t, size_t threads)
{
    bp_dataset *made;
    bp_error error = {0};
    bp_read_options options = {.format = "csv", .threads = threads};
    if (bp_dataset_read(t->path, &options, &made, &error)) {
        fprintf(stderr, "%s\n", error.message);
        exit(1);
    }
    t->sum += (double)bp_dataset_rows(made);
    bp_dataset_destroy(made);
}

static void read_alone(void *data) { read_table(data, 1); }
static void read_together(void *data) { read_table(data, 0); }

static void compare(table *t)
{
    contender c[] = {{.name = "memchr", .run = find_lines, .data = t},
                     {.name = "strtod over getline", .run = parse_lines, .data = t},
                     {.name = "bprop, one thread", .run = read_alone, .data = t},
                     {.name = "bprop, all cores", .run = read_together, .data = t}};
    enum { N = sizeof c / sizeof *c };
    FILE *file = open_table(t);
    fseek(file, 0, SEEK_END);
    t->bytes = (size_t)ftell(file);
    fclose(file);
    if (!measure(c, N, 5, 0.2))
        abort();
    double size = (double)t->bytes / 1e6;
    printf("%s, %.0f MB\n", t->path, size);
    for (size_t i = 0; i < N; i++)
        printf("  %-20s median %6.0f MB/s (%.0f to %.0f)\n", c[i].name, size / c[i].median,
               size / c[i].max, size / c[i].min);
}

static void write_cell(FILE *file, int kind, size_t i)
{
    static const char *const ends[] = {"%.17g", "%.4g", "%.0f"};
    unsigned long long x = (i + 1) * 0x9e3779b97f4a7c15; /* the golden ratio scatters them */
    double unit = (double)(x >> 11) * 0x1p-53;
    fprintf(file, ends[kind], kind == 2 ? (x & 1 ? 255 * unit : 0) : 20 * unit - 10);
}

/* About 30 MB. */
static void compare_made_up(const char *folder, int kind)
{
    static const char *const names[] = {"17-digits", "short", "bytes"};
    static const size_t rows[] = {80000, 320000, 16000}, columns[] = {20, 15, 785};
    char path[1000];
    snprintf(path, sizeof path, "%s/bprop-%s.csv", folder, names[kind]);
    FILE *file = fopen(path, "w");
    if (!file) {
        perror(path);
        exit(1);
    }
    for (size_t i = 0; i < rows[kind] * columns[kind]; i++) {
        write_cell(file, kind, i);
        putc((i + 1) % columns[kind] ? ',' : '\n', file);
    }
    fclose(file);
    compare(&(table){.path = path});
    unlink(path);
}

int main(int argc, char **argv)
{
    const char *folder = getenv("TMPDIR");
    for (int i = 1; i < argc; i++)
        compare(&(table){.path = argv[i]});
    for (int kind = 0; argc == 1 && kind < 3; kind++)
        compare_made_up(folder && *folder ? folder : "/tmp", kind);
    struct rusage usage;
    if (!getrusage(RUSAGE_SELF, &usage))
        printf("peak memory %ld MB\n", usage.ru_maxrss / 1024);
    return 0;
}
