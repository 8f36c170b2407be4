/* tutorial_dosage.c: the founding document's curve through three points. */
#include "plot.h"
#include "tutorial.h"

#include <stdio.h>
#include <string.h>

enum { POINTS = 3, PARAMETERS = 7 };

static const bp_real dosage[POINTS] = {0, 0.5, 1};
static const bp_real efficacy[POINTS] = {0, 1, 0};

/* The parameters in the block's order. */
static const char *const names[PARAMETERS] = {"w1", "b1", "w2", "b2", "w3", "w4", "b3"};
enum { W3 = 4, B3 = 6 };

enum { MOST_STEPS = 8 };

/* One optimisation: which parameters, from where, which steps are shown. */
typedef struct lesson {
    const char *title, *text;
    bp_real start[PARAMETERS];
    size_t first; /* the trained parameters: this one and those after it */
    const char *train_only;
    size_t n_steps, steps[MOST_STEPS];
    const char *file; /* the start, for the command */
} lesson;

static const lesson lessons[] = {
    {"1. One parameter: b3",
     "Six parameters are known, b3 is not. Moving b3 moves the whole curve up or down. The\n"
     "derivative of SSR by b3 is the sum of -2 * (observed - predicted) over the points;\n"
     "gradient descent takes b3 a step against it, again and again:\n"
     "b3 becomes b3 - 0.1 * derivative. Steps shrink as the derivative does.",
     {3.34, -1.43, -3.53, 0.57, -1.22, -2.30, 0},
     B3,
     "2.bias",
     7,
     {0, 1, 2, 3, 5, 10, 24},
     "data/dosage_b3.safetensors"},
    {"2. Three parameters at once: w3, w4, b3",
     "Now w3 and w4, by which the two hidden outputs y1 and y2 are multiplied, are to be found\n"
     "as well. By the chain rule the derivative by w3 is the sum of\n"
     "-2 * (observed - predicted) * y1, and by w4 the same with y2. All three step together.",
     {3.34, -1.43, -3.53, 0.57, 0.36, 0.63, 0},
     W3,
     "2.weight,2.bias",
     6,
     {0, 1, 2, 10, 100, 449},
     "data/dosage_w3_w4_b3.safetensors"},
    {"3. All seven",
     "For w1 the chain is one link longer: from the prediction through w3 to y1, through the\n"
     "softplus, whose derivative is exp(x)/(1+exp(x)), to x1 = input * w1 + b1. So the\n"
     "derivative by w1 is the sum of\n"
     "-2 * (observed - predicted) * w3 * exp(x1)/(1+exp(x1)) * input, and by b1 the same\n"
     "times 1. Weights start from the standard normal distribution, biases at 0.",
     {2.74, 0, -1.13, 0, 0.36, 0.63, 0},
     0,
     NULL,
     7,
     {0, 1, 2, 10, 100, 450, 999},
     "data/dosage_all.safetensors"},
};
enum { N_LESSONS = sizeof lessons / sizeof *lessons };

static bp_status make_network(bp_network **network, bp_error *error)
{
    const size_t sizes[3] = {1, 2, 1};
    const bp_activation *activations[2] = {bp_activation_find("softplus", error),
                                           bp_activation_find("identity", error)};
    return bp_network_create(sizes, 2, activations, network, error);
}

/* SSR and its derivatives at the network's parameters. */
static bp_status measure(const bp_network *network, double *ssr, bp_real gradient[PARAMETERS],
                         bp_error *error)
{
    bp_workspace *workspace = NULL;
    bp_status status =
        bp_workspace_create(network, bp_kernel_find("loops", error), POINTS, &workspace, error);
    if (!status)
        status = bp_loss_and_gradient(network, workspace, bp_loss_find("ssr", error), POINTS,
                                      dosage, 1, efficacy, 1, ssr, gradient, error);
    bp_workspace_destroy(workspace);
    return status;
}

/* `count` steps of gradient descent. */
static bp_status descend(bp_network *network, const char *train_only, size_t count, bp_error *error)
{
    bp_arrays arrays = {
        .rows = POINTS, .inputs = 1, .outputs = 1, .X = dosage, .ldx = 1, .T = efficacy, .ldt = 1};
    bp_source source = bp_arrays_source(&arrays);
    bp_train_options how = bp_train_defaults();
    how.optimizer = bp_optimizer_find("sgd", error);
    how.learning_rate = 0.1;
    how.epochs = count;
    how.batch_size = 0;
    how.train_only = train_only;
    how.kernel = bp_kernel_find("loops", error);
    return bp_train(network, bp_loss_find("ssr", error), &source, NULL, &how, error);
}

