/* test_model.c: models made for tables, from options and from the weights of files, and trained. */
#include "models.h"
#include "tables.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Making a model ----------------------------------------------------------------------- */

static void test_defaults(void **state)
{
    static const struct {
        const char *path, *network, *first_output;
        bool classification;
        size_t target;
    } cases[] = {
        {"data/iris.csv", "4 tanh 16 softmax 3 cross_entropy", "Iris-setosa", true, 4},
        {"data/wheat_seeds.csv", "7 tanh 16 softmax 3 cross_entropy", "1", true, 7},
        {"data/winequality_red.csv", "11 tanh 16 identity 1 mse", NULL, false, 11},
        {"data/horse_colic.csv", "27 tanh 16 softmax 2 cross_entropy", "1", true, 27},
        {"data/two_class.csv", "2 tanh 16 softmax 2 cross_entropy", "0", true, 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char found[200];
        bp_dataset *data = read_table(cases[i].path);
        bp_model *model = make_model(data, NULL);
        describe(model, found, sizeof found);
        assert_string_equal(found, cases[i].network);
        assert_int_equal(bp_model_answers(model) == BP_ANSWER_CLASS, cases[i].classification);
        assert_int_equal(bp_model_target_column(model, 0), cases[i].target);
        if (cases[i].first_output)
            assert_string_equal(bp_model_output_name(model, 0), cases[i].first_output);
        else
            assert_null(bp_model_output_name(model, 0));
        bp_model_destroy(model);
        bp_dataset_destroy(data);
    }
    bp_model_destroy(NULL);
}

/* One option by its name; two where `more` names another. */
typedef struct setting {
    const char *option, *value, *more, *more_value, *expected;
} setting;

static bp_model_options options_of(const setting *s)
{
    bp_model_options options = bp_model_defaults();
    const struct {
        const char *name;
        const char **field;
    } fields[] = {
        {"target", &options.target},
        {"task", &options.task},
        {"scale", &options.scale},
        {"hidden", &options.hidden},
        {"activation", &options.activation},
        {"output", &options.output},
        {"loss", &options.loss},
        {"init", &options.init},
        {"init_from", &options.init_from},
        {"weight_column", &options.weight_column},
        {"class_weight", &options.class_weight},
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (strcmp(fields[i].name, s->option) == 0)
            *fields[i].field = s->value;
        if (s->more && strcmp(fields[i].name, s->more) == 0)
            *fields[i].field = s->more_value;
    }
    return options;
}

static const setting chosen[] = {
    {"hidden", "none", NULL, NULL, "4 softmax 3 cross_entropy"},
    {"hidden", "8,4", NULL, NULL, "4 tanh 8 tanh 4 softmax 3 cross_entropy"},
    {"hidden", "8,4", "activation", "relu,elu", "4 relu 8 elu 4 softmax 3 cross_entropy"},
    {"hidden", "8,4", "activation", "gelu", "4 gelu 8 gelu 4 softmax 3 cross_entropy"},
    {"output", "sigmoid", NULL, NULL, "4 tanh 16 sigmoid 3 binary_cross_entropy"},
    {"output", "tanh", NULL, NULL, "4 tanh 16 tanh 3 mse"},
    {"loss", "binary_cross_entropy", NULL, NULL, "4 tanh 16 sigmoid 3 binary_cross_entropy"},
    {"loss", "half_ssr", NULL, NULL, "4 tanh 16 softmax 3 half_ssr"},
    {"loss", "half_ssr", "output", "sigmoid", "4 tanh 16 sigmoid 3 half_ssr"},
    {"target", "1", NULL, NULL, "6 tanh 16 identity 1 mse"},
    {"target", "1,3", NULL, NULL, "5 tanh 16 identity 2 mse"},
    {"target", "1", "output", "softplus", "6 tanh 16 softplus 1 mse"},
    {"target", "1", "loss", "huber", "6 tanh 16 identity 1 huber"},
    {"target", "1", "task", "classification", "6 tanh 16 softmax 35 cross_entropy"},
    {"weight_column", "2", "class_weight", "balanced", "3 tanh 16 softmax 3 cross_entropy"},
    {"weight_column", NULL, "class_weight", "none", "4 tanh 16 softmax 3 cross_entropy"},
};

static void test_choices(void **state)
{
    bp_dataset *data = read_table("data/iris.csv");
    (void)state;
    for (size_t i = 0; i < sizeof chosen / sizeof *chosen; i++) {
        char found[200];
        bp_model_options options = options_of(&chosen[i]);
        bp_model *model = make_model(data, &options);
        describe(model, found, sizeof found);
        assert_string_equal(found, chosen[i].expected);
        bp_model_destroy(model);
    }
    bp_dataset_destroy(data);
}

/* Two labels of two inputs; a column of 0 and 1 among the inputs. */
#define LABELS "a,x,b,y\n1,0.5,0,1\n0,1.5,1,1\n1,3,1,0\n1,-2,0,0\n"

static const setting chosen_of_labels[] = {
    {"target", "a,b", NULL, NULL, "2 tanh 16 sigmoid 2 binary_cross_entropy"},
    {"target", "b,a", "task", "classification", "2 tanh 16 sigmoid 2 binary_cross_entropy"},
    {"target", "a,b", "loss", "mse", "2 tanh 16 sigmoid 2 mse"},
    {"target", "a,b", "output", "tanh", "2 tanh 16 tanh 2 mse"},
    {"target", "a,b", "output", "identity", "2 tanh 16 identity 2 mse"},
    {"target", "a,b", "task", "regression", "2 tanh 16 identity 2 mse"},
};

static void test_choices_of_labels(void **state)
{
    bp_dataset *data = table_of(LABELS);
    bp_error error;
    (void)state;
    for (size_t i = 0; i < sizeof chosen_of_labels / sizeof *chosen_of_labels; i++) {
        const setting *s = &chosen_of_labels[i];
        char found[200];
        bp_model_options options = options_of(s);
        bp_model *model = make_model(data, &options);
        bool regression = strcmp(options.task, "regression") == 0;
        describe(model, found, sizeof found);
        assert_string_equal(found, s->expected);
        assert_int_equal(bp_model_answers(model),
                         regression ? BP_ANSWER_NUMBERS : BP_ANSWER_LABELS);
        assert_memory_equal(bp_model_output_name(model, 0), s->value, 1);
        assert_ok(bp_model_train(model, data, NULL, NULL, &error), &error);
        assert_int_equal(bp_model_targets_are_scaled(model), regression);
        bp_model_destroy(model);
    }
    bp_dataset_destroy(data);
}

#define HIDDEN(text)                                                                               \
    "hidden layers '" text "': expected sizes of at least 1 separated by commas, or none"

static const setting wrong[] = {
    {"hidden", "0", NULL, NULL, HIDDEN("0")},
    {"hidden", "", NULL, NULL, HIDDEN("")},
    {"hidden", "8,", NULL, NULL, HIDDEN("8,")},
    {"hidden", "8,,4", NULL, NULL, HIDDEN("8,,4")},
    {"hidden", "-8", NULL, NULL, HIDDEN("-8")},
    {"hidden", "8.5", NULL, NULL, HIDDEN("8.5")},
    {"hidden", "8, 4", NULL, NULL, HIDDEN("8, 4")},
    {"hidden", "many", NULL, NULL, HIDDEN("many")},
    {"hidden", "18446744073709551616", NULL, NULL, HIDDEN("18446744073709551616")},
    {"activation", "", NULL, NULL, "unknown activation ''; known: " ACTIVATIONS},
    {"activation", "Tanh", NULL, NULL, "unknown activation 'Tanh'; known: " ACTIVATIONS},
    {"activation", "tanh,relu", NULL, NULL,
     "2 activations 'tanh,relu' for 1 hidden layers; give one, or one each"},
    {"activation", "tanh,relu", "hidden", "3,2,1",
     "2 activations 'tanh,relu' for 3 hidden layers; give one, or one each"},
    {"activation", "tanh,relu", "hidden", "none",
     "2 activations 'tanh,relu' for 0 hidden layers; give one, or one each"},
    {"activation", "tanh,", "hidden", "3,2", "unknown activation ''; known: " ACTIVATIONS},
    {"output", "best", NULL, NULL, "unknown activation 'best'; known: " ACTIVATIONS},
    {"loss", "rmse", NULL, NULL, "unknown loss 'rmse'; known: " LOSSES},
    {"loss", "cross_entropy", "output", "tanh",
     "loss cross_entropy needs softmax outputs, not tanh"},
    {"loss", "binary_cross_entropy", "output", "softmax",
     "loss binary_cross_entropy needs sigmoid outputs, not softmax"},
    {"init", "zeros", NULL, NULL,
     "unknown initialization 'zeros'; known: glorot, he, normal, uniform01"},
    {"scale", "log", NULL, NULL, "unknown scaling 'log'; known: standard, minmax, none"},
    {"task", "both", NULL, NULL, "unknown task 'both'; known: auto, classification, regression"},
    {"target", "6", NULL, NULL,
     "no column '6'; give a name from the header line or a number from 1 to 5"},
    {"weight_column", "w", NULL, NULL,
     "no column 'w'; give a name from the header line or a number from 1 to 5"},
    {"weight_column", "5", NULL, NULL,
     "column 5 is a target; the weights of the rows need a column of their own"},
    {"class_weight", "even", NULL, NULL,
     "class weight 'even': expected none, balanced, or a list such as a=1,b=2.5"},
    {"class_weight", "setosa=2", NULL, NULL,
     "no class 'setosa' to weigh; the classes are Iris-setosa, Iris-versicolor, Iris-virginica"},
    {"class_weight", "balanced", "target", "1",
     "class weights are for a classification by one column; this model answers with numbers"},
    {"target", "4,5", "task", "classification",
     "column 4, row 1: '0.2' is neither 0 nor 1, which every target of a classification with "
     "several must be; name one target, or, for numbers, ask for a regression"},
};

static const setting wrong_of_labels[] = {
    {"target", "a,b", "output", "softmax", SOFTMAX},
    {"target", "a,b", "loss", "cross_entropy", SOFTMAX},
    {"target", "a,y,x", "task", "classification",
     "column 2 (x), row 1: '0.5' is neither 0 nor 1, which every target of a classification with "
     "several must be; name one target, or, for numbers, ask for a regression"},
};

static void check_wrong(const bp_dataset *data, const setting *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bp_model_options options = options_of(&s[i]);
        bp_model *model = NULL;
        bp_error error;
        assert_int_equal(bp_model_create(data, &options, &model, &error), BP_ERROR_ARGUMENT);
        assert_string_equal(error.message, s[i].expected);
        assert_null(model);
    }
}

