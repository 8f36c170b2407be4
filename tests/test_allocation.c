/* test_allocation.c: memory runs out at the first allocation, the second, the third and so on,
 * until there are no more of them, once alone or for good: always a clean error, that leaves no
 * block, no file, and all that was there before as it was. */
#include "failing.h"
#include "folder.h"
#include "table_files.h"
#include "tables.h"

#include "data/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Jansson's parser (2.14) does not look at every allocation: as memory runs out it drops bytes of a
 * text, which nobody else can notice. So a text that is parsed counts as one allocation. */
json_t *__real_json_loadb(const char *text, size_t length, size_t flags, json_error_t *error);
json_t *__wrap_json_loadb(const char *text, size_t length, size_t flags, json_error_t *error);
json_t *__wrap_json_loads(const char *text, size_t flags, json_error_t *error);

json_t *__wrap_json_loadb(const char *text, size_t length, size_t flags, json_error_t *error)
{
    if (allocation_fails()) {
        *error = (json_error_t){.position = 0};
        error->text[JSON_ERROR_TEXT_LENGTH - 1] = json_error_out_of_memory;
        return NULL;
    }
    size_t paused = pause_failing();
    json_t *made = __real_json_loadb(text, length, flags, error);
    go_on_failing(paused);
    return made;
}

json_t *__wrap_json_loads(const char *text, size_t flags, json_error_t *error)
{
    return __wrap_json_loadb(text, strlen(text), flags, error);
}

/* What may run out of memory. `before` and `after` are run with memory enough; `after` frees what
 * `run` made, or sees that it made nothing and changed nothing. */
typedef struct scenario {
    const char *name;
    void (*before)(void);
    bp_status (*run)(bp_error *error);
    void (*after)(bp_status status);
} scenario;

/* One run, in which allocation n fails; whether there was one. */
static bool fail_at(const scenario *s, size_t n, bool all_after)
{
    bp_error error;
    memset(&error, 'x', sizeof error);
    s->before();
    size_t before = live_blocks();
    fail_allocation(n, all_after);
    bp_status status = s->run(&error);
    bool failed = end_failing();
    if (!failed && status)
        fail_msg("%s: %s", s->name, error.message);
    if (failed &&
        (status != BP_ERROR_MEMORY || error.status != status || !strstr(error.message, "memory")))
        fail_msg("%s, allocation %zu%s: status %d, '%.200s'", s->name, n,
                 all_after ? " and all after it" : "", (int)status, error.message);
    if (status && live_blocks() != before)
        fail_msg("%s, allocation %zu: %ld blocks are left", s->name, n,
                 (long)(live_blocks() - before));
    s->after(status);
    return failed;
}

static void fail_each(const scenario *s)
{
    size_t blocks = live_blocks();
    for (int all_after = 0; all_after < 2; all_after++) {
        size_t n = 1;
        while (fail_at(s, n, all_after))
            n++;
        assert_true(n > 1);
    }
    if (live_blocks() != blocks)
        fail_msg("%s: %ld blocks are left", s->name, (long)(live_blocks() - blocks));
}

/* What an output is before, and must be after a failure. */
static char untouched;
#define UNTOUCHED ((void *)&untouched)

static void nothing(void) {}

/* Not over what is there, which some file systems would bring to the disk first. */
static void put_old(const char *name)
{
    remove(name);
    overwrite(name, BYTES("old"));
}

/* ---- Tables ------------------------------------------------------------------------------- */

static bp_dataset *data;

static void free_data(bp_status status)
{
    if (status)
        assert_ptr_equal(data, UNTOUCHED);
    else
        bp_dataset_destroy(data);
    data = UNTOUCHED;
}

static const table_file *now;
static bp_read_options how;
static char labels_path[8192], target[8192 + 4];

static bp_status read_from_file(bp_error *error)
{
    return bp_dataset_read(path, &how, &data, error);
}

static bp_status read_from_memory(bp_error *error)
{
    bp_input *input;
    bp_status status = bp_input_of_bytes("bytes", now->bytes, now->size, &input, error);
    return status ? status : bp_dataset_read_input(input, &how, NULL, &data, error);
}

