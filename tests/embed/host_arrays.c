/* host_arrays.c: columns of the host's own array are inputs, targets and predictions, where they
 * are; and training ends when the host has seen enough. */
#include <bprop/bprop.h>
#include <stdio.h>

enum { NODE, X, Y, AREA, LOAD, PREDICTED, COLUMNS }; /* of the host's table of nodes */
enum { SIDE = 20, ROWS = SIDE * SIDE };

static bp_real nodes[ROWS][COLUMNS];

static void make_nodes(void)
{
    for (int i = 0; i < ROWS; i++) {
        bp_real x = (bp_real)(i % SIDE) / SIDE, y = (bp_real)(i / SIDE) / SIDE;
        nodes[i][NODE] = (bp_real)i;
        nodes[i][X] = x;
        nodes[i][Y] = y;
        nodes[i][AREA] = (bp_real)1 / ROWS;
        nodes[i][LOAD] = x * (1 - x) + x * y;
    }
}

/* What the host keeps an eye on. */
typedef struct watch {
    double enough;
    size_t epochs;
} watch;

static int look(const bp_progress *progress, void *user)
{
    watch *w = user;
    w->epochs = progress->epoch;
    return progress->loss < w->enough; /* non-zero: stop */
}

int main(void)
{
    const size_t sizes[] = {2, 12, 1};
    bp_error error;
    const bp_activation *activations[] = {bp_activation_find("tanh", &error),
                                          bp_activation_find("identity", &error)};
    const bp_loss *loss = bp_loss_find("mse", &error);
    /* From the first row's X and LOAD on, a row every COLUMNS numbers. */
    bp_arrays arrays = {.rows = ROWS,
                        .inputs = 2,
                        .outputs = 1,
                        .X = &nodes[0][X],
                        .ldx = COLUMNS,
                        .T = &nodes[0][LOAD],
                        .ldt = COLUMNS};
    bp_source source = bp_arrays_source(&arrays);
    watch watch = {.enough = 1e-5};
    bp_train_options how = bp_train_defaults();
    how.optimizer = bp_optimizer_find("nesterov", &error);
    how.learning_rate = 0.05;
    how.batch_size = 16;
    how.epochs = 5000;
    how.progress = look;
    how.user = &watch;
    bp_network *network = NULL;
    bp_workspace *workspace = NULL;
    make_nodes();
    bp_status status = bp_network_create(sizes, 2, activations, &network, &error);
    if (!status)
        status = bp_network_initialize(network, "glorot", 1, &error);
    if (!status)
        status = bp_train(network, loss, &source, NULL, &how, &error);
    if (status == BP_ERROR_CANCELLED) /* by look(): the network is as that epoch left it */
        status = bp_workspace_create(network, NULL, 64, &workspace, &error);
    if (!status)
        status = bp_predict(network, workspace, ROWS, &nodes[0][X], COLUMNS, &nodes[0][PREDICTED],
                            COLUMNS, &error);
    if (status)
        fprintf(stderr, "%s\n", error.message);
    else
        printf("stopped after epoch %zu of %zu; node 210: load %.2f, predicted %.2f\n",
               watch.epochs, how.epochs, (double)nodes[210][LOAD], (double)nodes[210][PREDICTED]);
    bp_real off = nodes[210][PREDICTED] - nodes[210][LOAD];
    bp_workspace_destroy(workspace);
    bp_network_destroy(network);
    return status || off > (bp_real)0.05 || off < -(bp_real)0.05 || nodes[210][NODE] != 210;
}
