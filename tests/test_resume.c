/* test_resume.c: a training that is kept in a file and goes on from there is one that never
 * stopped; what may not change in between; files that are no checkpoints. */
#include "tables.h"
#include "training.h"

#include "train/state.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Trainings in two parts ----------------------------------------------------------------- */

enum { MOST_EPOCHS = 240 };

static const char rows[] = "1,2,0.5\n-0.5,0.25,2\n3,-1,-1\n0.75,1.5,0\n-2,0.5,1.5\n0,-1.25,3\n"
                           "1.5,1,-2\n2.5,-3,1\n";
static const char other_rows[] = "0.5,0.5,1\n-1,2,-1\n2,1,0.25\n";

/* A model and the rows it is trained on, and what its epochs were like. */
typedef struct training {
    bp_dataset *data, *held;
    bp_model *model;
    bp_train_state *state;
    size_t epoch;
    double losses[MOST_EPOCHS], held_losses[MOST_EPOCHS], rates[MOST_EPOCHS];
    const char *checkpoint; /* a file for the last epoch; NULL: none */
} training;

static void begin(training *t, const char *activation)
{
    bp_model_options options = bp_model_defaults();
    bp_error error;
    *t = (training){.data = table_of(rows), .held = table_of(other_rows)};
    options.hidden = "3";
    options.activation = activation;
    options.task = "regression";
    assert_ok(bp_model_create(t->data, &options, &t->model, &error), &error);
    assert_ok(bp_train_state_create(&t->state, &error), &error);
}

static void end(training *t)
{
    bp_model_destroy(t->model);
    bp_train_state_destroy(t->state);
    bp_dataset_destroy(t->data);
    bp_dataset_destroy(t->held);
}

static int record(const bp_progress *progress, void *user)
{
    training *t = user;
    bp_error error;
    size_t e = progress->epoch - 1;
    assert_true(e < MOST_EPOCHS && e == t->epoch);
    t->epoch++;
    t->losses[e] = progress->loss;
    t->held_losses[e] = progress->validation_loss;
    t->rates[e] = progress->learning_rate;
    if (progress->last && t->checkpoint)
        assert_ok(bp_model_save_checkpoint(t->model, t->state, t->checkpoint, &error), &error);
    return 0;
}

static void train_to(training *t, const bp_train_options *options, size_t epochs)
{
    bp_train_options how = *options;
    bp_error error;
    how.epochs = epochs;
    how.state = t->state;
    how.progress = record;
    how.user = t;
    assert_ok(bp_model_train(t->model, t->data, t->held, &how, &error), &error);
}

/* n epochs, a file, and m epochs from that file are n+m epochs: in the weights, and in each epoch's
 * figures, to the last bit. Returns how many epochs there were. */
static size_t check_resumed(const char *path, const char *activation,
                            const bp_train_options *options, size_t n, size_t m)
{
    training whole, part, rest;
    bp_error error;
    begin(&whole, activation), begin(&part, activation), begin(&rest, activation);
    bp_model_destroy(rest.model), bp_train_state_destroy(rest.state);
    train_to(&whole, options, n + m);
    part.checkpoint = path;
    train_to(&part, options, n);
    assert_ok(bp_model_load_checkpoint(path, &rest.model, &rest.state, &error), &error);
    rest.epoch = part.epoch;
    assert_int_equal(bp_train_state_epoch(rest.state), part.epoch);
    train_to(&rest, options, n + m);
    check_same_weights(bp_model_network(rest.model), bp_model_network(whole.model), true);
    assert_int_equal(rest.epoch, whole.epoch);
    assert_int_equal(bp_train_state_end(rest.state), bp_train_state_end(whole.state));
    assert_int_equal(bp_train_state_kept_epoch(rest.state), bp_train_state_kept_epoch(whole.state));
    for (size_t e = part.epoch; e < whole.epoch; e++) {
        assert_same_bits(rest.losses[e], whole.losses[e]);
        assert_same_bits(rest.held_losses[e], whole.held_losses[e]);
        assert_same_bits(rest.rates[e], whole.rates[e]);
    }
    size_t epochs = whole.epoch;
    end(&whole), end(&part), end(&rest);
    return epochs;
}