/* What could not be saved is not trained: 1,600,000 columns would fit into the file. */
static void test_too_wide(void **state)
{
    bp_dataset *data = table_of("1 1800000:1\n0 1:1\n");
    bp_model *model = NULL;
    bp_error error;
    const bp_model_options options = {.hidden = "none"};
    (void)state;
    assert_int_equal(bp_model_create(data, &options, &model, &error), BP_ERROR_SIZE);
    assert_string_equal(error.message,
                        "1800000 inputs, which take 112288896 bytes or more of a model's file, "
                        "where no reader takes more than 100000000; leave columns out");
    assert_string_equal(error.file, bp_dataset_name(data));
    assert_null(model);
    bp_dataset_destroy(data);
}

static void test_wrong_options(void **state)
{
    bp_dataset *data = read_table("data/iris.csv"), *labels = table_of(LABELS);
    bp_model *model = NULL;
    bp_error error;
    (void)state;
    check_wrong(data, wrong, sizeof wrong / sizeof *wrong);
    check_wrong(labels, wrong_of_labels, sizeof wrong_of_labels / sizeof *wrong_of_labels);
    bp_dataset_destroy(labels);
    bp_model_options options = options_of(&(setting){.option = "hidden", .value = "9999999999"});
    assert_int_equal(bp_model_create(data, &options, &model, &error), BP_ERROR_SIZE);
    assert_string_equal(error.message, "1 samples, 4 inputs, 9999999999 neurons: BLAS takes at "
                                       "most 2147483646 of each");
    assert_int_equal(bp_model_create(NULL, NULL, &model, &error), BP_ERROR_ARGUMENT);
    assert_int_equal(bp_model_create(data, NULL, NULL, NULL), BP_ERROR_ARGUMENT);
    assert_null(model);
    bp_dataset_destroy(data);
}