static bp_status plot_fit(const bp_network *network, bp_error *error)
{
    enum { N = 61 };
    bp_real x[N], y[N];
    bp_workspace *workspace;
    bp_status status = bp_workspace_create(network, NULL, N, &workspace, error);
    if (status)
        return status;
    for (size_t i = 0; i < N; i++)
        x[i] = (bp_real)i / (N - 1);
    status = bp_predict(network, workspace, N, x, 1, y, 1, error);
    bp_workspace_destroy(workspace);
    if (!status)
        plot_curve("dosage", "efficacy: the curve, and the observed points (o)", N, x, y, POINTS,
                   dosage, efficacy);
    return status;
}

/* SSR for b3 from 0 to 4, the other parameters as they are; b3 itself is put back. */
static bp_status plot_ssr(bp_network *network, bp_error *error)
{
    enum { N = 61 };
    bp_real x[N], y[N], gradient[PARAMETERS];
    bp_real *b3 = &bp_network_parameters(network)[B3], kept = *b3;
    bp_status status = BP_OK;
    for (size_t i = 0; !status && i < N; i++) {
        double ssr;
        *b3 = x[i] = 4 * (bp_real)i / (N - 1);
        status = measure(network, &ssr, gradient, error);
        y[i] = (bp_real)ssr;
    }
    *b3 = kept;
    if (status)
        return status;
    printf("\nWith b3 = 0 SSR is %.1f, with b3 = 1 it is %.1f; for many values of b3 it looks like "
           "this:\n\n",
           y[0], y[15]);
    plot_curve("b3", "SSR", N, x, y, 0, NULL, NULL);
    return BP_OK;
}

static void print_step(const lesson *l, const bp_network *network, size_t step, double ssr,
                       const bp_real gradient[PARAMETERS])
{
    const bp_real *w = bp_network_parameters(network);
    printf("step %-4zu SSR %.12g\n", step, ssr);
    for (size_t i = l->first; i < PARAMETERS; i++)
        printf("   %s = %-19.12g derivative %.12g\n", names[i], w[i], gradient[i]);
}

static void print_command(const lesson *l)
{
    printf("\nThe same as a command (in the folder of the source, where data/ is):\n\n"
           "  bprop train data/dosage.csv --task regression --scale none --hidden 2 \\\n"
           "    --activation softplus --loss ssr --optimizer sgd --learning-rate 0.1 \\\n"
           "    --batch-size all --epochs %zu --init-from %s%s%s\n\n",
           l->steps[l->n_steps - 1], l->file, l->train_only ? " \\\n    --train-only " : "",
           l->train_only ? l->train_only : "");
}

static bp_status teach(const lesson *l, bp_network *network, bp_error *error)
{
    double ssr;
    bp_real gradient[PARAMETERS];
    memcpy(bp_network_parameters(network), l->start, sizeof l->start);
    printf("%s\n\n%s\n", l->title, l->text);
    bp_status status = l->first == B3 ? plot_ssr(network, error) : BP_OK;
    if (!status)
        printf("\n");
    for (size_t i = 0, at = 0; !status && i < l->n_steps; at = l->steps[i++]) {
        status = descend(network, l->train_only, l->steps[i] - at, error);
        if (!status)
            status = measure(network, &ssr, gradient, error);
        if (!status)
            print_step(l, network, l->steps[i], ssr, gradient);
    }
    if (status)
        return status;
    printf("\nThe curve after the last step:\n\n");
    status = plot_fit(network, error);
    if (!status)
        print_command(l);
    return status;
}

bp_status tutorial_dosage(bp_error *error)
{
    bp_network *network = NULL;
    bp_status status = make_network(&network, error);
    printf("Three doses of a drug were tried: low (0), medium (0.5) and high (1). The medium one\n"
           "works (efficacy 1), the others do not (0). A network is to give a curve through them:\n"
           "\n"
           "  x1 = input * w1 + b1      y1 = log(1 + exp(x1))\n"
           "  x2 = input * w2 + b2      y2 = log(1 + exp(x2))\n"
           "  predicted = y1 * w3 + y2 * w4 + b3\n"
           "\n"
           "log(1 + exp(x)) is the softplus function. How far the curve is from the points is\n"
           "the sum of squared residuals, SSR: (observed - predicted)^2, summed over the points.\n"
           "\n");
    for (size_t i = 0; !status && i < N_LESSONS; i++)
        status = teach(&lessons[i], network, error);
    bp_network_destroy(network);
    return status;
}
