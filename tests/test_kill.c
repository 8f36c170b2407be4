/* test_kill.c: a process that saves over and over is killed, many times, at random moments. Every
 * file that is then in the folder, under whatever name, is to the last byte one that was saved. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "folder.h"

#include "base/random.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What is saved: two models of different sizes to one path, their checkpoints to another. */
enum { N_MODELS = 2, N_SAVED = 2 * N_MODELS };
static bp_model *models[N_MODELS];
static bp_train_state *states[N_MODELS];
static char *contents[N_SAVED];
static size_t sizes[N_SAVED];

static bp_status save(size_t i, bp_error *error)
{
    size_t m = i % N_MODELS;
    return i < N_MODELS
               ? bp_model_save(models[m], path, error)
               : bp_model_save_checkpoint(models[m], states[m], in_folder("checkpoint"), error);
}

static int make_models(void **state)
{
    static const char *const hidden[N_MODELS] = {"3", "100,30"};
    bp_dataset *data = read_table("data/two_class.csv");
    bp_error error;
    (void)state;
    for (size_t m = 0; m < N_MODELS; m++) {
        bp_model_options options = bp_model_defaults();
        bp_train_options training = bp_train_defaults();
        options.hidden = hidden[m];
        models[m] = make_model(data, &options);
        assert_ok(bp_train_state_create(&states[m], &error), &error);
        training.epochs = 1;
        training.state = states[m];
        assert_ok(bp_model_train(models[m], data, NULL, &training, &error), &error);
    }
    bp_dataset_destroy(data);
    assert_int_equal(make_folder(state), 0);
    for (size_t i = 0; i < N_SAVED; i++) {
        assert_ok(save(i, &error), &error);
        contents[i] = slurp(i < N_MODELS ? path : in_folder("checkpoint"), &sizes[i]);
    }
    return remove_folder(state);
}

static int free_models(void **state)
{
    (void)state;
    for (size_t m = 0; m < N_MODELS; m++) {
        bp_model_destroy(models[m]);
        bp_train_state_destroy(states[m]);
    }
    for (size_t i = 0; i < N_SAVED; i++)
        free(contents[i]);
    return 0;
}

/* ---- The process that is killed ----------------------------------------------------------- */

typedef struct progress {
    volatile unsigned begun, ended; /* saves, of all processes */
} progress;

static void save_for_ever(progress *shared)
{
    for (size_t i = 0;; i = (i + 1) % N_SAVED) {
        shared->begun++;
        if (save(i, NULL))
            _exit(1);
        shared->ended++;
    }
}

static void wait_microseconds(long n)
{
    struct timespec pause = {.tv_nsec = n * 1000};
    nanosleep(&pause, NULL);
}

/* Lets it save once at least, then kills it; whether that was in the middle of a save. */
static bool save_and_kill(progress *shared, bp_random *random)
{
    int status;
    unsigned ended = shared->ended;
    shared->begun = ended;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        save_for_ever(shared);
    while (shared->ended == ended && waitpid(child, &status, WNOHANG) == 0)
        wait_microseconds(50);
    wait_microseconds((long)bp_random_below(random, 3000));
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    return shared->begun != shared->ended;
}

/* ---- What it leaves ----------------------------------------------------------------------- */

typedef struct finding {
    bool hidden;     /* whether a file that has not got its own name must be whole too */
    size_t siblings; /* of which there were so many */
    size_t model;    /* which one is there */
} finding;

static size_t index_of(const char *name, const char *bytes, size_t size)
{
    for (size_t i = 0; i < N_SAVED; i++)
        if (size == sizes[i] && memcmp(bytes, contents[i], size) == 0)
            return i;
    fail_msg("%s: %zu bytes that were not saved", name, size);
    return N_SAVED;
}

static void check_found(const char *name, void *user)
{
    finding *found = user;
    bool sibling = strstr(name, "/.bprop-") != NULL;
    if (found->hidden || !sibling) {
        size_t size;
        bp_model *model = NULL;
        bp_error error;
        char *bytes = slurp(name, &size);
        size_t i = index_of(name, bytes, size);
        free(bytes);
        assert_ok(bp_model_load(name, &model, &error), &error);
        check_same_model(model, models[i % N_MODELS]);
        bp_model_destroy(model);
        if (strcmp(name, path) == 0)
            found->model = i;
    }
    if (sibling) {
        found->siblings++;
        remove(name);
    }
}

static void kill_often(const char *where, unsigned kills)
{
    bp_random random;
    progress *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    finding found = {.hidden = can_be_without_name()};
    unsigned in_the_middle = 0, changed = 0;
    assert_true(shared != MAP_FAILED);
    bp_random_seed(&random, 9, 0);
    for (unsigned i = 0; i < kills; i++) {
        size_t model = found.model;
        in_the_middle += save_and_kill(shared, &random);
        assert_in_range(each_file(check_found, &found), 1, 3);
        changed += found.model != model;
    }
    print_message("%s: %u kills, %u in the middle of %u saves, %u found another model; %zu whole "
                  "files without their name\n",
                  where, kills, in_the_middle, shared->ended, changed, found.siblings);
    assert_true(in_the_middle >= kills / 4);
    assert_true(shared->ended >= kills);
    assert_true(changed >= kills / 10);
    munmap(shared, sizeof *shared);
}

static void test_on_disk(void **state)
{
    (void)state;
    kill_often("on disk", 500);
}

/* Where nothing waits for a disk, other moments are hit. */
static void test_in_memory(void **state)
{
    (void)state;
    kill_often("in memory", 500);
}

static char *usual_folder;

static int make_folder_in_memory(void **state)
{
    const char *usual = getenv("TMPDIR");
    usual_folder = usual ? strdup(usual) : NULL;
    if (access("/dev/shm", W_OK | X_OK) == 0)
        setenv("TMPDIR", "/dev/shm", 1);
    return make_folder(state);
}

static int remove_folder_in_memory(void **state)
{
    if (usual_folder)
        setenv("TMPDIR", usual_folder, 1);
    else
        unsetenv("TMPDIR");
    free(usual_folder);
    return remove_folder(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_on_disk),
        cmocka_unit_test_setup_teardown(test_in_memory, make_folder_in_memory,
                                        remove_folder_in_memory),
    };
    return cmocka_run_group_tests(tests, make_models, free_models);
}
