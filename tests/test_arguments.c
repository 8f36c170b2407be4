/* test_arguments.c: every function that returns a bp_status, called with each of its arguments in
 * turn NULL, out of range or of another shape: a status and a message, and no output written. */
#include "support.h"

#include <limits.h>
#include <math.h>
#include <string.h>

/* A call with the argument `spoiled` spoiled, from 0; GOOD: none. What it makes, it destroys. */
enum { GOOD = -1 };
typedef struct call {
    const char *name;
    int n; /* ways to spoil it */
    bp_status (*run)(int spoiled, bp_error *error);
} call;

#define NULL_AT(i, pointer) (spoiled == (i) ? NULL : (pointer))
#define AT(i, bad, good)    (spoiled == (i) ? (bad) : (good))

/* What an output is before the call, and after one that failed. */
static char untouched;
#define UNTOUCHED ((void *)&untouched)

/* ---- What the calls are made with ---------------------------------------------------------- */

enum { N_ROWS = 6, IN = 2, OUT = 2, ROOM = 8, N_WEIGHTS = 6 };

static const size_t sizes[] = {IN, OUT}, zero_size[] = {IN, 0}, huge_size[] = {IN, SIZE_MAX};
static const bp_activation *identity[1];
static const bp_loss *mse, *cross_entropy;
static bp_network *network, *other;
static bp_workspace *workspace, *of_other, *empty;
static bp_real X[N_ROWS * 3], T[N_ROWS * 3], Y[N_ROWS * 3], gradient[N_WEIGHTS];
static double value, cells[N_ROWS * 3], answers[N_ROWS * 2];
static bp_arrays arrays;
static bp_source source;
static bp_dataset *table;
static bp_model *model;
static bp_train_state *begun, *not_begun;
static char *path, *model_path;

static bp_source source_of(bp_arrays rows)
{
    static bp_arrays kept;
    kept = rows;
    return bp_arrays_source(&kept);
}

static int make_all(void **state)
{
    bp_error error;
    (void)state;
    identity[0] = bp_activation_find("identity", &error);
    mse = bp_loss_find("mse", &error);
    cross_entropy = bp_loss_find("cross_entropy", &error);
    assert_ok(bp_network_create(sizes, 1, identity, &network, &error), &error);
    assert_ok(bp_network_create((const size_t[]){3, 1}, 1, identity, &other, &error), &error);
    assert_ok(bp_workspace_create(network, NULL, ROOM, &workspace, &error), &error);
    assert_ok(bp_workspace_create(network, NULL, 0, &empty, &error), &error);
    assert_ok(bp_workspace_create(other, NULL, ROOM, &of_other, &error), &error);
    for (size_t i = 0; i < N_ROWS * 3; i++) {
        X[i] = T[i] = (bp_real)(i % 5);
        cells[i] = (double)(i % 5);
    }
    arrays = (bp_arrays){N_ROWS, IN, OUT, X, 3, T, 3, NULL};
    source = bp_arrays_source(&arrays);
    bp_train_options how = bp_train_defaults();
    bp_model_options made = bp_model_defaults();
    made.hidden = "none";
    made.task = "regression";
    how.epochs = 1;
    assert_ok(bp_train_state_create(&begun, &error), &error);
    how.state = begun;
    assert_ok(bp_dataset_from_array("cells", cells, N_ROWS, 3, 3, &table, &error), &error);
    assert_ok(bp_model_create(table, &made, &model, &error), &error);
    assert_ok(bp_model_train(model, table, NULL, &how, &error), &error);
    assert_ok(bp_train_state_create(&not_begun, &error), &error);
    model_path = make_file("", 0);
    path = make_file("1,2,3\n4,5,6\n", 12);
    return 0;
}

static int destroy_all(void **state)
{
    (void)state;
    bp_workspace_destroy(workspace), bp_workspace_destroy(of_other), bp_workspace_destroy(empty);
    bp_network_destroy(network), bp_network_destroy(other);
    bp_model_destroy(model);
    bp_train_state_destroy(begun), bp_train_state_destroy(not_begun);
    bp_dataset_destroy(table);
    remove_file(path), remove_file(model_path);
    return 0;
}

/* ---- <bprop/dataset.h> --------------------------------------------------------------------- */

static bp_status see_dataset(bp_status status, bp_dataset *made)
{
    if (status)
        assert_ptr_equal(made, UNTOUCHED);
    else
        bp_dataset_destroy(made);
    return status;
}

