/* fortran_layout.c: what test_fortran.f90 compares the structures of its module with. */
#include <bprop/bprop.h>
#include <stdio.h>

int layout_differs(const size_t *seen, size_t n);

#define SIZE(type) {#type, sizeof(type)}
#define AT(type, member) {#type "." #member, offsetof(type, member)}
#define LAST(constant) {#constant, constant}

static const struct {
    const char *what;
    size_t expected;
} layout[] = {
    SIZE(bp_real),
    LAST(BP_ERROR_CANCELLED),
    LAST(BP_END_CONVERGED),
    LAST(BP_ANSWER_NUMBERS),
    LAST(BP_REDUCE_MEAN_ROWS),
    LAST(BP_HEADER_NO),
    SIZE(bp_train_options),
    AT(bp_train_options, optimizer),
    AT(bp_train_options, learning_rate),
    AT(bp_train_options, schedule),
    AT(bp_train_options, schedule_epochs),
    AT(bp_train_options, warmup),
    AT(bp_train_options, epochs),
    AT(bp_train_options, batch_size),
    AT(bp_train_options, file_order),
    AT(bp_train_options, l2),
    AT(bp_train_options, dropout),
    AT(bp_train_options, clip_norm),
    AT(bp_train_options, patience),
    AT(bp_train_options, min_delta),
    AT(bp_train_options, keep_good),
    AT(bp_train_options, train_only),
    AT(bp_train_options, seed),
    AT(bp_train_options, kernel),
    AT(bp_train_options, threads),
    AT(bp_train_options, state),
    AT(bp_train_options, progress),
    AT(bp_train_options, user),
    SIZE(bp_progress),
    AT(bp_progress, epoch),
    AT(bp_progress, epochs),
    AT(bp_progress, rows),
    AT(bp_progress, loss),
    AT(bp_progress, validation_loss),
    AT(bp_progress, learning_rate),
    AT(bp_progress, seconds),
    AT(bp_progress, last),
    AT(bp_progress, network),
    AT(bp_progress, workspace),
    AT(bp_progress, batch_rows),
    SIZE(bp_error),
    AT(bp_error, status),
    AT(bp_error, file),
    AT(bp_error, line),
    AT(bp_error, message),
    SIZE(bp_arrays),
    AT(bp_arrays, rows),
    AT(bp_arrays, inputs),
    AT(bp_arrays, outputs),
    AT(bp_arrays, X),
    AT(bp_arrays, ldx),
    AT(bp_arrays, T),
    AT(bp_arrays, ldt),
    AT(bp_arrays, weights),
    SIZE(bp_source),
    AT(bp_source, rows),
    AT(bp_source, inputs),
    AT(bp_source, outputs),
    AT(bp_source, fill),
    AT(bp_source, self),
    AT(bp_source, weights),
    SIZE(bp_layer),
    AT(bp_layer, k),
    AT(bp_layer, n),
    AT(bp_layer, offset),
    AT(bp_layer, W),
    AT(bp_layer, ldw),
    AT(bp_layer, activation),
    SIZE(bp_neuron),
    AT(bp_neuron, weights),
    AT(bp_neuron, n_weights),
    AT(bp_neuron, bias),
    AT(bp_neuron, output),
    AT(bp_neuron, delta),
    SIZE(bp_read_options),
    AT(bp_read_options, format),
    AT(bp_read_options, labels),
    AT(bp_read_options, header),
    AT(bp_read_options, delimiter),
    AT(bp_read_options, drop_missing),
    AT(bp_read_options, categorical),
    AT(bp_read_options, ignored),
    AT(bp_read_options, named),
    AT(bp_read_options, threads),
    SIZE(bp_model_options),
    AT(bp_model_options, target),
    AT(bp_model_options, task),
    AT(bp_model_options, scale),
    AT(bp_model_options, hidden),
    AT(bp_model_options, activation),
    AT(bp_model_options, output),
    AT(bp_model_options, loss),
    AT(bp_model_options, init),
    AT(bp_model_options, init_from),
    AT(bp_model_options, fill_missing),
    AT(bp_model_options, seed),
    AT(bp_model_options, weight_column),
    AT(bp_model_options, class_weight),
    SIZE(bp_activation),
    AT(bp_activation, name),
    AT(bp_activation, apply),
    AT(bp_activation, times_derivative),
    SIZE(bp_loss),
    AT(bp_loss, name),
    AT(bp_loss, output),
    AT(bp_loss, reduction),
    AT(bp_loss, sum),
    AT(bp_loss, delta),
};

int layout_differs(const size_t *seen, size_t n)
{
    int differ = n != sizeof layout / sizeof *layout;
    if (differ)
        printf("%zu places, expected %zu\n", n, sizeof layout / sizeof *layout);
    for (size_t i = 0; !differ && i < n; i++) {
        differ = seen[i] != layout[i].expected;
        if (differ)
            printf("%s: %zu, expected %zu\n", layout[i].what, seen[i], layout[i].expected);
    }
    return differ;
}
