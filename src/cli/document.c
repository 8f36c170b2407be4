#include "document.h"

#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *python_number(bp_real value, char text[40])
{
    bp_print_real(value, text);
    if (!strpbrk(text, ".en")) /* neither a fraction, nor an exponent, nor inf or nan */
        strcat(text, ".0");
    return text;
}

/* The document prints the sum of squared residuals while it descends half of it; any loss is
 * printed as its sum over the rows. */
void print_document_epoch(const bp_progress *progress, const bp_loss *loss)
{
    double error = progress->loss * bp_loss_divisor(loss, (double)progress->rows,
                                                    bp_network_outputs(progress->network));
    if (strcmp(loss->name, "half_ssr") == 0)
        error *= 2;
    printf(">epoch=%zu, lrate=%.3f, error=%.3f\n", progress->epoch - 1, progress->learning_rate,
           error);
}

static void print_neuron(const bp_neuron *neuron, bool traced)
{
    char text[40];
    printf("{'weights': [");
    for (size_t p = 0; p < neuron->n_weights; p++)
        printf("%s, ", python_number(neuron->weights[p], text));
    printf("%s]", python_number(neuron->bias, text));
    if (traced) {
        printf(", 'output': %s", python_number(neuron->output, text));
        printf(", 'delta': %s", python_number(neuron->delta, text));
    }
    putchar('}');
}

void print_document_layers(const bp_network *network, const bp_workspace *workspace, size_t row)
{
    for (size_t l = 0; l < bp_network_n_layers(network); l++) {
        putchar('[');
        for (size_t j = 0; j < bp_network_layer(network, l).n; j++) {
            bp_neuron neuron = bp_network_neuron(network, workspace, l, j, row);
            if (j)
                printf(", ");
            print_neuron(&neuron, workspace != NULL);
        }
        puts("]");
    }
}

bp_status print_document_predictions(const bp_model *model, const bp_kernel *kernel,
                                     const bp_dataset *data, bp_error *error)
{
    size_t rows = bp_dataset_rows(data), n = bp_model_n_outputs(model);
    double *Y = calloc(rows, n * sizeof *Y), *T = calloc(rows, n * sizeof *T);
    bp_status status = BP_OK;
    if (!Y || !T)
        status = fail_memory(error);
    if (!status)
        status = bp_model_predict(model, kernel, 1, data, Y, n, error);
    if (!status)
        status = bp_model_targets(model, data, T, n, error);
    for (size_t i = 0; !status && i < rows; i++)
        printf("Expected=%s, Got=%s\n", bp_model_output_name(model, bp_largest(T + i * n, n)),
               bp_model_output_name(model, bp_largest(Y + i * n, n)));
    free(Y);
    free(T);
    return status;
}