/* A row at a time. */
static bp_status read_in_blocks(bp_error *error)
{
    bp_input *input = NULL;
    bp_table_reader *reader = NULL;
    bp_dataset *block = NULL;
    bp_status status = bp_input_open(path, &input, error);
    if (!status)
        status = bp_table_reader_open(input, &how, NULL, &reader, error);
    do {
        bp_dataset_destroy(block);
        block = NULL;
        if (!status)
            status = bp_table_reader_next(reader, 1, &block, error);
    } while (!status && block);
    bp_table_reader_close(reader);
    if (!status)
        data = NULL;
    return status;
}

static void run_each(const char *name, const scenario *scenarios, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char both[200];
        scenario named = scenarios[i];
        snprintf(both, sizeof both, "%s: %s", name, scenarios[i].name);
        named.name = both;
        fail_each(&named);
    }
}

static void take(const table_file *file)
{
    now = file;
    how = file->options;
    overwrite(path, file->bytes, file->size);
    if (file->labels) {
        snprintf(labels_path, sizeof labels_path, "%s", in_folder("labels"));
        overwrite(labels_path, file->labels, file->labels_size);
        how.labels = labels_path;
    }
}

static void test_reading(void **state)
{
    static const scenario scenarios[] = {
        {"from a file", nothing, read_from_file, free_data},
        {"from memory", nothing, read_from_memory, free_data},
        {"in blocks", nothing, read_in_blocks, free_data},
    };
    (void)state;
    data = UNTOUCHED;
    for (size_t i = 0; i < N_TABLE_FILES; i++) {
        take(&table_files[i]);
        run_each(now->name, scenarios, how.drop_missing ? 2 : 3); /* rows of whole tables */
    }
}

/* ---- Writing tables ----------------------------------------------------------------------- */

static const char *written_as;
static const bp_dataset *to_write;
static bp_conversion conversion;

static bp_status write_table(bp_error *error)
{
    return bp_dataset_write(to_write, target, written_as, error);
}

static bp_status convert(bp_error *error)
{
    return bp_convert(path, &how, target, written_as, &conversion, error);
}

static void put_old_target(void)
{
    put_old(target);
    conversion = (bp_conversion){.rows = 77};
}

static void see_target(bp_status status)
{
    size_t size;
    char *bytes = slurp(target, &size);
    assert_int_equal(status != BP_OK, size == 3 && memcmp(bytes, "old", 3) == 0);
    free(bytes);
    assert_true(!status || conversion.rows == 77);
    assert_int_equal(count_files(), how.labels ? 3 : 2); /* no temporary one */
}

#ifdef BP_HAVE_ZLIB
/* Also from a file that is packed. */
static void read_packed(void)
{
    static const scenario reading = {"packed", nothing, read_from_file, free_data};
    char plain[sizeof path];
    memcpy(plain, path, sizeof plain);
    strcpy(path, in_folder("target.gz"));
    how.labels = NULL;
    run_each(now->name, &reading, 1);
    memcpy(path, plain, sizeof plain);
}
#endif

static void test_writing(void **state)
{
    static const scenario scenarios[] = {
        {"write", put_old_target, write_table, see_target},
        {"convert", put_old_target, convert, see_target},
    };
    (void)state;
    data = UNTOUCHED;
    for (size_t i = 0; i < N_TABLE_FILES; i++)
        for (size_t f = 0; bp_format_name(f); f++) {
            bp_error error;
            remove(in_folder("labels"));
            take(&table_files[i]);
            written_as = bp_format_name(f);
            snprintf(target, sizeof target, "%s", in_folder("target"));
            put_old_target();
            assert_ok(read_from_file(&error), &error);
            to_write = data;
            data = UNTOUCHED;
            if (write_table(&error) == BP_OK) { /* the format can hold it */
                run_each(now->name, scenarios, 2);
                remove(target);
#ifdef BP_HAVE_ZLIB
                strcat(target, ".gz");
                put_old_target();
                run_each(now->name, scenarios, 2);
                read_packed();
                remove(target);
#endif
            }
            bp_dataset_destroy((bp_dataset *)to_write);
        }
}