/* All optimizers and schedules that go together, with and without an order of the seed's, dropout,
 * patience (which some of these run out of). */
static void test_all(void **state)
{
    (void)state;
    char *path = make_file("", 0);
    for (size_t o = 0; bp_optimizer_at(o); o++)
        for (size_t s = 0; bp_schedule_at(s); s++)
            for (unsigned flags = 0; flags < 8; flags++) {
                const bp_optimizer *optimizer = bp_optimizer_at(o);
                bool file_order = flags & 1, dropout = flags & 2, patience = flags & 4;
                bp_train_options options = {.optimizer = optimizer,
                                            .learning_rate = optimizer->step ? 0.2 : 0,
                                            .schedule = bp_schedule_at(s),
                                            .schedule_epochs = 2,
                                            .warmup = optimizer->sizes_steps ? 0 : s,
                                            .batch_size = optimizer->all_rows ? 0 : 3,
                                            .file_order = file_order,
                                            .l2 = -1,
                                            .dropout = dropout ? 0.3 : 0,
                                            .clip_norm = dropout ? 0.5 : 0,
                                            .patience = patience ? 2 : 0,
                                            .seed = 7};
                bool refused = (optimizer->sizes_steps && s > 0) || (!optimizer->step && dropout);
                if (!refused)
                    check_resumed(path, "tanh", &options, 4, 3);
            }
    remove_file(path);
}

/* lbfgs forgets its steps after each hundred; wherever it is interrupted. */
static void test_lbfgs(void **state)
{
    (void)state;
    const size_t parts[][2] = {{130, 100}, {100, 20}, {99, 3}, {101, 5}, {1, 110}, {200, 30}};
    bp_train_options options = {.optimizer = bp_optimizer_find("lbfgs", NULL), .l2 = 1e-4};
    if (!options.optimizer)
        skip();
    char *path = make_file("", 0);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        assert_int_equal(check_resumed(path, "softplus", &options, parts[i][0], parts[i][1]),
                         parts[i][0] + parts[i][1]); /* it had not converged */
    remove_file(path);
}

/* A checkpoint of what has converged, or run out of patience, has no more epochs. */
static void test_ended(void **state)
{
    (void)state;
    char *path = make_file("", 0);
    bp_train_options impatient = {.optimizer = bp_optimizer_find("sgd", NULL),
                                  .learning_rate = 1e-9,
                                  .patience = 1,
                                  .min_delta = 1};
    assert_true(check_resumed(path, "tanh", &impatient, 20, 10) < 20);
    bp_train_options options = {.optimizer = bp_optimizer_find("lbfgs", NULL), .l2 = 0.5};
    if (options.optimizer) {
        training t;
        bp_train_state *before;
        bp_error error;
        begin(&t, "identity");
        train_to(&t, &options, 200);
        assert_int_equal(bp_train_state_end(t.state), BP_END_CONVERGED);
        size_t epochs = t.epoch;
        assert_ok(bp_model_save_checkpoint(t.model, t.state, path, &error), &error);
        before = t.state;
        bp_model_destroy(t.model);
        assert_ok(bp_model_load_checkpoint(path, &t.model, &t.state, &error), &error);
        bp_train_state_destroy(before);
        train_to(&t, &options, 200);
        assert_int_equal(bp_train_state_end(t.state), BP_END_CONVERGED);
        assert_int_equal(t.epoch, epochs);
        end(&t);
    }
    remove_file(path);
}

/* ---- What may change ------------------------------------------------------------------------ */

#define BEGAN(before, now) "this training began with " before "; it cannot go on with " now

/* The base of all: two epochs of this. */
static bp_train_options base_options(void)
{
    return (bp_train_options){.optimizer = bp_optimizer_find("sgd", NULL),
                              .learning_rate = 0.1,
                              .epochs = 2,
                              .batch_size = 2,
                              .l2 = -1,
                              .seed = 1};
}

/* Trains 2-3-1 to 2 epochs, changes one thing, and trains to 4. */
typedef struct change {
    bp_train_options options;
    const bp_arrays *rows, *held;
    const char *loss;
    bp_network *(*make)(void);
    const char *message; /* NULL: may change */
} change;