static bp_status read_table(int spoiled, bp_error *error)
{
    bp_dataset *made = UNTOUCHED;
    bp_read_options options = {
        .format = AT(2, "xls", NULL),
        .header = AT(3, (bp_header)7, BP_HEADER_NO),
        .delimiter = AT(4, '"', ','),
        .categorical = AT(5, "9", NULL),
        .ignored = AT(6, "9", NULL),
    };
    bp_status status = bp_dataset_read(NULL_AT(0, path), &options, NULL_AT(1, &made), error);
    return see_dataset(status, made);
}

static bp_status write_table(int spoiled, bp_error *error)
{
    return bp_dataset_write(NULL_AT(0, table), NULL_AT(1, path), AT(2, "xls", "csv"), error);
}

static bp_status convert(int spoiled, bp_error *error)
{
    bp_conversion done;
    bp_read_options how = {.header = AT(4, (bp_header)-1, BP_HEADER_NO)};
    return bp_convert(NULL_AT(0, path), &how, NULL_AT(1, path), AT(2, "xls", "csv"),
                      NULL_AT(3, &done), error);
}

static bp_status from_array(int spoiled, bp_error *error)
{
    bp_dataset *made = UNTOUCHED;
    size_t ld = spoiled == 6 ? SIZE_MAX / 8 : AT(3, 2, 3);
    bp_status status =
        bp_dataset_from_array(NULL_AT(0, "name"), NULL_AT(1, cells), AT(5, SIZE_MAX, N_ROWS),
                              AT(2, 0, 3), ld, NULL_AT(4, &made), error);
    return see_dataset(status, made);
}

static bp_status subset(int spoiled, bp_error *error)
{
    bp_dataset *made = UNTOUCHED;
    const size_t index[] = {0, AT(3, (size_t)N_ROWS, 1)};
    bp_status status =
        bp_dataset_subset(NULL_AT(0, table), NULL_AT(1, index), 2, NULL_AT(2, &made), error);
    return see_dataset(status, made);
}

/* ---- <bprop/network.h>, <bprop/dense.h> ----------------------------------------------------- */

static bp_status create(int spoiled, bp_error *error)
{
    static const bp_activation nameless = {0}, half = {.name = "half"};
    static const bp_activation *const bad[] = {&nameless, &half, NULL};
    bp_network *made = UNTOUCHED;
    static const size_t widest[] = {INT_MAX - 1, INT_MAX - 1}; /* 2^62 weights */
    bool bad_row = spoiled >= 6 && spoiled < 9;
    const bp_activation *const *rows = bad_row ? &bad[spoiled - 6] : identity;
    const size_t *shape = AT(4, zero_size, AT(5, huge_size, AT(9, widest, sizes)));
    bp_status status = bp_network_create(NULL_AT(0, shape), AT(3, 0, 1), NULL_AT(1, rows),
                                         NULL_AT(2, &made), error);
    if (status)
        assert_ptr_equal(made, UNTOUCHED);
    else
        bp_network_destroy(made);
    return status;
}

static bp_status initialize(int spoiled, bp_error *error)
{
    return bp_network_initialize(NULL_AT(0, network), NULL_AT(1, AT(2, "zeros", "he")), 1, error);
}

static bp_status create_workspace(int spoiled, bp_error *error)
{
    bp_workspace *made = UNTOUCHED;
    bp_kernel half = *bp_kernel_at(0);
    half.weight_gradient = NULL;
    bp_status status = bp_workspace_create(NULL_AT(0, network), AT(2, &half, NULL),
                                           AT(3, SIZE_MAX, 1), NULL_AT(1, &made), error);
    if (status)
        assert_ptr_equal(made, UNTOUCHED);
    else
        bp_workspace_destroy(made);
    return status;
}

static bp_status check_dense(int spoiled, bp_error *error)
{
    return bp_dense_check(AT(2, SIZE_MAX, 1), 3, 2, AT(0, 3, AT(1, 1, 4)), error);
}

static bp_status check_loss(int spoiled, bp_error *error)
{
    bp_loss half = *mse, reduced = *mse, nameless = *mse;
    half.delta = NULL;
    reduced.reduction = (bp_reduction)3;
    nameless.name = NULL;
    const bp_loss *bad[] = {NULL, mse, cross_entropy, &half, &reduced, &nameless};
    return bp_loss_check(spoiled == GOOD ? mse : bad[spoiled], NULL_AT(1, network), error);
}

