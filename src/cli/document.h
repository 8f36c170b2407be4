/* document.h: networks and answers, printed as the founding document's program prints them. */
#ifndef BP_CLI_DOCUMENT_H
#define BP_CLI_DOCUMENT_H

#include <bprop/bprop.h>

/* ">epoch=0, lrate=0.500, error=6.350" */
void print_document_epoch(const bp_progress *progress, const bp_loss *loss);

/* A line a layer, each a Python list of neurons: {'weights': [-1.46, 1.85, 1.08]}, the bias last;
 * with a workspace also 'output' and 'delta' for row `row` of its batch. */
void print_document_layers(const bp_network *network, const bp_workspace *workspace, size_t row);

/* "Expected=0, Got=1" for each row of the table, by the numbers of the classes. */
bp_status print_document_predictions(const bp_model *model, const bp_kernel *kernel,
                                     const bp_dataset *data, bp_error *error);

/* A number as Python's repr() gives it: the shortest text that reads back as the same double. */
const char *python_number(bp_real value, char text[40]);

#endif