static void check_change(const change *now)
{
    bp_network *network = make_deep(), *other = now->make == make_deep ? NULL : now->make();
    bp_train_options options = base_options();
    bp_source source = bp_arrays_source(now->rows), held = {0};
    bp_error error = {0};
    if (now->held)
        held = bp_arrays_source(now->held);
    assert_ok(bp_train_state_create(&options.state, NULL), NULL);
    train(network, &options);
    bp_network *trained = other ? other : network;
    bp_train_options changed = now->options;
    changed.state = options.state;
    bp_status status = bp_train(trained, bp_loss_find(now->loss, NULL), &source,
                                now->held ? &held : NULL, &changed, &error);
    if (now->message) {
        assert_int_equal(status, BP_ERROR_ARGUMENT);
        error.message[strnlen(error.message, strlen(now->message))] = '\0';
        assert_string_equal(error.message, now->message);
        assert_int_equal(bp_train_state_epoch(options.state), 2);
        options.epochs = 4; /* it can still go on as it began */
        train(network, &options);
    } else {
        assert_ok(status, &error);
    }
    assert_int_equal(bp_train_state_epoch(options.state), 4);
    bp_train_state_destroy(options.state);
    bp_network_destroy(network), bp_network_destroy(other);
}

static bp_network *make_sigmoid(void)
{
    bp_network *network;
    const bp_activation *tanh = bp_activation_find("tanh", NULL);
    make_network((const size_t[]){2, 3, 1}, 2, bp_activation_find("sigmoid", NULL), tanh, &network);
    return network;
}

static int do_nothing(const bp_progress *progress, void *user)
{
    (void)progress, (void)user;
    return 0;
}

#define OTHER_DATA                                                                                 \
    "these are not the data that this training began with; it can go on with those alone, in the " \
    "same order"

/* Each member of bp_train_options in turn, and each argument besides. */
static void test_changes(void **state)
{
    (void)state;
    bp_real moved[ROWS][2], negated[ROWS][2];
    double user;
    const double ones[ROWS] = {1, 1, 1, 1, 1, 1, 1}, twos[ROWS] = {2, 2, 2, 2, 2, 2, 2};
    bp_arrays fewer = arrays, others = arrays, weighted = arrays, heavier = arrays, turned = arrays;
    memcpy(moved, X, sizeof X);
    memcpy(negated, X, sizeof X);
    moved[6][1] += (bp_real)1e-6;
    negated[2][0] *= -1, negated[5][1] *= -1; /* two bits, both the highest of their numbers */
    turned.X = negated[0];
    fewer.rows = 6, others.X = moved[0], weighted.weights = ones, heavier.weights = twos;
    const bp_train_options base = base_options();
    change changes[40];
    size_t n = 0;
#define CHANGE(member, value, text)                                                                \
    changes[n] = (change){base, &arrays, NULL, "mse", make_deep, text};                            \
    changes[n].options.epochs = 4;                                                                 \
    changes[n++].member = value
    CHANGE(options.optimizer, bp_optimizer_find("momentum", NULL),
           BEGAN("optimizer sgd", "optimizer momentum"));
    CHANGE(options.learning_rate, 0.25, BEGAN("learning rate 0.1", "learning rate 0.25"));
    CHANGE(options.schedule, bp_schedule_find("plateau", NULL),
           BEGAN("schedule constant", "schedule plateau"));
    CHANGE(options.schedule_epochs, 5, BEGAN("schedule epochs 1", "schedule epochs 5"));
    CHANGE(options.warmup, 1, BEGAN("warm-up 0", "warm-up 1"));
    CHANGE(options.batch_size, 3, BEGAN("batch size 2", "batch size 3"));
    CHANGE(options.batch_size, 0, BEGAN("batch size 2", "batch size 7"));
    CHANGE(options.file_order, true, BEGAN("shuffle yes", "shuffle no"));
    CHANGE(options.l2, 0.125, BEGAN("l2 0", "l2 0.125"));
    CHANGE(options.dropout, 0.5, BEGAN("dropout 0", "dropout 0.5"));
    CHANGE(options.clip_norm, 1, BEGAN("clip norm 0", "clip norm 1"));
    CHANGE(options.train_only, "2.bias", BEGAN("train only all tensors", "train only 2.bias"));
    CHANGE(options.seed, 2, BEGAN("seed 1", "seed 2"));
    CHANGE(loss, "ssr", BEGAN("loss mse", "loss ssr"));
    CHANGE(rows, &fewer, BEGAN("7 rows", "6 rows"));
    CHANGE(held, &arrays, BEGAN("0 validation rows", "7 validation rows"));
    CHANGE(rows, &others, OTHER_DATA);
    CHANGE(rows, &turned, OTHER_DATA);
    CHANGE(rows, &weighted, OTHER_DATA);
    CHANGE(rows, &heavier, OTHER_DATA);
    CHANGE(make, make_linear, "this training began with a network of other layers");
    CHANGE(make, make_sigmoid, "this training began with a network of other layers");
    /* what may, and other words for the same */
    CHANGE(options.epochs, 4, NULL);
    CHANGE(options.patience, 3, NULL);
    CHANGE(options.min_delta, 0.5, NULL);
    CHANGE(options.keep_good, true, NULL);
    CHANGE(options.kernel, bp_kernel_find("loops", NULL), NULL);
    CHANGE(options.progress, do_nothing, NULL);
    CHANGE(options.user, &user, NULL);
    CHANGE(options.learning_rate, 0.1, NULL);
    CHANGE(options.schedule, bp_schedule_at(0), NULL);
    CHANGE(options.l2, 0, NULL);
#undef CHANGE
    assert_true(n <= sizeof changes / sizeof *changes);
    for (size_t i = 0; i < n; i++)
        check_change(&changes[i]);
}