static bp_status predict(int spoiled, bp_error *error)
{
    Y[0] = PADDING;
    bp_status status = bp_predict(NULL_AT(0, AT(6, other, network)),
                                  NULL_AT(1, AT(7, of_other, AT(8, empty, workspace))), N_ROWS,
                                  NULL_AT(2, X), AT(4, 1, AT(9, SIZE_MAX, 3)), NULL_AT(3, Y),
                                  AT(5, 1, AT(10, SIZE_MAX, 3)), error);
    assert_true((Y[0] == (bp_real)PADDING) == (status != BP_OK));
    return status;
}

static bp_status loss_and_gradient(int spoiled, bp_error *error)
{
    value = gradient[0] = PADDING;
    bp_status status = bp_loss_and_gradient(
        NULL_AT(0, AT(9, other, network)), NULL_AT(1, AT(10, of_other, workspace)),
        NULL_AT(2, AT(11, cross_entropy, mse)), AT(12, 0, AT(13, ROOM + 1, N_ROWS)), NULL_AT(3, X),
        AT(6, 1, AT(8, SIZE_MAX, 3)), NULL_AT(4, T), AT(7, 1, AT(14, SIZE_MAX, 3)),
        NULL_AT(5, &value), gradient, error);
    assert_true((value == PADDING && gradient[0] == (bp_real)PADDING) == (status != BP_OK));
    return status;
}

/* ---- <bprop/train.h> ----------------------------------------------------------------------- */

static bp_status create_state(int spoiled, bp_error *error)
{
    bp_train_state *made = NULL;
    bp_status status = bp_train_state_create(NULL_AT(0, &made), error);
    bp_train_state_destroy(made);
    return status;
}

static bp_status set_note(int spoiled, bp_error *error)
{
    return bp_train_state_set_note(NULL_AT(0, begun), AT(1, "\xff", "note"), error);
}

static bp_status train(int spoiled, bp_error *error)
{
    bp_train_options how = bp_train_defaults();
    how.epochs = 1;
    return bp_train(NULL_AT(0, AT(3, other, network)), NULL_AT(1, AT(4, cross_entropy, mse)),
                    NULL_AT(2, &source), &source, &how, error);
}

/* Sources that do not serve. */
static bp_source spoil_source(int spoiled)
{
    static const double negative[N_ROWS] = {1, -1, 1, 1, 1, 1}, not [N_ROWS] = {1, NAN},
                        zero[N_ROWS];
    bp_arrays a = arrays;
    a.X = NULL_AT(0, a.X);
    a.T = NULL_AT(1, a.T);
    a.ldx = AT(2, IN - 1, a.ldx);
    a.ldt = AT(3, OUT - 1, a.ldt);
    a.rows = AT(4, 0, AT(5, SIZE_MAX, a.rows));
    a.ldx = AT(6, SIZE_MAX, a.ldx);
    a.ldt = AT(7, SIZE_MAX / 8, a.ldt);
    a.inputs = AT(8, 3, a.inputs);
    a.outputs = AT(9, 1, a.outputs);
    a.weights = AT(10, negative, AT(11, not, AT(12, zero, NULL)));
    bp_source made = source_of(a);
    if (spoiled == 13)
        made.fill = NULL;
    return spoiled == 14 ? bp_arrays_source(NULL) : made;
}
enum { BAD_SOURCES = 15 };

static bp_status train_on(int spoiled, bp_error *error)
{
    bp_source bad = spoil_source(spoiled);
    bp_train_options how = bp_train_defaults();
    how.epochs = 1;
    return bp_train(network, mse, &bad, NULL, &how, error);
}

static bp_status validate_on(int spoiled, bp_error *error)
{
    bp_source bad = spoil_source(spoiled);
    bp_train_options how = bp_train_defaults();
    how.epochs = 1;
    return bp_train(network, mse, &source, &bad, &how, error);
}

static bp_status loss_on(int spoiled, bp_error *error)
{
    bp_source bad = spoil_source(spoiled);
    value = gradient[0] = PADDING;
    bp_status status = bp_loss_of(network, workspace, mse, &bad, &value, gradient, error);
    assert_true((value == PADDING && gradient[0] == (bp_real)PADDING) == (status != BP_OK));
    return status;
}