/* ---- Models ------------------------------------------------------------------------------- */

/* Numbers, texts, a missing cell, a weight, classes of which one is rare. */
static const char flowers[] = "width,colour,weight,kind\n1,red,1,a\n2,green,2,b\n?,red,1,a\n"
                              "4,blue,0.5,b\n5,green,1,a\n3,red,1,b\n2,blue,1,a\n1,green,1,b\n";
static const char amounts[] = "a,b,c,d\n1,2,0.5,1\n2,1,0.25,3\n3,5,-1,2\n4,2,2,0.5\n5,1,1.5,1\n";
static const char labels[] = "a,b,yes,no\n1,2,0,1\n2,1,1,1\n3,5,1,0\n4,2,0,0\n5,1,1,1\n";

static bp_dataset *table;
static bp_model *model;
static bp_train_state *progress;
static bp_model_options made;
static bp_train_options trained;
static bp_evaluation evaluation;
static bp_real *before; /* the parameters */

static bp_status create(bp_error *error) { return bp_model_create(table, &made, &model, error); }

static void free_model(bp_status status)
{
    if (status)
        assert_ptr_equal(model, UNTOUCHED);
    else
        bp_model_destroy(model);
    model = UNTOUCHED;
}

/* A kind of model, and how it is trained. */
typedef struct model_case {
    const char *name;
    const char *rows;
    bp_model_options made;
    bp_train_options trained;
} model_case;

#define MADE    .scale = "minmax", .seed = 3
#define TRAINED .epochs = 3, .seed = 1
static const model_case models[] = {
    {"classes",
     flowers,
     {MADE, .weight_column = "weight", .class_weight = "balanced", .fill_missing = true},
     {TRAINED, .patience = 2, .keep_good = true, .dropout = 0.25}},
    {"named weights of classes",
     flowers,
     {MADE, .class_weight = "a=2", .fill_missing = true, .hidden = "3,2",
      .activation = "relu,tanh"},
     {TRAINED, .batch_size = 3, .train_only = "2.weight,2.bias", .l2 = 0.1}},
    {"numbers", amounts, {MADE, .target = "c,d", .hidden = "none"}, {TRAINED, .clip_norm = 1}},
    {"labels",
     labels,
     {MADE, .target = "yes,no", .task = "classification"},
     {TRAINED, .warmup = 2}},
};
enum { N_MODELS = sizeof models / sizeof *models };

static void begin(const model_case *m)
{
    table = table_of(m->rows);
    made = m->made;
    trained = m->trained;
    model = UNTOUCHED;
}

static void test_creating(void **state)
{
    static const scenario scenario = {"create", nothing, create, free_model};
    (void)state;
    for (size_t i = 0; i < N_MODELS; i++) {
        begin(&models[i]);
        run_each(models[i].name, &scenario, 1);
        bp_dataset_destroy(table);
    }
}

static bp_dataset *kept, *held_out;

static bp_status split(bp_error *error)
{
    return bp_model_split(model, table, 0.4, 1, &kept, &held_out, error);
}

static void free_split(bp_status status)
{
    if (status) {
        assert_ptr_equal(kept, UNTOUCHED);
        assert_ptr_equal(held_out, UNTOUCHED);
    } else {
        bp_dataset_destroy(kept);
        bp_dataset_destroy(held_out);
    }
    kept = held_out = UNTOUCHED;
}

static size_t count_parameters(void) { return bp_network_n_parameters(bp_model_network(model)); }

/* A model with its first weights, and a training that has not begun. */
static void make_untrained(void)
{
    bp_error error;
    model = make_model(table, &made);
    assert_ok(bp_train_state_create(&progress, &error), &error);
    trained.state = progress;
    before = malloc(count_parameters() * sizeof *before);
    assert_non_null(before);
    memcpy(before, bp_network_parameters(bp_model_network(model)),
           count_parameters() * sizeof *before);
}

static bp_status train(bp_error *error)
{
    return bp_model_train(model, kept, held_out, &trained, error);
}

