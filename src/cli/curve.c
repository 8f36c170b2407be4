#include "curve.h"

#include "paths.h"
#include "report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char header[] = "epoch,loss,validation_loss,learning_rate,seconds\n";

static bp_status fail_write(const char *path, bp_error *error)
{
    return fail(error, BP_ERROR_FILE, is_stdout(path) ? NULL : path,
                "the learning curve cannot be written: %s", strerror(errno));
}

/* How many bytes of the file are its header and the lines of the first `epochs` epochs; 0 if it is
 * no learning curve. */
static long kept_part(FILE *file, size_t epochs)
{
    char line[200];
    if (!fgets(line, sizeof line, file) || strcmp(line, header) != 0)
        return 0;
    long kept = ftell(file);
    while (fgets(line, sizeof line, file) && strchr(line, '\n') &&
           strtoull(line, NULL, 10) <= epochs)
        kept = ftell(file);
    return kept;
}

/* Of a training that goes on, a file with something in it is to be gone on with. */
static bool goes_on(const char *path, size_t epochs)
{
    struct stat there;
    return epochs && !is_stdout(path) && stat(path, &there) == 0 && S_ISREG(there.st_mode) &&
           there.st_size > 0;
}

bp_status check_curve(const char *path, size_t epochs, bp_error *error)
{
    if (!goes_on(path, epochs))
        return BP_OK;
    FILE *file = fopen(path, "r");
    bool curve = file && kept_part(file, epochs) > 0;
    if (file)
        fclose(file);
    return curve ? BP_OK
                 : fail(error, BP_ERROR_FILE, path,
                        "this is no learning curve, whose lines could be gone on with; name "
                        "another file");
}

bp_status open_curve(const char *path, size_t epochs, FILE **curve, bp_error *error)
{
    bool more = goes_on(path, epochs);
    FILE *file = is_stdout(path) ? stdout : fopen(path, more ? "r+" : "w");
    if (!file)
        return fail_write(path, error);
    *curve = file;
    if (!more)
        return fputs(header, file) < 0 || fflush(file) ? fail_write(path, error) : BP_OK;
    long kept = kept_part(file, epochs);
    if (kept <= 0)
        return check_curve(path, epochs, error);
    return fseek(file, kept, SEEK_SET) || ftruncate(fileno(file), kept) ? fail_write(path, error)
                                                                        : BP_OK;
}

/* What is no number, such as the validation loss without validation rows, is an empty cell. */
static const char *cell(double value, char text[BP_NUMBER_SIZE])
{
    return isfinite(value) ? bp_print_number(value, text) : "";
}

bp_status add_to_curve(FILE *curve, const char *path, const bp_progress *p, bp_error *error)
{
    char loss[BP_NUMBER_SIZE], held[BP_NUMBER_SIZE], rate[BP_NUMBER_SIZE];
    int written = fprintf(curve, "%zu,%s,%s,%s,%.6f\n", p->epoch, cell(p->loss, loss),
                          cell(p->validation_loss, held), cell(p->learning_rate, rate), p->seconds);
    return written < 0 || fflush(curve) ? fail_write(path, error) : BP_OK;
}

void close_curve(FILE *curve)
{
    if (curve && curve != stdout)
        fclose(curve);
}