static bp_status loss_of(int spoiled, bp_error *error)
{
    return bp_loss_of(NULL_AT(0, AT(5, other, network)),
                      NULL_AT(1, AT(6, of_other, AT(7, empty, workspace))),
                      NULL_AT(2, AT(8, cross_entropy, mse)), NULL_AT(3, &source),
                      NULL_AT(4, &value), gradient, error);
}

/* ---- <bprop/model.h> ----------------------------------------------------------------------- */

static bp_status see_model(bp_status status, bp_model *made)
{
    if (status)
        assert_ptr_equal(made, UNTOUCHED);
    else
        bp_model_destroy(made);
    return status;
}

static bp_status create_model(int spoiled, bp_error *error)
{
    bp_model *made = UNTOUCHED;
    bp_model_options how = {
        .target = AT(2, "9", NULL),
        .task = AT(3, "guess", NULL),
        .scale = AT(4, "twice", NULL),
        .hidden = AT(5, "0", NULL),
        .activation = AT(6, "sin", NULL),
        .output = AT(7, "sin", NULL),
        .loss = AT(8, "log_cosh", NULL),
        .init = AT(9, "zeros", NULL),
        .weight_column = AT(10, "9", NULL),
        .class_weight = AT(11, "heavy", NULL),
    };
    bp_status status = bp_model_create(NULL_AT(0, table), &how, NULL_AT(1, &made), error);
    return see_model(status, made);
}

static bp_status split_model(int spoiled, bp_error *error)
{
    static const double fractions[] = {0, 1, NAN, 1e-9, -1, 2};
    bp_dataset *kept = UNTOUCHED, *held_out = UNTOUCHED;
    double fraction = spoiled >= 4 ? fractions[spoiled - 4] : 0.5;
    bp_status status = bp_model_split(NULL_AT(0, model), NULL_AT(1, table), fraction, 1,
                                      NULL_AT(2, &kept), NULL_AT(3, &held_out), error);
    see_dataset(status, kept);
    return see_dataset(status, held_out);
}

static bp_status find_target(int spoiled, bp_error *error)
{
    size_t column = 99;
    bp_status status = bp_model_find_target(NULL_AT(0, model), NULL_AT(1, table),
                                            AT(2, SIZE_MAX, 0), NULL_AT(3, &column), error);
    assert_int_equal(column == 99, status != BP_OK);
    return status;
}

static bp_status train_model(int spoiled, bp_error *error)
{
    bp_train_options how = {.epochs = 1, .dropout = AT(2, 2, 0)};
    return bp_model_train(NULL_AT(0, model), NULL_AT(1, table), NULL, &how, error);
}

static bp_status predict_model(int spoiled, bp_error *error)
{
    return bp_model_predict(NULL_AT(0, model), NULL, 1, NULL_AT(1, table), NULL_AT(2, answers),
                            AT(3, 0, AT(4, SIZE_MAX, 1)), error);
}

static bp_status targets_of_model(int spoiled, bp_error *error)
{
    return bp_model_targets(NULL_AT(0, model), NULL_AT(1, table), NULL_AT(2, answers),
                            AT(3, 0, AT(4, SIZE_MAX, 1)), error);
}

static bp_status evaluate(int spoiled, bp_error *error)
{
    bp_evaluation made;
    bp_status status =
        bp_model_evaluate(NULL_AT(0, model), NULL, 1, NULL_AT(1, table), NULL_AT(2, &made), error);
    if (!status)
        bp_evaluation_clear(&made);
    return status;
}

static bp_status cross_validate(int spoiled, bp_error *error)
{
    bp_evaluation made[2];
    bp_train_options trained = {.epochs = 1, .l2 = AT(9, NAN, 0)};
    bp_cv_options how = {
        .folds = AT(2, 1, AT(3, N_ROWS + 1, AT(4, SIZE_MAX, 2))),
        .repeats = AT(5, 0, AT(6, SIZE_MAX, 1)),
        .validation = AT(7, NAN, AT(8, 1, 0)),
        .threads = 1,
    };
    bp_status status =
        bp_cross_validate(NULL_AT(0, table), NULL, &trained, &how, NULL_AT(1, made), error);
    for (size_t i = 0; !status && i < 2; i++)
        bp_evaluation_clear(&made[i]);
    return status;
}