/* After a failure another training may begin, of the same model with the same state. */
static void see_training(bp_status status)
{
    bp_error error;
    if (status) {
        bp_train_options other = trained;
        assert_memory_equal(before, bp_network_parameters(bp_model_network(model)),
                            count_parameters() * sizeof *before);
        other.seed++;
        assert_ok(bp_model_train(model, kept, held_out, &other, &error), &error);
    }
    assert_int_equal(bp_train_state_epoch(progress), trained.epochs);
    free(before);
    bp_model_destroy(model);
    bp_train_state_destroy(progress);
}

static void test_training(void **state)
{
    static const scenario splitting = {"split", nothing, split, free_split},
                          training = {"train", make_untrained, train, see_training};
    static const char *const optimizers[] = {"adam", "sgd", "rprop", "lbfgs"};
    (void)state;
    for (size_t i = 0; i < N_MODELS; i++) {
        bp_error error;
        begin(&models[i]);
        model = make_model(table, &made);
        kept = held_out = UNTOUCHED;
        run_each(models[i].name, &splitting, 1);
        assert_ok(split(&error), &error);
        bp_model_destroy(model);
        for (size_t o = 0; o < sizeof optimizers / sizeof *optimizers; o++) {
            trained = models[i].trained;
            trained.optimizer = bp_optimizer_find(optimizers[o], NULL);
            if (!trained.optimizer)
                continue; /* built without liblbfgs */
            if (trained.optimizer->all_rows)
                trained.batch_size = 0;
            if (!trained.optimizer->step)
                trained.dropout = trained.clip_norm = 0;
            if (trained.optimizer->sizes_steps)
                trained.warmup = 0;
            run_each(models[i].name, &training, 1);
        }
        bp_dataset_destroy(kept);
        bp_dataset_destroy(held_out);
        bp_dataset_destroy(table);
    }
}

#ifdef BP_HAVE_LBFGS
static bp_real *last; /* weights */

static int keep_weights(const bp_progress *p, void *user)
{
    (void)user;
    memcpy(last, bp_network_parameters(p->network),
           bp_network_n_parameters(p->network) * sizeof *last);
    return 0;
}

/* A training that would go on, and cannot even begin, leaves the weights that it was given, though
 * its state has better ones. */
static void test_going_on(void **state)
{
    bp_error error;
    bp_train_options how = {.optimizer = bp_optimizer_find("lbfgs", NULL),
                            .epochs = 30,
                            .patience = 100,
                            .progress = keep_weights};
    (void)state;
    bp_dataset *rows = table_of("-1,0\n-0.7,1\n-0.4,0\n0,1\n0.3,0\n0.5,1\n0.8,0\n1,1\n");
    bp_dataset *others = table_of("0.1,0.5\n0.9,0.5\n");
    bp_model_options options = bp_model_defaults();
    options.task = "regression";
    assert_ok(bp_model_create(rows, &options, &model, &error), &error);
    bp_real *weights = bp_network_parameters((bp_network *)bp_model_network(model));
    size_t size = count_parameters() * sizeof *last;
    assert_non_null(last = malloc(size));
    assert_ok(bp_train_state_create(&how.state, &error), &error);
    assert_ok(bp_model_train(model, rows, others, &how, &error), &error);
    assert_true(bp_train_state_kept_epoch(how.state) < 30);
    how.epochs = 31;
    bool failed = true;
    for (size_t n = 1; failed; n++) {
        memcpy(weights, last, size);
        bp_real *given = malloc(size);
        assert_non_null(given);
        memcpy(given, last, size);
        fail_allocation(n, false);
        bp_status status = bp_model_train(model, rows, others, &how, &error);
        failed = end_failing();
        assert_int_equal(status, failed ? BP_ERROR_MEMORY : BP_OK);
        if (failed)
            assert_memory_equal(weights, given, size);
        free(given);
    }
    free(last);
    bp_train_state_destroy(how.state);
    bp_model_destroy(model);
    bp_dataset_destroy(rows), bp_dataset_destroy(others);
}
#endif

/* ---- Answers ------------------------------------------------------------------------------ */

static double Y[64];