/* ---- Training and its measures ------------------------------------------------------------ */

/* Of tables with as many rows of each class: rows of the matrix are the actual classes. */
static void check_confusion(const bp_evaluation *e)
{
    size_t right = 0, n = e->n_classes;
    for (size_t i = 0; i < n; i++) {
        size_t total = 0;
        for (size_t j = 0; j < n; j++)
            total += e->confusion[i * n + j];
        assert_int_equal(total, e->rows / n);
        right += e->confusion[i * n + i];
    }
    assert_close(e->scores.accuracy, (double)right / (double)e->rows, 1e-15, 0);
    assert_close(e->scores.log_loss, e->loss, 1e-12, 0); /* cross_entropy is that */
    assert_close(e->baseline.accuracy, 1 / (double)n, 1e-15, 0);
    assert_close(e->baseline.log_loss, log((double)n), 1e-14, 0);
}

/* The measures by their definitions, in long double, from answers and targets. */
static void check_regression(const bp_evaluation *e, const bp_model *model, const bp_dataset *data)
{
    size_t rows = bp_dataset_rows(data);
    double *Y = answers(model, data), *T = malloc(rows * sizeof *T);
    long double mean = 0, squares = 0, spread = 0, absolutes = 0;
    assert_non_null(T);
    assert_int_equal(bp_model_targets(model, data, T, 1, NULL), BP_OK);
    for (size_t i = 0; i < rows; i++)
        mean += T[i] / (long double)rows;
    for (size_t i = 0; i < rows; i++) {
        squares += (long double)(T[i] - Y[i]) * (T[i] - Y[i]);
        absolutes += fabs(T[i] - Y[i]);
        spread += (T[i] - mean) * (T[i] - mean);
    }
    assert_close(e->scores.r2[0], (double)(1 - squares / spread), 1e-12, 0);
    assert_close(e->scores.rmse[0], sqrt((double)(squares / rows)), 1e-12, 0);
    assert_close(e->scores.mae[0], (double)(absolutes / rows), 1e-12, 0);
    free(Y), free(T);
}