/* ---- Files ---------------------------------------------------------------------------------- */

/* A checkpoint after 5 epochs of adam with patience: of 13 parameters. */
static char *make_checkpoint(void)
{
    training t;
    bp_train_options options = {.patience = 9, .seed = 1};
    char *path = make_file("", 0);
    begin(&t, "tanh");
    assert_int_equal(bp_network_n_parameters(bp_model_network(t.model)), N_DEEP);
    assert_ok(bp_train_state_set_note(t.state, "–o \"ü\"\n", NULL), NULL);
    t.checkpoint = path;
    train_to(&t, &options, 5);
    end(&t);
    return path;
}

typedef struct contents {
    char *bytes;
    size_t size, header; /* the bytes of the header behind the first 8 */
} contents;

static contents read_contents(const char *path)
{
    contents c = {.bytes = malloc(1 << 16)};
    FILE *file = fopen(path, "rb");
    assert_true(file && c.bytes);
    c.size = fread(c.bytes, 1, 1 << 16, file);
    fclose(file);
    for (size_t i = 8; i-- > 0;)
        c.header = c.header << 8 | (unsigned char)c.bytes[i];
    return c;
}

static char *make_with_header(const json_t *header, const contents *c)
{
    char *text = json_dumps(header, JSON_COMPACT), *bytes = malloc(c->size + (1 << 16));
    size_t length = strlen(text), data = c->size - 8 - c->header;
    assert_non_null(bytes);
    for (size_t i = 0; i < 8; i++)
        bytes[i] = (char)(length >> 8 * i);
    memcpy(bytes + 8, text, length);
    memcpy(bytes + 8 + length, c->bytes + 8 + c->header, data);
    char *path = make_file(bytes, 8 + length + data);
    free(text), free(bytes);
    return path;
}

static void check_no_checkpoint(const char *path, const char *message)
{
    bp_model *model = (bp_model *)&model; /* both must come through */
    bp_train_state *state = (bp_train_state *)&state;
    bp_error error;
    assert_int_equal(bp_model_load_checkpoint(path, &model, &state, &error), BP_ERROR_FORMAT);
    if (message)
        assert_string_equal(error.message, message);
    assert_string_equal(error.file, path);
    assert_ptr_equal(model, &model);
    assert_ptr_equal(state, &state);
}