static bp_status predict(bp_error *error)
{
    return bp_model_predict(model, NULL, 1, table, Y, bp_model_n_outputs(model), error);
}

static bp_status take_targets(bp_error *error)
{
    return bp_model_targets(model, table, Y, bp_model_n_outputs(model), error);
}

static void fill_answers(void)
{
    for (size_t i = 0; i < 64; i++)
        Y[i] = PADDING;
}

static void see_answers(bp_status status)
{
    for (size_t i = 0; i < 64; i++)
        assert_true(Y[i] == PADDING || !status);
    assert_true(status || Y[0] != PADDING);
}

static bp_status evaluate(bp_error *error)
{
    return bp_model_evaluate(model, NULL, 1, table, &evaluation, error);
}

static void mark_evaluation(void) { evaluation = (bp_evaluation){.confusion = UNTOUCHED}; }

static void free_evaluation(bp_status status)
{
    if (status)
        assert_ptr_equal(evaluation.confusion, UNTOUCHED);
    else
        bp_evaluation_clear(&evaluation);
}

enum { FOLDS = 2 };
static bp_evaluation evaluations[FOLDS];

static bp_status cross_validate(bp_error *error)
{
    bp_cv_options options = bp_cv_defaults();
    options.folds = FOLDS;
    return bp_cross_validate(table, &made, &trained, &options, evaluations, error);
}

static void mark_evaluations(void)
{
    for (size_t i = 0; i < FOLDS; i++)
        evaluations[i] = (bp_evaluation){.confusion = UNTOUCHED};
}

static void free_evaluations(bp_status status)
{
    for (size_t i = 0; i < FOLDS; i++)
        if (status)
            assert_ptr_equal(evaluations[i].confusion, UNTOUCHED);
        else
            bp_evaluation_clear(&evaluations[i]);
}

/* The table is read as the model wants it: its classes are text. */
static bp_status read_for_model(bp_error *error)
{
    return bp_model_read(model, path, NULL, &data, error);
}

static void test_answers(void **state)
{
    static const scenario scenarios[] = {
        {"predict", fill_answers, predict, see_answers},
        {"targets", fill_answers, take_targets, see_answers},
        {"evaluate", mark_evaluation, evaluate, free_evaluation},
        {"cross-validate", mark_evaluations, cross_validate, free_evaluations},
        {"read for the model", nothing, read_for_model, free_data},
    };
    (void)state;
    data = UNTOUCHED;
    for (size_t i = 0; i < N_MODELS; i++) {
        begin(&models[i]);
        overwrite(path, models[i].rows, strlen(models[i].rows));
        model = make_model(table, &made);
        run_each(models[i].name, scenarios, sizeof scenarios / sizeof *scenarios);
        bp_model_destroy(model);
        bp_dataset_destroy(table);
    }
}

/* ---- Files of models ---------------------------------------------------------------------- */

static void put_old_file(void) { put_old(path); }

static void see_saved(bp_status status)
{
    if (status)
        check_contents(path, BYTES("old"));
    assert_int_equal(count_files(), 1); /* no temporary one */
}

static bp_status save(bp_error *error) { return bp_model_save(model, path, error); }

static bp_status save_checkpoint(bp_error *error)
{
    return bp_model_save_checkpoint(model, progress, path, error);
}

static bp_status load(bp_error *error) { return bp_model_load(path, &model, error); }

static bp_status load_checkpoint(bp_error *error)
{
    return bp_model_load_checkpoint(path, &model, &progress, error);
}

static void free_checkpoint(bp_status status)
{
    if (status)
        assert_ptr_equal(progress, UNTOUCHED);
    else
        bp_train_state_destroy(progress);
    progress = UNTOUCHED;
    free_model(status);
}

static bp_status set_note(bp_error *error)
{
    return bp_train_state_set_note(progress, "another note", error);
}

static void see_note(bp_status status)
{
    assert_string_equal(bp_train_state_note(progress), status ? "a note" : "another note");
    assert_ok(bp_train_state_set_note(progress, "a note", NULL), NULL);
}