static void test_training(void **state)
{
    static const struct {
        const char *path;
        size_t epochs;
        double accuracy, r2;
    } cases[] = {
        {"data/iris.csv", 60, 0.9, 0},
        {"data/wheat_seeds.csv", 60, 0.9, 0},
        {"data/winequality_red.csv", 15, 0, 0.3},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bp_dataset *data = read_table(cases[i].path);
        bp_model *model = trained_model(data, NULL, cases[i].epochs);
        bp_evaluation e;
        bp_error error;
        assert_ok(bp_model_evaluate(model, NULL, 1, data, &e, &error), &error);
        assert_int_equal(e.rows, bp_dataset_rows(data));
        assert_true(isfinite(e.loss) && e.loss > 0);
        if (e.n_classes) {
            assert_true(e.scores.accuracy > cases[i].accuracy && e.n_targets == 0);
            check_confusion(&e);
        } else {
            assert_true(e.scores.r2[0] > cases[i].r2 && e.scores.r2[0] < 1 && e.n_targets == 1);
            check_regression(&e, model, data);
        }
        bp_evaluation_clear(&e);
        bp_model_destroy(model);
        bp_dataset_destroy(data);
    }
}

/* Two steps down the mean over all elements of the cross-entropy of sigmoids, by hand:
 * G = Σ (σ(W·x) − t)·x / (rows·labels) */
static void descend(double W[2][3], const double X[4][3], const double T[4][2])
{
    for (size_t step = 0; step < 2; step++) {
        double G[2][3] = {{0}};
        for (size_t i = 0; i < 4; i++)
            for (size_t j = 0; j < 2; j++) {
                double z = W[j][0] * X[i][0] + W[j][1] * X[i][1] + W[j][2];
                for (size_t p = 0; p < 3; p++)
                    G[j][p] += (1 / (1 + exp(-z)) - T[i][j]) * X[i][p] / (4 * 2);
            }
        for (size_t j = 0; j < 2; j++)
            for (size_t p = 0; p < 3; p++)
                W[j][p] -= 0.5 * G[j][p];
    }
}