#define KEY(name, what) "metadata 'bprop.state." name "': " what
#define WHOLE(name)     KEY(name, "is not a whole number")
#define NUMBER(name)    KEY(name, "is not a number")
#define CHANGED         "its checksum does not fit what it holds: it was changed or damaged"
#define EARLIER         KEY("epoch", "lies before another epoch of the state")

static const struct {
    const char *key, *value, *message; /* value NULL: without the key */
} metadata[] = {
    {"epoch", NULL,
     "is a model, but no checkpoint: it does not say how to train on; use its weights with "
     "--init-from"},
    {"epoch", "five", WHOLE("epoch")},
    {"epoch", "-5", WHOLE("epoch")},
    {"epoch", "5.0", WHOLE("epoch")},
    {"epoch", "", WHOLE("epoch")},
    {"epoch", "18446744073709551616", WHOLE("epoch")},
    {"epoch", "0", EARLIER}, /* than the best */
    {"best_epoch", "6", EARLIER},
    {"stall_epoch", "6", EARLIER},
    {"round", "6", EARLIER},
    {"steps", NULL, WHOLE("steps")},
    {"steps", "1e3", WHOLE("steps")},
    {"round", NULL, WHOLE("round")},
    {"best_epoch", NULL, WHOLE("best_epoch")},
    {"stall_epoch", NULL, WHOLE("stall_epoch")},
    {"factor", NULL, NUMBER("factor")},
    {"factor", "nan", NUMBER("factor")},
    {"factor", "half", NUMBER("factor")},
    {"factor", "-0.5", KEY("factor", "is not from 0 to 1")},
    {"factor", "2", KEY("factor", "is not from 0 to 1")},
    {"best_loss", "inf", NUMBER("best_loss")},
    {"best_loss", "1e999", NUMBER("best_loss")},
    {"best_loss", "", NUMBER("best_loss")},
    {"best_loss", NULL, CHANGED},
    {"stall_loss", "0x10", NUMBER("stall_loss")},
    {"settings", NULL, KEY("settings", "is missing")},
    {"settings", "none", CHANGED},
    {"note", NULL, CHANGED},
    {"factor", "0.5", CHANGED},
    {"checksum", NULL, CHANGED},
    {"checksum", "0123456789abcdef", CHANGED},
};

static void test_metadata(void **state)
{
    (void)state;
    char *good = make_checkpoint();
    contents c = read_contents(good);
    for (size_t i = 0; i < sizeof metadata / sizeof *metadata; i++) {
        char key[60];
        json_t *header = json_loadb(c.bytes + 8, c.header, 0, NULL);
        json_t *texts = json_object_get(header, "__metadata__");
        snprintf(key, sizeof key, "bprop.state.%s", metadata[i].key);
        assert_true(json_object_get(texts, key) || metadata[i].value);
        if (metadata[i].value)
            json_object_set_new(texts, key, json_string(metadata[i].value));
        else
            json_object_del(texts, key);
        char *path = make_with_header(header, &c);
        check_no_checkpoint(path, metadata[i].message);
        json_decref(header);
        remove_file(path);
    }
    free(c.bytes);
    remove_file(good);
}

#define OF(name, what) "tensor 'bprop.state." name "': " what
#define ONE_DIMENSION  "; expected one dimension, at least 1"
#define OF_26          "its shape is [26]; expected [13], one a parameter"

/* A tensor of the header takes another name, kind or shape; its bytes stay: those of numbers of
 * half the size are twice as many. */
#ifdef BPROP_SINGLE
#define RIGHT         "F32"
#define WRONG         "F16"
#define WHOLE_NUMBERS "I32"
#else
#define RIGHT         "F64"
#define WRONG         "F32"
#define WHOLE_NUMBERS "I64"
#endif
static const struct {
    const char *name, *new_name, *kind, *shape, *message;
} tensors[] = {
    {"0", "7", RIGHT, "[13]", OF("0", "it is missing")},
    {"1", "7", RIGHT, "[13]", OF("1", "it is missing")},
    {"1", "-1", RIGHT, "[13]", OF("1", "it is missing")},
    {"0", "0", RIGHT, "[13,1]", OF("0", "its shape is [13, 1]" ONE_DIMENSION)},
    {"0", "0", WRONG, "[26]", OF("0", OF_26)},
    {"1", "1", WHOLE_NUMBERS, "[13]",
     OF("1", "its dtype is " WHOLE_NUMBERS "; expected F64, F32, F16 or BF16")},
    {"best", "best", WRONG, "[26]", OF("best", OF_26)},
    {"best", "best", RIGHT, "[1,13]", OF("best", "its shape is [1, 13]" ONE_DIMENSION)},
    {"best", "bests", RIGHT, "[13]", OF("2", "it is missing")},
};