static bp_status read_for_model(int spoiled, bp_error *error)
{
    bp_dataset *made = UNTOUCHED;
    bp_status status =
        bp_model_read(NULL_AT(0, model), NULL_AT(1, path), NULL, NULL_AT(2, &made), error);
    return see_dataset(status, made);
}

static bp_status save(int spoiled, bp_error *error)
{
    return bp_model_save(NULL_AT(0, model), NULL_AT(1, model_path), error);
}

static bp_status load(int spoiled, bp_error *error)
{
    bp_model *made = UNTOUCHED;
    bp_status status = bp_model_load(NULL_AT(0, model_path), NULL_AT(1, &made), error);
    return see_model(status, made);
}

static bp_status save_checkpoint(int spoiled, bp_error *error)
{
    return bp_model_save_checkpoint(NULL_AT(0, model), NULL_AT(1, AT(3, not_begun, begun)),
                                    NULL_AT(2, model_path), error);
}

static bp_status load_checkpoint(int spoiled, bp_error *error)
{
    bp_model *made = UNTOUCHED;
    bp_train_state *state = UNTOUCHED;
    bp_status status = bp_model_load_checkpoint(NULL_AT(0, model_path), NULL_AT(1, &made),
                                                NULL_AT(2, &state), error);
    if (status)
        assert_ptr_equal(state, UNTOUCHED);
    else
        bp_train_state_destroy(state);
    return see_model(status, made);
}

/* ---- All of them ---------------------------------------------------------------------------- */

/* In this order: what is loaded was saved. */
static const call calls[] = {
    {"bp_dataset_read", 7, read_table},
    {"bp_dataset_write", 3, write_table},
    {"bp_convert", 5, convert},
    {"bp_dataset_from_array", 7, from_array},
    {"bp_dataset_subset", 4, subset},
    {"bp_dense_check", 3, check_dense},
    {"bp_network_create", 10, create},
    {"bp_network_initialize", 3, initialize},
    {"bp_workspace_create", 4, create_workspace},
    {"bp_loss_check", 6, check_loss},
    {"bp_predict", 11, predict},
    {"bp_loss_and_gradient", 15, loss_and_gradient},
    {"bp_train_state_create", 1, create_state},
    {"bp_train_state_set_note", 2, set_note},
    {"bp_train", 5, train},
    {"bp_train on a source", BAD_SOURCES, train_on},
    {"bp_train validating on it", BAD_SOURCES, validate_on},
    {"bp_loss_of", 9, loss_of},
    {"bp_loss_of a source", BAD_SOURCES, loss_on},
    {"bp_model_create", 12, create_model},
    {"bp_model_find_target", 4, find_target},
    {"bp_model_split", 10, split_model},
    {"bp_model_train", 3, train_model},
    {"bp_model_predict", 5, predict_model},
    {"bp_model_targets", 5, targets_of_model},
    {"bp_model_evaluate", 3, evaluate},
    {"bp_cross_validate", 10, cross_validate},
    {"bp_model_read", 3, read_for_model},
    {"bp_model_save", 2, save},
    {"bp_model_load", 2, load},
    {"bp_model_save_checkpoint", 4, save_checkpoint},
    {"bp_model_load_checkpoint", 3, load_checkpoint},
};

/* Refused with a message, and where nobody wants to hear it. */
static void check_spoiled(const call *c, int spoiled)
{
    bp_error error = {0};
    bp_status status = c->run(spoiled, &error);
    if (status != BP_ERROR_ARGUMENT && status != BP_ERROR_SIZE)
        fail_msg("%s, way %d: status %d", c->name, spoiled, (int)status);
    if (error.status != status || !*error.message)
        fail_msg("%s, way %d: no message", c->name, spoiled);
    assert_int_equal(c->run(spoiled, NULL), status);
}

static void test_calls(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        bp_error error = {0};
        bp_status status = calls[i].run(GOOD, &error);
        if (status)
            fail_msg("%s: %s", calls[i].name, error.message);
        assert_int_equal(calls[i].run(GOOD, NULL), BP_OK);
        for (int spoiled = 0; spoiled < calls[i].n; spoiled++)
            check_spoiled(&calls[i], spoiled);
    }
}

/* ---- The options of a training -------------------------------------------------------------- */

