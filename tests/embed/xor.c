#include <bprop/bprop.h>
#include <stdio.h>

int main(void)
{
    static const bp_real X[4][2] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}}, T[4] = {0, 1, 1, 0};
    const size_t sizes[] = {2, 8, 1}; /* inputs, hidden neurons, outputs */
    bp_error error;
    const bp_activation *activations[] = {bp_activation_find("tanh", &error),
                                          bp_activation_find("sigmoid", &error)};
    const bp_loss *loss = bp_loss_find("binary_cross_entropy", &error);
    bp_arrays arrays = {.rows = 4, .inputs = 2, .outputs = 1, .X = X[0], .ldx = 2, .T = T, .ldt = 1};
    bp_source source = bp_arrays_source(&arrays); /* the host's arrays, not copied */
    bp_train_options how = bp_train_defaults();   /* adam, 200 epochs */
    how.learning_rate = 0.05;
    bp_network *network = NULL;
    bp_workspace *workspace = NULL;
    bp_real Y[4];
    bool failed = bp_network_create(sizes, 2, activations, &network, &error) ||
                  bp_network_initialize(network, "glorot", 1, &error) ||
                  bp_train(network, loss, &source, NULL, &how, &error) ||
                  bp_workspace_create(network, NULL, 4, &workspace, &error) ||
                  bp_predict(network, workspace, 4, X[0], 2, Y, 1, &error);
    if (failed)
        fprintf(stderr, "%s\n", error.message);
    for (int i = 0; !failed && i < 4; i++)
        printf("%g xor %g: %.2f\n", X[i][0], X[i][1], Y[i]);
    bp_workspace_destroy(workspace);
    bp_network_destroy(network);
    return failed;
}
