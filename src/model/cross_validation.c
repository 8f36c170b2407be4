/* cross_validation.c: folds trained and measured, several at a time.
 *
 * Threads take the folds in their order, one after another, and each fold is one thread's from
 * begin to end. When one fails, those before it have all begun; they go on, since one of them may
 * fail too and is then the first, whatever the number of threads. */
#include "model/model_internal.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/team.h"
#include "data/split.h"

#include <pthread.h>
#include <stdlib.h>

/* What the threads share; `lock` guards all from `next` on. */
typedef struct crossing {
    const bp_dataset *data;
    bp_model_options model;
    bp_train_options train;
    bp_cv_options options;
    size_t n;            /* folds in all: repeats × folds */
    size_t *fold_of_row; /* repeats×rows */
    double start;        /* by bp_clock() */
    pthread_mutex_t lock;
    size_t next;                /* the first that no thread has taken */
    size_t failed;              /* the first that failed; n: none */
    bp_error error;             /* of that one */
    bool cancelled;             /* by a callback: none is called any more */
    bool *done;                 /* n of them */
    size_t reported;            /* so many have gone to options.progress */
    bp_evaluation *evaluations; /* n of them, of those that are done */
} crossing;

/* One fold of it. */
typedef struct fold {
    crossing *all;
    size_t i;
    bp_dataset *parts[4]; /* for training and for testing; the first again, split by `validation` */
    bp_model *model;
} fold;

bp_cv_options bp_cv_defaults(void)
{
    return (bp_cv_options){.folds = 5, .repeats = 1, .seed = 1, .threads = 1};
}

/* ---- One fold ----------------------------------------------------------------------------- */

/* Whether fold i, running or not begun, is of no more use; under the lock. */
static bool is_over(const crossing *all, size_t i) { return all->cancelled || i > all->failed; }

static int on_epoch(const bp_progress *progress, void *user)
{
    const fold *f = user;
    crossing *all = f->all;
    pthread_mutex_lock(&all->lock);
    if (!is_over(all, f->i) && all->train.progress)
        all->cancelled = all->train.progress(progress, all->train.user) != 0;
    bool over = is_over(all, f->i);
    pthread_mutex_unlock(&all->lock);
    return over;
}

/* Takes the rows apart; the model tells how, and nothing of it is fitted to rows yet. */
static bp_status split(fold *f, uint64_t seed, bp_error *error)
{
    const crossing *all = f->all;
    size_t repeat = f->i / all->options.folds, rows = bp_dataset_rows(all->data);
    bp_status status = bp_split_fold(all->data, all->fold_of_row + repeat * rows,
                                     f->i % all->options.folds, &f->parts[0], &f->parts[1], error);
    if (!status && all->options.validation > 0)
        status = bp_split(f->parts[0], &f->model->encoding, all->options.validation, seed,
                          &f->parts[2], &f->parts[3], error);
    return status;
}

static bp_status run_fold(fold *f, bp_evaluation *evaluation, bp_error *error)
{
    const crossing *all = f->all;
    bp_model_options how_made = all->model;
    bp_train_options how_trained = all->train;
    uint64_t seed = all->options.seed + f->i / all->options.folds;
    how_made.seed = how_trained.seed = seed;
    how_trained.state = NULL; /* every fold has its own */
    how_trained.threads = 1;
    how_trained.progress = on_epoch;
    how_trained.user = f;
    bp_status status = bp_model_create(all->data, &how_made, &f->model, error);
    if (!status)
        status = split(f, seed, error);
    if (!status)
        status = bp_model_train(f->model, f->parts[2] ? f->parts[2] : f->parts[0], f->parts[3],
                                &how_trained, error);
    if (!status)
        status = bp_model_evaluate_beside(f->model, how_trained.kernel, 1, f->parts[1], f->parts[0],
                                          evaluation, error);
    bp_model_destroy(f->model);
    for (size_t p = 4; p-- > 0;) /* those that borrow before those that they borrow from */
        bp_dataset_destroy(f->parts[p]);
    return status;
}

/* ---- All folds ---------------------------------------------------------------------------- */

/* Tells of the folds that are done, up to the first that is not; under the lock. */
static void report(crossing *all)
{
    const bp_cv_options *options = &all->options;
    for (; !all->cancelled && all->reported < all->n && all->done[all->reported]; all->reported++) {
        bp_cv_progress progress = {
            .repeat = all->reported / options->folds,
            .repeats = options->repeats,
            .fold = all->reported % options->folds,
            .folds = options->folds,
            .seconds = bp_clock() - all->start,
            .evaluation = &all->evaluations[all->reported],
        };
        all->cancelled = options->progress && options->progress(&progress, options->user) != 0;
    }
}

static bool take_fold(crossing *all, size_t *i)
{
    pthread_mutex_lock(&all->lock);
    bool taken = all->next < all->n && !is_over(all, all->next);
    if (taken)
        *i = all->next++;
    pthread_mutex_unlock(&all->lock);
    return taken;
}

static void finish_fold(crossing *all, size_t i, bp_status status, const bp_error *error)
{
    pthread_mutex_lock(&all->lock);
    if (status && !is_over(all, i)) {
        all->failed = i;
        all->error = *error;
    }
    all->done[i] = !status;
    report(all);
    pthread_mutex_unlock(&all->lock);
}