static void test_tensors(void **state)
{
    (void)state;
    char *good = make_checkpoint(), name[60];
    contents c = read_contents(good);
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++) {
        json_t *header = json_loadb(c.bytes + 8, c.header, 0, NULL);
        snprintf(name, sizeof name, "bprop.state.%s", tensors[i].name);
        json_t *tensor = json_incref(json_object_get(header, name));
        assert_non_null(tensor);
        json_object_del(header, name);
        json_object_set_new(tensor, "dtype", json_string(tensors[i].kind));
        json_object_set_new(tensor, "shape", json_loads(tensors[i].shape, 0, NULL));
        snprintf(name, sizeof name, "bprop.state.%s", tensors[i].new_name);
        json_object_set_new(header, name, tensor);
        char *path = make_with_header(header, &c);
        check_no_checkpoint(path, tensors[i].message);
        json_decref(header);
        remove_file(path);
    }
    free(c.bytes);
    remove_file(good);
}

/* More arrays than any optimizer has, which need no bytes at all. */
static void test_too_many_tensors(void **state)
{
    (void)state;
    char *good = make_checkpoint(), name[60];
    contents c = read_contents(good);
    json_t *header = json_loadb(c.bytes + 8, c.header, 0, NULL);
    for (int i = 2; i < 5; i++) {
        json_int_t at = (json_int_t)(c.size - 8 - c.header);
        snprintf(name, sizeof name, "bprop.state.%d", i);
        json_object_set_new(header, name,
                            json_pack("{s:s, s:[i], s:[I, I]}", "dtype", RIGHT, "shape", 0,
                                      "data_offsets", at, at));
    }
    char *path = make_with_header(header, &c);
    check_no_checkpoint(path, "has 5 arrays of an optimizer; at most 4 are kept");
    json_decref(header);
    free(c.bytes);
    remove_file(path), remove_file(good);
}

/* No state has NaN in it, or infinite weights, and none is half there. */
static void test_bytes(void **state)
{
    (void)state;
    const char *const names[] = {"0", "1", "best"};
    const bp_real values[] = {NAN, NAN, -INFINITY};
    char *good = make_checkpoint(), name[60], message[200], number[BP_NUMBER_SIZE];
    contents c = read_contents(good);
    json_t *header = json_loadb(c.bytes + 8, c.header, 0, NULL);
    for (size_t i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "bprop.state.%s", names[i]);
        json_t *offsets = json_object_get(json_object_get(header, name), "data_offsets");
        size_t at = 8 + c.header + (size_t)json_integer_value(json_array_get(offsets, 1));
        bp_real kept;
        at -= sizeof kept;
        memcpy(&kept, c.bytes + at, sizeof kept);
        memcpy(c.bytes + at, &values[i], sizeof kept);
        snprintf(message, sizeof message,
                 "byte %zu: tensor '%s', element 12 from 0, is %s; expected finite numbers", at,
                 name, bp_print_number(values[i], number));
        char *path = make_file(c.bytes, c.size);
        check_no_checkpoint(path, message);
        remove_file(path);
        memcpy(c.bytes + at, &kept, sizeof kept);
    }
    for (size_t size = 0; size < c.size; size += 41) {
        char *path = make_file(c.bytes, size);
        check_no_checkpoint(path, NULL);
        remove_file(path);
    }
    json_decref(header);
    free(c.bytes);
    remove_file(good);
}

