/* threads.c: many threads, one network: each predicts its share of the host's rows.
 * needs: threads */
#include <bprop/bprop.h>
#include <pthread.h>
#include <stdio.h>

enum { THREADS = 4, ROWS = 100000, TRAINED_ON = 201 };

/* A thread's share of the rows. */
typedef struct share {
    pthread_t thread;
    const bp_network *network; /* of all threads: as long as nobody trains it, nobody need lock */
    const bp_real *X;
    bp_real *Y;
    size_t rows;
    bp_status status;
    bp_error error;
} share;

static bp_real runge(bp_real x) { return 1 / (1 + 25 * x * x); }

static void *predict(void *user)
{
    share *s = user;
    bp_workspace *workspace = NULL; /* of this thread: what the passes leave behind */
    s->status = bp_workspace_create(s->network, NULL, 256, &workspace, &s->error);
    if (!s->status)
        s->status = bp_predict(s->network, workspace, s->rows, s->X, 1, s->Y, 1, &s->error);
    bp_workspace_destroy(workspace);
    return NULL;
}

/* A network that has learnt the function from its values at x = −1, −0.99 … 1. */
static bp_status learn(bp_network **network, bp_error *error)
{
    static bp_real X[TRAINED_ON], T[TRAINED_ON];
    const size_t sizes[] = {1, 16, 1};
    const bp_activation *activations[] = {bp_activation_find("tanh", error),
                                          bp_activation_find("identity", error)};
    for (int i = 0; i < TRAINED_ON; i++) {
        X[i] = (bp_real)(i - 100) / 100;
        T[i] = runge(X[i]);
    }
    bp_arrays arrays = {
        .rows = TRAINED_ON, .inputs = 1, .outputs = 1, .X = X, .ldx = 1, .T = T, .ldt = 1};
    bp_source source = bp_arrays_source(&arrays);
    bp_train_options how = bp_train_defaults();
    how.learning_rate = 0.02;
    how.schedule = bp_schedule_find("cosine", error);
    how.epochs = 3000;
    bp_status status = bp_network_create(sizes, 2, activations, network, error);
    if (!status)
        status = bp_network_initialize(*network, "glorot", 1, error);
    return status ? status
                  : bp_train(*network, bp_loss_find("mse", error), &source, NULL, &how, error);
}

int main(void)
{
    static bp_real X[ROWS], Y[ROWS];
    static share shares[THREADS];
    bp_network *network = NULL;
    bp_error error;
    int started = 0;
    if (learn(&network, &error)) {
        fprintf(stderr, "%s\n", error.message);
        bp_network_destroy(network);
        return 1;
    }
    for (int i = 0; i < ROWS; i++)
        X[i] = (bp_real)(2 * i) / (ROWS - 1) - 1;
    for (; started < THREADS; started++) {
        size_t first = (size_t)ROWS / THREADS * (size_t)started;
        share *s = &shares[started];
        *s = (share){.network = network, .X = X + first, .Y = Y + first, .rows = ROWS / THREADS};
        if (pthread_create(&s->thread, NULL, predict, s))
            break;
    }
    bool failed = started < THREADS;
    for (int t = 0; t < started; t++) {
        pthread_join(shares[t].thread, NULL);
        if (shares[t].status)
            fprintf(stderr, "%s\n", shares[t].error.message);
        failed = failed || shares[t].status;
    }
    bp_real largest = 0;
    for (int i = 0; i < ROWS; i++) {
        bp_real off = Y[i] > runge(X[i]) ? Y[i] - runge(X[i]) : runge(X[i]) - Y[i];
        largest = off > largest ? off : largest;
    }
    printf("%d rows by %d threads, at most %.4f off\n", ROWS, started, (double)largest);
    bp_network_destroy(network);
    return failed || largest > (bp_real)0.05;
}