static void test_labels_by_hand(void **state)
{
    static const double X[4][3] = {{0.5, 1, 1}, {1.5, 1, 1}, {3, 0, 1}, {-2, 0, 1}},
                        T[4][2] = {{1, 0}, {0, 1}, {1, 1}, {1, 0}};
    double W[2][3] = {{0}}, loss = 0;
    size_t right = 0;
    bp_dataset *data = table_of(LABELS);
    bp_model_options options = options_of(&(setting){"target", "a,b", "hidden", "none", NULL});
    bp_train_options how = bp_train_defaults();
    bp_evaluation e;
    bp_error error;
    (void)state;
    options.scale = "none";
    how.optimizer = bp_optimizer_find("sgd", NULL);
    how.learning_rate = 0.5;
    how.batch_size = 0;
    how.epochs = 2;
    bp_model *model = make_model(data, &options);
    bp_real *parameters = bp_network_parameters(bp_model_network(model));
    memset(parameters, 0, 6 * sizeof *parameters);
    assert_ok(bp_model_train(model, data, NULL, &how, &error), &error);
    descend(W, X, T);
    for (size_t p = 0; p < 6; p++)
        assert_close(parameters[p], W[p / 3][p % 3], 1e-14, 0);
    for (size_t i = 0; i < 4; i++) {
        size_t of_row = 0;
        for (size_t j = 0; j < 2; j++) {
            double o = 1 / (1 + exp(-W[j][0] * X[i][0] - W[j][1] * X[i][1] - W[j][2]));
            loss -= log(T[i][j] == 1 ? o : 1 - o) / (4 * 2);
            of_row += (o >= 0.5) == (T[i][j] == 1);
        }
        right += of_row == 2;
    }
    assert_ok(bp_model_evaluate(model, NULL, 1, data, &e, &error), &error);
    assert_true(e.n_labels == 2 && e.n_classes == 0 && e.n_targets == 0);
    assert_close(e.loss, loss, 1e-14, 0);
    assert_close(e.scores.log_loss, loss, 1e-14, 0);
    assert_close(e.scores.accuracy, (double)right / 4, 1e-15, 0);
    assert_close(e.baseline.accuracy, 0.25, 1e-15, 0); /* always 1, 1 */
    bp_evaluation_clear(&e);
    bp_model_destroy(model);
    bp_dataset_destroy(data);
}

/* A column with holes stops training with its place; so does a held-out class. */
static void test_training_refused(void **state)
{
    bp_dataset *data = read_table("data/horse_colic.csv");
    bp_model *model = make_model(data, NULL);
    bp_error error;
    (void)state;
    assert_int_equal(bp_model_train(model, data, NULL, NULL, &error), BP_ERROR_FORMAT);
    assert_string_equal(error.file, "data/horse_colic.csv");
    assert_int_equal(error.line, 133);
    assert_string_equal(error.message, "column 1: the value is missing; complete it, or train with "
                                       "--missing mean or drop");
    bp_dataset *kept = NULL, *held = NULL;
    assert_int_equal(bp_model_split(model, data, 1, 1, &kept, &held, &error), BP_ERROR_ARGUMENT);
    assert_string_equal(error.message, "a fraction of 1 is not between 0 and 1");
    assert_int_equal(bp_model_split(model, data, NAN, 1, &kept, &held, &error), BP_ERROR_ARGUMENT);
    bp_dataset *narrow = table_of("1,2\n3,4\n5,6\n7,8\n");
    assert_int_equal(bp_model_split(model, narrow, 0.5, 1, &kept, &held, &error), BP_ERROR_FORMAT);
    assert_non_null(strstr(error.message, "2 columns, where the model was made for a table of"));
    assert_true(kept == NULL && held == NULL);
    bp_dataset_destroy(narrow);
    bp_model_destroy(model);
    bp_dataset_destroy(data);
}

static void test_largest(void **state)
{
    static const double values[] = {1, 3, 3, -7};
    (void)state;
    assert_int_equal(bp_largest(values, 4), 1); /* the first of equals */
    assert_int_equal(bp_largest(values + 3, 1), 0);
}

