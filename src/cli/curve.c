#include "curve.h"

#include "report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char header[] = "epoch,loss,validation_loss,learning_rate,seconds\n";

static bp_status fail_write(const char *path, bp_error *error)
{
    return fail(error, BP_ERROR_FILE, strcmp(path, "-") == 0 ? NULL : path,
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

bp_status open_curve(const char *path, size_t epochs, FILE **curve, bp_error *error)
{
    if (strcmp(path, "-") == 0) {
        *curve = stdout;
        return fputs(header, stdout) < 0 ? fail_write(path, error) : BP_OK;
    }
    FILE *file = epochs ? fopen(path, "r+") : NULL;
    long kept = file ? kept_part(file, epochs) : 0;
    if (!file)
        file = fopen(path, "w");
    if (!file)
        return fail_write(path, error);
    bool ready = fseek(file, kept, SEEK_SET) == 0 || kept == 0; /* a pipe has no places */
    if (kept > 0)
        ready = ready && ftruncate(fileno(file), kept) == 0;
    else
        ready = ready && fputs(header, file) >= 0 && fflush(file) == 0;
    if (!ready) {
        bp_status status = fail_write(path, error);
        fclose(file);
        return status;
    }
    *curve = file;
    return BP_OK;
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
