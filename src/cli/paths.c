#include "paths.h"

#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool is_stdout(const char *path) { return strcmp(path, "-") == 0; }

/* "data/iris.csv" gives "iris.safetensors" in the current folder. */
static void default_model_path(const char *data, char *path, size_t size)
{
    const char *slash = strrchr(data, '/'), *name = slash ? slash + 1 : data;
    const char *dot = strrchr(name, '.');
    size_t length = dot && dot > name ? (size_t)(dot - name) : strlen(name);
    if (strcmp(data, "-") == 0 || length > size / 2)
        snprintf(path, size, "model.safetensors");
    else
        snprintf(path, size, "%.*s.safetensors", (int)length, name);
}

/* The folder of a path that is shorter than PATH_MAX. */
static const char *folder_of(const char *path, char folder[PATH_MAX])
{
    strcpy(folder, path);
    char *slash = strrchr(folder, '/');
    if (!slash)
        return ".";
    slash[slash == folder] = '\0';
    return folder;
}

/* Whether two paths lead to one regular file, there or not yet. */
static bool is_same_file(const char *a, const char *b)
{
    char folders[2][PATH_MAX];
    struct stat at[2];
    if (strlen(a) >= PATH_MAX || strlen(b) >= PATH_MAX)
        return false;
    bool there[2] = {stat(a, &at[0]) == 0, stat(b, &at[1]) == 0};
    const char *names[2] = {strrchr(a, '/'), strrchr(b, '/')};
    if (there[0] != there[1])
        return false;
    if (there[0])
        return S_ISREG(at[0].st_mode) && at[0].st_dev == at[1].st_dev &&
               at[0].st_ino == at[1].st_ino;
    if (strcmp(names[0] ? names[0] + 1 : a, names[1] ? names[1] + 1 : b) != 0)
        return false;
    return stat(folder_of(a, folders[0]), &at[0]) == 0 &&
           stat(folder_of(b, folders[1]), &at[1]) == 0 && at[0].st_dev == at[1].st_dev &&
           at[0].st_ino == at[1].st_ino;
}

/* A regular file needs a folder in which another can be made beside it. `what` it is for. */
static bp_status check_path(const char *path, const char *what, bp_error *error)
{
    char folder[PATH_MAX], real[PATH_MAX];
    struct stat there;
    if (strlen(path) >= sizeof folder)
        return fail(error, BP_ERROR_ARGUMENT, NULL, "'%.60s…': this name for the %s is too long",
                    path, what);
    bool exists = stat(path, &there) == 0, too_long = !exists && errno == ENAMETOOLONG;
    bool regular = !exists || S_ISREG(there.st_mode);
    if (!exists && lstat(path, &there) == 0) /* it may lead to another of the files */
        return fail(error, BP_ERROR_FILE, path,
                    "the %s would go to a link that leads nowhere; name the file itself", what);
    const char *file = exists && realpath(path, real) ? real : path; /* where a link leads */
    const char *needed = regular ? folder_of(file, folder) : path;
    if (too_long)
        errno = ENAMETOOLONG;
    else if (exists && S_ISDIR(there.st_mode))
        errno = EISDIR;
    else if (*path && access(needed, regular ? W_OK | X_OK : W_OK) == 0)
        return BP_OK;
    return fail(error, BP_ERROR_FILE, path, "the %s cannot be written here: %s", what,
                *path ? strerror(errno) : "the name is empty");
}

/* At most one thing may go to standard output. */
static bp_status check_stdout(const options *o, const char *model_path, bp_error *error)
{
    const char *other = o->json ? "--json" : o->preset ? "--preset documents" : NULL;
    const char *wants[] = {is_stdout(model_path) ? "-o -" : NULL,
                           o->log && is_stdout(o->log) ? "--log -" : NULL, other};
    const char *first = NULL;
    for (size_t i = 0; i < sizeof wants / sizeof *wants; i++) {
        if (first && wants[i])
            return fail(error, BP_ERROR_ARGUMENT, NULL,
                        "%s and %s both want standard output; name a file", first, wants[i]);
        if (wants[i])
            first = wants[i];
    }
    if (o->checkpoint && is_stdout(o->checkpoint))
        return fail(error, BP_ERROR_ARGUMENT, NULL,
                    "a checkpoint is written anew each time; name a file, not -");
    return BP_OK;
}

/* Each to a file of its own; but a checkpoint may take the place of the one before it, and a model
 * that of its first weights. */
static bp_status check_files(const options *o, const char *model_path, bp_error *error)
{
    double part; /* of the data, which is no file */
    enum { MODEL, CURVE, CHECKPOINT, N_WRITTEN };
    enum { DATA = N_WRITTEN, LABELS, HELD_OUT, HELD_LABELS, BEGUN, FIRST, N };
    const struct {
        const char *what, *path;
    } files[N] = {
        [MODEL] = {"model", model_path},
        [CURVE] = {"learning curve", o->log},
        [CHECKPOINT] = {"checkpoint", o->checkpoint},
        [DATA] = {"data", o->arguments[0]},
        [LABELS] = {"labels", o->labels},
        [HELD_OUT] = {"validation data", parse_number(o->validation, &part) ? NULL : o->validation},
        [HELD_LABELS] = {"validation labels", o->validation_labels},
        [BEGUN] = {"checkpoint to resume from", o->resume},
        [FIRST] = {"first weights", o->init_from},
    };
    for (size_t i = 0; i < N_WRITTEN; i++) {
        if (!files[i].path || is_stdout(files[i].path))
            continue;
        bp_status status = check_path(files[i].path, files[i].what, error);
        if (status)
            return status;
        for (size_t j = i + 1; j < N; j++) {
            bool may = (i == CHECKPOINT && j == BEGUN) || (i == MODEL && j == FIRST);
            if (!may && files[j].path && is_same_file(files[i].path, files[j].path))
                return fail(error, BP_ERROR_ARGUMENT, NULL,
                            "the %s and the %s are one file, %.200s; name two", files[i].what,
                            files[j].what, files[i].path);
        }
    }
    return BP_OK;
}

bp_status choose_paths(const options *o, char model_path[PATH_MAX], bp_error *error)
{
    if (!o->output)
        default_model_path(o->arguments[0], model_path, PATH_MAX);
    else if (strlen(o->output) >= PATH_MAX)
        return fail(error, BP_ERROR_ARGUMENT, NULL, "-o '%.60s…': this name is too long",
                    o->output);
    else
        strcpy(model_path, o->output);
    bp_status status = check_stdout(o, model_path, error);
    return status ? status : check_files(o, model_path, error);
}