/* A row that overflows is named, by its number in the file. */
static void test_predict_refuses(void **state)
{
    bp_dataset *data = table_of("1,2.5\n2,3.5\n"), *far = table_of("1,2\n1e300,3\n");
    bp_model_options options = options_of(&(setting){.option = "hidden", .value = "none"});
    bp_model *model = make_model(data, &options);
    double Y[2] = {77, 77};
    bp_error error;
    (void)state;
    bp_dataset *second = NULL;
    assert_ok(bp_dataset_subset(far, &(size_t){1}, 1, &second, &error), &error);
    bp_network_parameters(bp_model_network(model))[0] = 1e300;
    assert_int_equal(bp_model_predict(model, NULL, 1, second, Y, 1, &error), BP_ERROR_FORMAT);
    bp_dataset_destroy(second);
    assert_string_equal(error.message, "row 2 gives an output that is not a finite number; are its "
                                       "values far outside the training data's?");
    assert_int_equal(bp_model_predict(model, NULL, 1, data, Y, 0, &error), BP_ERROR_ARGUMENT);
    assert_int_equal(bp_model_targets(model, data, Y, 0, &error), BP_ERROR_ARGUMENT);
    assert_int_equal(bp_model_evaluate(model, NULL, 1, data, NULL, &error), BP_ERROR_ARGUMENT);
    bp_dataset *none = NULL;
    bp_evaluation e;
    assert_ok(bp_dataset_subset(data, NULL, 0, &none, &error), &error);
    assert_int_equal(bp_model_evaluate(model, NULL, 1, none, &e, &error), BP_ERROR_ARGUMENT);
    assert_string_equal(error.message, "no rows to measure the model on");
    bp_dataset_destroy(none);
    bp_model_destroy(model);
    bp_dataset_destroy(far);
    bp_dataset_destroy(data);
}

/* ---- Weights from a file ------------------------------------------------------------------ */

/* As numpy or PyTorch write them: F32, no metadata of ours, and tensors that are not ours. */
#define FLOATS                                                                                       \
    "{\"__metadata__\":{\"format\":\"pt\"}," TENSOR("0.weight", "F32", "[2,1]", "[0,8]") "," TENSOR( \
        "2.bias", "F32", "[1]",                                                                      \
        "[24,28]") "," TENSOR("0.bias", "F32", "[2]",                                                \
                              "[8,16]") "," TENSOR("2.weight", "F32", "[1,2]",                       \
                                                   "[16,24]") "," TENSOR("steps", "I64", "[]",       \
                                                                         "[28,36]") "}"

static const float floats[9] = {1.5f, -2.5f, 0.1f, 1e-40f, 3, 4, 0.5f, 0, 0};

static void test_init_from(void **state)
{
    static const float expected[] = {1.5f, 0.1f, -2.5f, 1e-40f, 3, 4, 0.5f}; /* rows of W */
    bp_dataset *data = table_of("1,2.5\n2,3.5\n");
    char *path = make_tensors(FLOATS, floats, sizeof floats), found[200];
    const setting settings[] = {
        {"init_from", path, NULL, NULL, "1 tanh 2 identity 1 mse"},
        {"init_from", path, "hidden", "2", "1 tanh 2 identity 1 mse"},
        {"init_from", path, "activation", "relu", "1 relu 2 identity 1 mse"}};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        bp_model_options options = options_of(&settings[i]);
        bp_model *model = make_model(data, &options);
        describe(model, found, sizeof found);
        assert_string_equal(found, settings[i].expected);
        for (size_t p = 0; p < 7; p++)
            assert_same_bits(bp_network_parameters(bp_model_network(model))[p], expected[p]);
        bp_model_destroy(model);
    }
    remove_file(path);
    bp_dataset_destroy(data);
}

/* A model's own file gives its weights to another model, bit for bit. */
static void test_init_from_model(void **state)
{
    bp_dataset *data = read_table("data/two_class.csv");
    bp_model *model = trained_model(data, NULL, 3);
    char *path = make_file("", 0);
    bp_error error;
    (void)state;
    assert_ok(bp_model_save(model, path, &error), &error);
    bp_model_options options = options_of(&(setting){.option = "init_from", .value = path});
    bp_model *other = make_model(data, &options);
    check_same_model(model, other);
    bp_model_destroy(other);
    bp_model_destroy(model);
    remove_file(path);
    bp_dataset_destroy(data);
}

