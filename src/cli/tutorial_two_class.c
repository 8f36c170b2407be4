/* tutorial_two_class.c: the founding document's network for two classes. */
#include "document.h"
#include "tutorial.h"

#include <stdio.h>
#include <string.h>

enum { ROWS = 10, INPUTS = 2, CLASSES = 2 };

/* x1, x2, class: as data/two_class.csv */
static const double table[ROWS][INPUTS + 1] = {
    {2.7810836, 2.550537003, 0},   {1.465489372, 2.362125076, 0}, {3.396561688, 4.400293529, 0},
    {1.38807019, 1.850220317, 0},  {3.06407232, 3.005305973, 0},  {7.627531214, 2.759262235, 1},
    {5.332441248, 2.088626775, 1}, {6.922596716, 1.77106367, 1},  {8.675418651, -0.242068655, 1},
    {7.673756466, 3.508563011, 1},
};

/* The network that the document's prediction example starts from, in the block's order: the two
 * hidden neurons, then the two outputs, each its weights and its bias; as
 * data/two_class_network.safetensors */
static const bp_real trained[12] = {
    -1.482313569067226,  1.8308790073202204,  1.078381922048799,  0.23244990332399884,
    0.3621998343835864,  0.40289821191094327, 2.5001872433501404, 0.7887233511355132,
    -1.1026649757805829, -2.429350576245497,  0.8357651039198697, 1.0699217181280656,
};

/* The table and a model of 2-2-2 sigmoid neurons for it. */
static bp_status make(bp_dataset **data, bp_model **model, bp_error *error)
{
    bp_model_options how = bp_model_defaults();
    how.task = "classification";
    how.scale = "none";
    how.hidden = "2";
    how.activation = "sigmoid";
    how.output = "sigmoid";
    how.loss = "half_ssr";
    how.init = "uniform01";
    bp_status status =
        bp_dataset_from_array("two_class", table[0], ROWS, INPUTS + 1, INPUTS + 1, data, error);
    return status ? status : bp_model_create(*data, &how, model, error);
}

static void print_table(void)
{
    printf("The data: ten rows, two inputs x1 and x2, and a class, 0 or 1.\n\n"
           "           x1            x2  class\n");
    for (size_t i = 0; i < ROWS; i++)
        printf("  %11.9g  %12.9g  %5.0f\n", table[i][0], table[i][1], table[i][2]);
}

/* ---- Training ----------------------------------------------------------------------------- */

static void print_weighted_sum(const bp_neuron *neuron, const double *inputs, const char *name)
{
    double sum = neuron->bias;
    for (size_t p = 0; p < neuron->n_weights; p++)
        sum += neuron->weights[p] * inputs[p];
    printf("  %s: bias %.6f + %.6f * %.6f + %.6f * %.6f = %.6f, sigmoid %.6f\n", name, neuron->bias,
           neuron->weights[0], inputs[0], neuron->weights[1], inputs[1], sum, neuron->output);
}

static void print_forward(const bp_network *network, const bp_workspace *workspace)
{
    static const char *const names[2][2] = {{"hidden 1", "hidden 2"}, {"output 0", "output 1"}};
    double hidden[2];
    printf("\nForward. A neuron adds its bias and its weights times its inputs, and sends the\n"
           "sum through the sigmoid 1/(1+exp(-sum)). For the first row, with the first weights\n"
           "(uniform on 0 to 1):\n\n");
    for (size_t l = 0; l < 2; l++)
        for (size_t j = 0; j < 2; j++) {
            bp_neuron neuron = bp_network_neuron(network, workspace, l, j, 0);
            print_weighted_sum(&neuron, l ? hidden : table[0], names[l][j]);
            if (l == 0)
                hidden[j] = neuron.output;
        }
}

static void print_backward(const bp_network *network, const bp_workspace *workspace)
{
    printf("\nBackward. The first row is of class 0, so the outputs should be 1 and 0. A neuron's\n"
           "delta is how much the error grows with its weighted sum: for an output\n"
           "(output - expected) * output * (1 - output); for a hidden neuron the deltas it fed,\n"
           "each times the weight between, summed, times its own output * (1 - output):\n\n");
    for (size_t l = 2; l-- > 0;)
        for (size_t j = 0; j < 2; j++)
            printf("  %s %zu: delta %.6f\n", l ? "output" : "hidden", l ? j : j + 1,
                   bp_network_neuron(network, workspace, l, j, 0).delta);
    printf("\nUpdate. Each weight goes down by learning rate * delta * its input, each bias by\n"
           "learning rate * delta. Then the next row; ten rows are an epoch.\n");
}