static void write_and_read(void)
{
    static const scenario writing[] =
        {
            {"save", put_old_file, save, see_saved},
            {"save a checkpoint", put_old_file, save_checkpoint, see_saved},
            {"note", nothing, set_note, see_note},
        },
                          reading[] = {
                              {"load", nothing, load, free_model},
                              {"load a checkpoint", nothing, load_checkpoint, free_checkpoint},
                              {"take weights from it", nothing, create, free_model},
                          };
    bp_error error;
    bp_model *whole = model;
    bp_train_state *whole_state = progress;
    run_each("model", writing, 3);
    assert_ok(save_checkpoint(&error), &error);
    model = UNTOUCHED;
    progress = UNTOUCHED;
    run_each("model", reading, 2);
    made.init_from = path;
    made.hidden = made.activation = NULL;
    run_each("model", &reading[2], 1);
    assert_ok(load_checkpoint(&error), &error);
    check_same_model(model, whole);
    assert_string_equal(bp_train_state_note(progress), bp_train_state_note(whole_state));
    bp_model_destroy(model);
    bp_train_state_destroy(progress);
    model = whole;
    progress = whole_state;
}

static void test_files(void **state)
{
    bp_error error;
    (void)state;
    for (size_t i = 0; i < N_MODELS; i++) {
        begin(&models[i]);
        make_untrained();
        assert_ok(bp_model_train(model, table, NULL, &trained, &error), &error);
        assert_ok(bp_train_state_set_note(progress, "a note", &error), &error);
        write_and_read();
        free(before);
        bp_model_destroy(model);
        bp_train_state_destroy(progress);
        bp_dataset_destroy(table);
    }
}

/* From the end of the first epoch to that of the last no memory is to be had, nor asked for. */
static int ask_for_none(const bp_progress *p, void *user)
{
    if (p->epoch == 1)
        fail_allocation(1, true);
    if (p->last)
        *(bool *)user = end_failing();
    return 0;
}

static void test_none_between_epochs(void **state)
{
    enum { ROWS = 150, IN = 40, HIDDEN = 60, OUT = 3 };
    static bp_real X[ROWS * IN], T[ROWS * OUT];
    static double weights[ROWS];
    static const size_t sizes[] = {IN, HIDDEN, OUT};
    bp_error error;
    bp_arrays rows = {ROWS, IN, OUT, X, IN, T, OUT, weights};
    bp_source source = bp_arrays_source(&rows);
    const bp_activation *tanh_ = bp_activation_find("tanh", &error);
    const bp_activation *activations[] = {tanh_, tanh_};
    (void)state;
    for (size_t i = 0; i < ROWS * IN; i++)
        X[i] = (double)(i % 13) / 13;
    for (size_t i = 0; i < ROWS; i++)
        weights[i] = 1;
    for (size_t i = 0; bp_optimizer_at(i) && bp_optimizer_at(i)->step; i++)
        for (size_t threads = 1; threads <= 2; threads++) {
            bool asked = true;
            bp_network *network;
            bp_train_options how = bp_train_defaults();
            how.optimizer = bp_optimizer_at(i);
            how.epochs = 4;
            how.batch_size = how.optimizer->all_rows ? ROWS : 100;
            how.l2 = 0.01;
            how.dropout = 0.1;
            how.clip_norm = 1;
            how.patience = 3;
            how.threads = threads;
            how.progress = ask_for_none;
            how.user = &asked;
            assert_ok(bp_network_create(sizes, 2, activations, &network, &error), &error);
            assert_ok(bp_network_initialize(network, "glorot", 1, &error), &error);
            assert_ok(
                bp_train(network, bp_loss_find("mse", &error), &source, &source, &how, &error),
                &error);
            assert_false(asked);
            bp_network_destroy(network);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_reading),
        IN_FOLDER(test_writing),
        IN_FOLDER(test_creating),
        IN_FOLDER(test_training),
#ifdef BP_HAVE_LBFGS
        cmocka_unit_test(test_going_on),
#endif
        IN_FOLDER(test_answers),
        IN_FOLDER(test_files),
        cmocka_unit_test(test_none_between_epochs),
    };
    watch_memory();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