/* Each field out of its range, and what the message says of it. */
static void test_options(void **state)
{
    bp_optimizer rateless = *bp_optimizer_find("sgd", NULL), penal = rateless, nameless = rateless,
                 stepless = rateless, hoarder = rateless;
    bp_schedule two_lines = *bp_schedule_at(0);
    bp_kernel half = *bp_kernel_at(0);
    const bp_optimizer *rprop = bp_optimizer_find("rprop", NULL);
    stepless.step = NULL;
    hoarder.n_state = 5;
    rateless.learning_rate = 0;
    penal.l2 = NAN;
    nameless.name = NULL;
    two_lines.name = "a\nb";
    half.forward = NULL;
    const struct {
        bp_train_options how;
        const char *says;
    } rows[] = {
        {{.optimizer = &nameless}, "name of the optimizer"},
        {{.optimizer = &stepless}, "optimizer sgd has no step"},
        {{.optimizer = &hoarder}, "optimizer sgd has 5 states"},
        {{.optimizer = &rateless}, "learning_rate"},
        {{.optimizer = &penal, .l2 = -1}, "l2"},
        {{.learning_rate = -1}, "learning_rate is -1"},
        {{.learning_rate = NAN}, "learning_rate is nan"},
        {{.learning_rate = INFINITY}, "learning_rate is inf"},
        {{.schedule = &two_lines}, "name of the schedule"},
        {{.optimizer = rprop, .schedule = bp_schedule_at(1)}, "schedule"},
        {{.optimizer = rprop, .warmup = 1}, "warm-up"},
        {{.optimizer = rprop, .batch_size = 2}, "batch size"},
        {{.l2 = NAN}, "l2 is nan"},
        {{.l2 = INFINITY}, "l2 is inf"},
        {{.dropout = -0.5}, "dropout is -0.5"},
        {{.dropout = 1}, "dropout is 1"},
        {{.dropout = NAN}, "dropout is nan"},
        {{.clip_norm = -1}, "clip_norm is -1"},
        {{.clip_norm = NAN}, "clip_norm is nan"},
        {{.min_delta = -1}, "min_delta is -1"},
        {{.min_delta = NAN}, "min_delta is nan"},
        {{.train_only = ""}, "no tensor ''"},
        {{.train_only = "0.weight,,"}, "no tensor ''"},
        {{.train_only = "1.weight"}, "no tensor '1.weight'"},
        {{.kernel = &half}, "kernel"},
        {{.state = begun}, "this training began with"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bp_error error = {0};
        bp_train_options how = rows[i].how;
        how.epochs = 1;
        bp_status status = bp_train(network, mse, &source, NULL, &how, &error);
        if (status != BP_ERROR_ARGUMENT || !strstr(error.message, rows[i].says))
            fail_msg("%s: status %d, '%.200s'", rows[i].says, (int)status, error.message);
    }
}

/* Absurd but possible: more threads, rows a batch, patience and so on than there is use for. */
static void test_large_options(void **state)
{
    bp_error error;
    bp_train_options how = {
        .schedule = bp_schedule_find("cosine", NULL),
        .schedule_epochs = SIZE_MAX,
        .warmup = SIZE_MAX,
        .epochs = 2,
        .batch_size = SIZE_MAX,
        .patience = SIZE_MAX,
        .threads = SIZE_MAX,
        .seed = UINT64_MAX,
    };
    (void)state;
    assert_ok(bp_train(network, mse, &source, NULL, &how, &error), &error);
}

/* ---- Leading dimensions and overlaps -------------------------------------------------------- */

/* Columns of one array: inputs, targets, and where the outputs go, with padding between. */
enum { LD = 9, INPUTS_AT = 1, TARGETS_AT = 4, OUTPUTS_AT = 6 };
static bp_real board[N_ROWS * LD];

static void lay_out(void)
{
    for (size_t i = 0; i < N_ROWS; i++)
        for (size_t j = 0; j < LD; j++)
            board[i * LD + j] = (bp_real)PADDING;
    for (size_t i = 0; i < N_ROWS; i++)
        for (size_t j = 0; j < 2; j++) {
            board[i * LD + INPUTS_AT + j] = X[i * 3 + j];
            board[i * LD + TARGETS_AT + j] = T[i * 3 + j];
        }
}

/* All but the outputs as laid out. */
static void check_board(const bp_real *outputs)
{
    static bp_real after[N_ROWS * LD];
    memcpy(after, board, sizeof board);
    lay_out();
    for (size_t i = 0; i < N_ROWS; i++)
        for (size_t j = 0; outputs && j < OUT; j++)
            board[i * LD + OUTPUTS_AT + j] = outputs[i * OUT + j];
    assert_memory_equal(after, board, sizeof board);
}

/* Columns of the host's array give the bits of arrays of their own; what lies beside them is
 * neither read nor written. */
static void test_column_ranges(void **state)
{
    static bp_real packed_X[N_ROWS * IN], packed_T[N_ROWS * OUT], other_gradient[N_WEIGHTS];
    const bp_arrays packed = {N_ROWS, IN, OUT, packed_X, IN, packed_T, OUT, NULL};
    const bp_arrays ranges = {N_ROWS, IN, OUT, board + INPUTS_AT, LD, board + TARGETS_AT, LD, NULL};
    const bp_source sources[] = {bp_arrays_source(&packed), bp_arrays_source(&ranges)};
    bp_real weights[2][N_WEIGHTS];
    bp_train_options how = {.epochs = 3, .batch_size = 2, .patience = 2};
    bp_error error;
    double loss;
    (void)state;
    for (size_t i = 0; i < N_ROWS * 2; i++) {
        packed_X[i] = X[i / 2 * 3 + i % 2];
        packed_T[i] = T[i / 2 * 3 + i % 2];
    }
    lay_out();
    for (size_t s = 0; s < 2; s++) {
        assert_ok(bp_network_initialize(network, "glorot", 1, &error), &error);
        assert_ok(bp_train(network, mse, &sources[s], &sources[1 - s], &how, &error), &error);
        memcpy(weights[s], bp_network_parameters(network), sizeof weights[s]);
    }
    assert_memory_equal(weights[0], weights[1], sizeof weights[0]);
    check_board(NULL);
    assert_ok(bp_loss_and_gradient(network, workspace, mse, N_ROWS, packed_X, IN, packed_T, OUT,
                                   &loss, gradient, &error),
              &error);
    assert_ok(bp_loss_and_gradient(network, workspace, mse, N_ROWS, board + INPUTS_AT, LD,
                                   board + TARGETS_AT, LD, &value, other_gradient, &error),
              &error);
    assert_same_bits(value, loss);
    assert_memory_equal(gradient, other_gradient, sizeof gradient);
    check_board(NULL);
    assert_ok(bp_predict(network, workspace, N_ROWS, packed_X, IN, Y, OUT, &error), &error);
    assert_ok(bp_predict(network, workspace, N_ROWS, board + INPUTS_AT, LD, board + OUTPUTS_AT, LD,
                         &error),
              &error);
    check_board(Y);
}

/* Inputs may overlap each other: targets that are the inputs. */
static void test_overlap(void **state)
{
    bp_arrays same = arrays, copied = arrays;
    bp_error error;
    bp_real copy[N_ROWS * 3], weights[2][N_WEIGHTS];
    bp_train_options how = {.epochs = 3};
    (void)state;
    memcpy(copy, X, sizeof copy);
    same.T = X;
    copied.T = copy;
    for (size_t s = 0; s < 2; s++) {
        bp_source rows = source_of(s ? same : copied);
        assert_ok(bp_network_initialize(network, "glorot", 1, &error), &error);
        assert_ok(bp_train(network, mse, &rows, &rows, &how, &error), &error);
        memcpy(weights[s], bp_network_parameters(network), sizeof weights[s]);
    }
    assert_memory_equal(weights[0], weights[1], sizeof weights[0]);
    assert_memory_equal(X, copy, sizeof copy);
}

/* No rows are none to predict; no pointer is looked at. */
static void test_no_rows(void **state)
{
    bp_error error;
    (void)state;
    assert_ok(bp_predict(network, workspace, 0, NULL, IN, NULL, OUT, &error), &error);
    assert_ok(bp_predict(network, empty, 0, NULL, IN, NULL, OUT, &error), &error);
}

/* Values that an enumeration does not have have a text all the same. */
static void test_values_without_name(void **state)
{
    (void)state;
    for (int value = -1; value < 100; value += 50) {
        assert_non_null(bp_strerror((bp_status)value));
        assert_non_null(bp_answer_name((bp_answer)value));
    }
    assert_string_equal(bp_answer_name((bp_answer)99), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_large_options),
        cmocka_unit_test(test_column_ranges),
        cmocka_unit_test(test_overlap),
        cmocka_unit_test(test_no_rows),
        cmocka_unit_test(test_values_without_name),
    };
    return cmocka_run_group_tests(tests, make_all, destroy_all);
}