/* Forward and backward of the first row, to show them; no weight changes. */
static bp_status show_first_row(const bp_model *model, bp_error *error)
{
    const bp_network *network = bp_model_network(model);
    bp_workspace *workspace;
    double value;
    bp_real first[INPUTS] = {(bp_real)table[0][0], (bp_real)table[0][1]}, gradient[12];
    const bp_real expected[CLASSES] = {1, 0};
    bp_status status =
        bp_workspace_create(network, bp_kernel_find("loops", error), 1, &workspace, error);
    if (status)
        return status;
    status = bp_loss_and_gradient(network, workspace, bp_model_loss(model), 1, first, INPUTS,
                                  expected, CLASSES, &value, gradient, error);
    if (!status) {
        print_forward(network, workspace);
        print_backward(network, workspace);
    }
    bp_workspace_destroy(workspace);
    return status;
}

static int print_epoch(const bp_progress *progress, void *user)
{
    print_document_epoch(progress, user);
    if (progress->epoch != progress->epochs)
        return 0;
    printf("\nThe trained network, a line a layer; a neuron's weights end with its bias, and\n"
           "output and delta are what the last row left:\n\n");
    print_document_layers(progress->network, progress->workspace, progress->batch_rows - 1);
    return 0;
}

static bp_status train(bp_model *model, const bp_dataset *data, bp_error *error)
{
    bp_loss loss = *bp_model_loss(model);
    bp_train_options how = bp_train_defaults();
    how.optimizer = bp_optimizer_find("sgd", error);
    how.learning_rate = 0.5;
    how.epochs = 20;
    how.batch_size = 1;
    how.file_order = true;
    how.kernel = bp_kernel_find("loops", error);
    how.progress = print_epoch;
    how.user = &loss;
    printf("\nTwenty epochs at learning rate 0.5; the error is the sum of (expected - output)^2\n"
           "over the rows:\n\n");
    return bp_model_train(model, data, NULL, &how, error);
}

bp_status tutorial_two_class(bp_error *error)
{
    bp_dataset *data = NULL;
    bp_model *model = NULL;
    bp_status status = make(&data, &model, error);
    if (!status) {
        print_table();
        printf("\nThe network: 2 inputs, 2 hidden neurons, 2 outputs, one for each class.\n");
        status = show_first_row(model, error);
    }
    if (!status)
        status = train(model, data, error);
    if (!status)
        printf(
            "\nThe same as a command:\n\n"
            "  bprop train data/two_class.csv --preset documents\n\n"
            "which stands for\n\n"
            "  bprop train data/two_class.csv --hidden 2 --activation sigmoid --output sigmoid \\\n"
            "    --loss half_ssr --optimizer sgd --learning-rate 0.5 --batch-size 1 --shuffle no "
            "\\\n"
            "    --epochs 20 --init uniform01 --scale none --kernel loops\n");
    bp_model_destroy(model);
    bp_dataset_destroy(data);
    return status;
}

/* ---- Predicting --------------------------------------------------------------------------- */

bp_status tutorial_predict(bp_error *error)
{
    bp_dataset *data = NULL;
    bp_model *model = NULL;
    bp_status status = make(&data, &model, error);
    if (!status) {
        memcpy(bp_network_parameters(bp_model_network(model)), trained, sizeof trained);
        printf("A trained network answers by a forward pass; the class is the one whose output is\n"
               "the largest. This is the network:\n\n");
        print_document_layers(bp_model_network(model), NULL, 0);
        printf("\nand these are the classes of the ten rows, and its answers:\n\n");
        status = print_document_predictions(model, bp_kernel_find("loops", error), data, error);
    }
    if (!status)
        printf("\nThe same as a command, with the network from a file:\n\n"
               "  bprop predict data/two_class_network.safetensors data/two_class.csv "
               "--preset documents\n");
    bp_model_destroy(model);
    bp_dataset_destroy(data);
    return status;
}