/* Squares of gradients may be more than fits, where training goes on none the less. */
static void test_infinite_arrays(void **state)
{
    (void)state;
    training t;
    bp_train_options options = {.seed = 1};
    bp_error error;
    char *path = make_file("", 0);
    begin(&t, "tanh");
    train_to(&t, &options, 2);
    t.state->arrays[N_DEEP] = INFINITY;
    assert_ok(bp_model_save_checkpoint(t.model, t.state, path, &error), &error);
    end(&t);
    t.data = t.held = NULL;
    assert_ok(bp_model_load_checkpoint(path, &t.model, &t.state, &error), &error);
    assert_true(isinf(t.state->arrays[N_DEEP]) && isfinite(t.state->arrays[0]));
    end(&t);
    remove_file(path);
}

/* A checkpoint is a model too; a model is no checkpoint. */
static void test_models(void **state)
{
    (void)state;
    char *path = make_checkpoint();
    bp_model *model, *same;
    bp_train_state *loaded;
    bp_error error;
    assert_ok(bp_model_load(path, &model, &error), &error);
    assert_ok(bp_model_load_checkpoint(path, &same, &loaded, &error), &error);
    check_same_weights(bp_model_network(model), bp_model_network(same), true);
    assert_string_equal(bp_train_state_note(loaded), "–o \"ü\"\n");
    assert_int_equal(bp_train_state_epoch(loaded), 5);
    assert_ok(bp_model_save(model, path, &error), &error);
    check_no_checkpoint(path, metadata[0].message);
    bp_model_destroy(model), bp_model_destroy(same);
    bp_train_state_destroy(loaded);
    remove_file(path);
}

static void test_arguments(void **state)
{
    (void)state;
    const char *not_begun = "the state is not of a training of this model that has begun";
    training t;
    bp_error error;
    bp_model *model;
    bp_train_state *fresh = NULL, *foreign;
    bp_network *linear = make_linear();
    bp_train_options options = base_options();
    begin(&t, "tanh");
    assert_ok(bp_train_state_create(&foreign, NULL), NULL);
    options.state = foreign;
    train(linear, &options);
    const struct {
        const bp_model *model;
        const bp_train_state *state;
        const char *path, *message;
    } wrong[] = {
        {NULL, t.state, "x", "model, state and path must not be NULL"},
        {t.model, NULL, "x", "model, state and path must not be NULL"},
        {t.model, t.state, NULL, "model, state and path must not be NULL"},
        {t.model, t.state, "x", not_begun},
        {t.model, foreign, "x", not_begun},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(
            bp_model_save_checkpoint(wrong[i].model, wrong[i].state, wrong[i].path, &error),
            BP_ERROR_ARGUMENT);
        assert_string_equal(error.message, wrong[i].message);
    }
    assert_int_equal(bp_model_load_checkpoint(NULL, &model, &fresh, NULL), BP_ERROR_ARGUMENT);
    assert_int_equal(bp_model_load_checkpoint("x", NULL, &fresh, NULL), BP_ERROR_ARGUMENT);
    assert_int_equal(bp_model_load_checkpoint("x", &model, NULL, NULL), BP_ERROR_ARGUMENT);
    assert_int_equal(bp_model_load_checkpoint("/nowhere/x", &model, &fresh, NULL), BP_ERROR_FILE);
    assert_int_equal(bp_train_state_create(NULL, NULL), BP_ERROR_ARGUMENT);
    assert_null(fresh);
    assert_ok(bp_train_state_set_note(foreign, "kept", NULL), NULL);
    assert_int_equal(bp_train_state_set_note(foreign, "\xff", &error), BP_ERROR_ARGUMENT);
    assert_string_equal(bp_train_state_note(foreign), "kept");
    assert_ok(bp_train_state_set_note(foreign, NULL, NULL), NULL);
    assert_null(bp_train_state_note(foreign));
    end(&t);
    bp_train_state_destroy(foreign), bp_train_state_destroy(NULL);
    bp_network_destroy(linear);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_lbfgs),
        cmocka_unit_test(test_ended),
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_metadata),
        cmocka_unit_test(test_tensors),
        cmocka_unit_test(test_too_many_tensors),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_infinite_arrays),
        cmocka_unit_test(test_models),
        cmocka_unit_test(test_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