static void take_folds(void *self, size_t member, size_t members)
{
    crossing *all = self;
    (void)member, (void)members;
    bp_error error = {0};
    for (size_t i; take_fold(all, &i);) {
        fold f = {.all = all, .i = i};
        bp_status status = run_fold(&f, &all->evaluations[i], &error);
        finish_fold(all, i, status, &error);
    }
}

static bp_status run_folds(crossing *all, bp_error *error)
{
    size_t threads = all->options.threads ? all->options.threads : bp_processors();
    bp_team *team;
    if (pthread_mutex_init(&all->lock, NULL) != 0)
        return bp_fail_memory(error);
    bp_status status = bp_team_create(NULL, threads < all->n ? threads : all->n, &team, error);
    if (!status) {
        bp_team_run(team, take_folds, all);
        bp_team_destroy(team);
    }
    pthread_mutex_destroy(&all->lock);
    return status;
}

/* How it ended. */
static bp_status conclude(const crossing *all, bp_error *error)
{
    const bp_error *first = &all->error;
    size_t repeat = all->failed / all->options.folds, fold = all->failed % all->options.folds;
    if (all->cancelled)
        return bp_fail(error, BP_ERROR_CANCELLED,
                       "cross-validation was stopped after %zu of %zu folds", all->reported,
                       all->n);
    if (all->failed == all->n)
        return BP_OK;
    if (first->status == BP_ERROR_ARGUMENT) /* of all folds alike */
        return bp_fail_at(error, first->status, first->file, first->line, "%s", first->message);
    if (all->options.repeats > 1)
        return bp_fail_at(error, first->status, first->file, first->line,
                          "repeat %zu, fold %zu: %s", repeat + 1, fold + 1, first->message);
    return bp_fail_at(error, first->status, first->file, first->line, "fold %zu: %s", fold + 1,
                      first->message);
}

/* ---- Before ------------------------------------------------------------------------------- */

static bp_status check(const crossing *all, bp_error *error)
{
    const bp_cv_options *options = &all->options;
    if (options->repeats < 1)
        return bp_fail(error, BP_ERROR_ARGUMENT, "0 repeats; take 1 or more");
    if (!(options->validation >= 0 && options->validation < 1))
        return bp_fail(error, BP_ERROR_ARGUMENT, "validation is %g, not from 0 to below 1",
                       options->validation);
    return BP_OK;
}

/* Deals the folds of every repeat. What is wrong with the table or the options, rather than with a
 * fold, is seen here. */
static bp_status deal(crossing *all, bp_error *error)
{
    const bp_cv_options *options = &all->options;
    size_t rows = bp_dataset_rows(all->data);
    bp_model *model = NULL;
    bp_bound *bound = NULL;
    bp_status status = bp_model_create(all->data, &all->model, &model, error);
    if (!status)
        status = bp_bind(&model->encoding, all->data, BP_BIND_TRAINING, &bound, error);
    bp_bound_destroy(bound);
    for (size_t r = 0; !status && r < options->repeats; r++)
        status = bp_folds(all->data, &model->encoding, options->folds, options->seed + r,
                          all->fold_of_row + r * rows, error);
    bp_model_destroy(model);
    return status;
}

static bp_status set_up(crossing *all, bp_error *error)
{
    size_t cells;
    all->start = bp_clock();
    if (!bp_multiply(all->options.repeats, all->options.folds, &all->n) ||
        !bp_multiply(all->options.repeats, bp_dataset_rows(all->data), &cells))
        return bp_fail(error, BP_ERROR_SIZE, "%zu repeats of %zu folds are too many",
                       all->options.repeats, all->options.folds);
    all->failed = all->n;
    all->fold_of_row = bp_allocate(cells, sizeof *all->fold_of_row);
    if (!all->fold_of_row)
        return bp_fail_memory(error);
    bp_status status = deal(all, error);
    if (status)
        return status;
    all->done = bp_allocate(all->n, sizeof *all->done);
    all->evaluations = bp_allocate(all->n, sizeof *all->evaluations);
    return all->done && all->evaluations ? BP_OK : bp_fail_memory(error);
}

bp_status bp_cross_validate(const bp_dataset *data, const bp_model_options *model,
                            const bp_train_options *train, const bp_cv_options *options,
                            bp_evaluation *evaluations, bp_error *error)
{
    if (!data || !evaluations)
        return bp_fail(error, BP_ERROR_ARGUMENT, "data and evaluations must not be NULL");
    crossing all = {
        .data = data,
        .model = model ? *model : bp_model_defaults(),
        .train = train ? *train : bp_train_defaults(),
        .options = options ? *options : bp_cv_defaults(),
    };
    bp_status status = check(&all, error);
    if (!status)
        status = set_up(&all, error);
    if (!status)
        status = run_folds(&all, error);
    if (!status)
        status = conclude(&all, error);
    for (size_t i = 0; all.evaluations && i < all.n; i++)
        if (status)
            bp_evaluation_clear(&all.evaluations[i]);
        else
            evaluations[i] = all.evaluations[i];
    free(all.done);
    free(all.evaluations);
    free(all.fold_of_row);
    return status;
}
