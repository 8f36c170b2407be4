/* lbfgs.c: training by the library liblbfgs (Nocedal, Math. Comp. 35, 1980; Liu and Nocedal, Math.
 * Programming 45, 1989), on the objective that bp_loss_of() computes plus the penalty. An epoch is
 * one of its iterations.
 *
 * liblbfgs keeps its history of steps to itself, where no checkpoint can reach it. So it runs in
 * rounds of ROUND epochs, each from an empty history, and the optimizer's one array of state holds
 * the weights that the present round began with: to go on, a round is computed anew from there. */
#include "train/trainer.h"

#include "base/error.h"

#include <lbfgs.h>
#include <limits.h>
#include <math.h>
#include <string.h>

enum { ROUND = 100 };

typedef struct run {
    bp_trainer *t;
    size_t replayed; /* epochs of this round that were done before, and are computed anew */
    size_t in_round; /* iterations of this round so far */
    double loss;     /* of the weights evaluated last, without the penalty */
    bp_status status;
    bp_error *error;
    bool stopped; /* by our own word, not by liblbfgs's */
} run;

/* The trained parameters as one vector x, and back. */
static void gather(const bp_spans *spans, const bp_real *block, double *x)
{
    for (size_t s = 0; s < spans->n; x += spans->at[s].count, s++)
        for (size_t i = 0; i < spans->at[s].count; i++)
            x[i] = block[spans->at[s].first + i];
}

static void scatter(const bp_spans *spans, const double *x, bp_real *block)
{
    for (size_t s = 0; s < spans->n; x += spans->at[s].count, s++)
        for (size_t i = 0; i < spans->at[s].count; i++)
            block[spans->at[s].first + i] = (bp_real)x[i];
}

static double square(double x) { return x * x; }

/* ½ λ Σ w² */
static double penalty(const bp_trainer *t)
{
    const bp_real *w = bp_network_parameters(t->network);
    double sum = 0;
    for (size_t s = 0; s < t->penalised.n; s++)
        for (size_t i = 0; i < t->penalised.at[s].count; i++)
            sum += square(w[t->penalised.at[s].first + i]);
    return 0.5 * t->how.l2 * sum;
}

/* The objective at x, and its gradient g. */
static lbfgsfloatval_t evaluate(void *instance, const lbfgsfloatval_t *x, lbfgsfloatval_t *g,
                                const int n, const lbfgsfloatval_t step)
{
    run *r = instance;
    bp_trainer *t = r->t;
    (void)n, (void)step;
    scatter(&t->trained, x, bp_network_parameters(t->network));
    r->loss = bp_objective_loss(&t->rows, t->gradient);
    bp_trainer_add_penalty(t, t->gradient);
    gather(&t->trained, t->gradient, g);
    double value = r->loss + penalty(t);
    return isfinite(value) ? value : HUGE_VAL; /* the line search takes a shorter step */
}

static int on_iteration(void *instance, const lbfgsfloatval_t *x, const lbfgsfloatval_t *g,
                        const lbfgsfloatval_t fx, const lbfgsfloatval_t xnorm,
                        const lbfgsfloatval_t gnorm, const lbfgsfloatval_t step, int n, int k,
                        int ls)
{
    run *r = instance;
    bp_trainer *t = r->t;
    (void)g, (void)fx, (void)xnorm, (void)gnorm, (void)n, (void)k, (void)ls;
    r->in_round++;
    if (r->in_round <= r->replayed)
        return 0;
    scatter(&t->trained, x, bp_network_parameters(t->network));
    t->rate = step;
    t->state->steps++;
    r->status = bp_trainer_finish_epoch(t, r->loss, r->error);
    r->stopped = r->status || t->state->end;
    return r->stopped;
}

/* One round; x has room for the trained parameters. */
static void run_round(run *r, double *x, lbfgs_parameter_t *how)
{
    bp_trainer *t = r->t;
    bp_real *w = bp_network_parameters(t->network);
    size_t bytes = bp_network_n_parameters(t->network) * sizeof *w;
    r->in_round = 0;
    r->replayed = (size_t)(t->state->epoch - t->state->round);
    if (t->state->epoch == 0)
        memcpy(t->state->arrays, w, bytes);
    gather(&t->trained, t->state->arrays, x);
    int ended = lbfgs((int)t->trained.total, x, NULL, evaluate, on_iteration, r, how);
    if (ended ==
        LBFGSERR_OUTOFMEMORY) { /* before it evaluates anything: the weights are as before */
        r->status = bp_fail_memory(r->error);
        return;
    }
    scatter(&t->trained, x, w); /* after a failed line search the point before it */
    if (r->stopped)
        return;
    if (!isfinite(r->loss) && r->in_round == 0)
        r->status = bp_trainer_finish_epoch(t, r->loss, r->error); /* says that it diverged */
    else if (ended == LBFGS_SUCCESS || ended == LBFGS_ALREADY_MINIMIZED || r->in_round == 0)
        t->state->end = BP_END_CONVERGED;
    else { /* the round is full, or an empty history may help */
        t->state->round = t->state->epoch;
        memcpy(t->state->arrays, w, bytes);
    }
}

bp_status bp_trainer_run_lbfgs(bp_trainer *t, bp_error *error)
{
    run r = {.t = t, .error = error};
    lbfgs_parameter_t how;
    lbfgs_parameter_init(&how);
    how.max_iterations = ROUND;
    how.epsilon = 1e-8; /* converged: ‖g‖ < ε max(1, ‖x‖) */
    /* Halves a step that leads to infinity, where the library's own choice gives up. */
    how.linesearch = LBFGS_LINESEARCH_BACKTRACKING_STRONG_WOLFE;
    if (t->trained.total > INT_MAX - 16) /* which liblbfgs rounds up */
        return bp_fail(error, BP_ERROR_SIZE, "%zu weights are more than liblbfgs takes",
                       t->trained.total);
    double *x = lbfgs_malloc((int)t->trained.total);
    if (!x)
        return bp_fail_memory(error);
    while (!r.status && !t->state->end)
        run_round(&r, x, &how);
    lbfgs_free(x);
    return r.status;
}