static void test_init_from_refused(void **state)
{
    bp_dataset *data = table_of("1,2.5\n2,3.5\n"), *wide = table_of("1,2,2.5\n2,3,3.5\n");
    char *path = make_tensors(FLOATS, floats, sizeof floats);
    const struct {
        const char *hidden, *message;
        const bp_dataset *data;
    } cases[] = {
        {"3", "tensor '0.weight': its shape is [2, 1]; this network needs [3, 1]", data},
        {"none", "it has 2 layers; this network has 1", data},
        {"2,2", "it has 2 layers; this network has 3", data},
        {"2", "tensor '0.weight': its shape is [2, 1]; this network needs [2, 2]", wide},
        {NULL, "its tensors take 1 inputs and give 1 outputs; the data has 2 and 1", wide},
    };
    bp_model *model = NULL;
    bp_error error;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        setting s = {"init_from", path, "hidden", cases[i].hidden, NULL};
        bp_model_options options = options_of(&s);
        assert_int_equal(bp_model_create(cases[i].data, &options, &model, &error), BP_ERROR_FORMAT);
        assert_string_equal(error.message, cases[i].message);
        assert_string_equal(error.file, path);
        assert_null(model);
    }
    bp_model_options options = options_of(&(setting){.option = "init_from", .value = "/nowhere"});
    assert_int_equal(bp_model_create(data, &options, &model, &error), BP_ERROR_FILE);
    assert_null(model);
    remove_file(path);
    bp_dataset_destroy(wide);
    bp_dataset_destroy(data);
}

#define ONE_OF_EACH(activations)                                                                   \
    "{\"__metadata__\":{\"bprop.activations\":\"" activations                                      \
    "\"}," TENSOR("0.weight", "F32", "[1,1]", "[0,4]") "," TENSOR(                                 \
        "0.bias", "F32", "[1]", "[4,8]") "," TENSOR("2.weight", "F32", "[1,1]",                    \
                                                    "[8,12]") "," TENSOR("2.bias", "F32", "[1]",   \
                                                                         "[12,16]") "}"

/* What a file says of the activations is no option of the user's. */
static void test_init_from_activations(void **state)
{
    static const struct {
        const char *header, *message;
    } cases[] = {
        {ONE_OF_EACH("elu,"), NULL},
        {ONE_OF_EACH("elu"), NULL}, /* of no hidden layer: as if it were not there */
        {ONE_OF_EACH("maxout,identity"),
         "metadata 'bprop.activations': unknown activation 'maxout'; known: " ACTIVATIONS},
        {ONE_OF_EACH(",identity"),
         "metadata 'bprop.activations': unknown activation ''; known: " ACTIVATIONS},
        {ONE_OF_EACH("relu,tanh,identity"),
         "metadata 'bprop.activations': 3 names; this network has 2 layers"},
    };
    bp_dataset *data = table_of("1,2.5\n2,3.5\n");
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *path = make_tensors(cases[i].header, floats, 16);
        bp_model_options options = options_of(&(setting){.option = "init_from", .value = path});
        bp_model *model = NULL;
        bp_error error;
        bp_status status = bp_model_create(data, &options, &model, &error);
        assert_int_equal(status, cases[i].message ? BP_ERROR_FORMAT : BP_OK);
        if (status) {
            assert_string_equal(error.message, cases[i].message);
            assert_string_equal(error.file, path);
        }
        bp_model_destroy(model);
        remove_file(path);
    }
    bp_dataset_destroy(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_choices_of_labels),
        cmocka_unit_test(test_labels_by_hand),
        cmocka_unit_test(test_wrong_options),
        cmocka_unit_test(test_too_wide),
        cmocka_unit_test(test_training),
        cmocka_unit_test(test_training_refused),
        cmocka_unit_test(test_largest),
        cmocka_unit_test(test_predict_refuses),
        cmocka_unit_test(test_init_from),
        cmocka_unit_test(test_init_from_model),
        cmocka_unit_test(test_init_from_refused),
        cmocka_unit_test(test_init_from_activations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
