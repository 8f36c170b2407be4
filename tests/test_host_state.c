/* test_host_state.c: what belongs to the process that calls bprop is after training, answers and
 * files, with threads, as it was before. */
#define _GNU_SOURCE /* feenableexcept(), where there is one */
#include "support.h"

#include <fenv.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

/* ---- What bprop is asked to do -------------------------------------------------------------- */

static bp_dataset *table;
static char *path;
static const bp_kernel *kernel;

enum { N_ROWS = 150, IN = 40, HIDDEN = 60, OUT = 3 };

/* A network of the host's on two threads. */
static bp_status train_network(bp_error *error)
{
    static bp_real X[N_ROWS * IN], T[N_ROWS * OUT], Y[N_ROWS * OUT];
    static const size_t sizes[] = {IN, HIDDEN, OUT};
    const bp_activation *activations[] = {bp_activation_find("gelu", error),
                                          bp_activation_find("softmax", error)};
    const bp_arrays arrays = {N_ROWS, IN, OUT, X, IN, T, OUT, NULL};
    bp_source rows = bp_arrays_source(&arrays);
    bp_train_options how = bp_train_defaults();
    bp_network *network = NULL;
    bp_workspace *workspace = NULL;
    for (size_t i = 0; i < N_ROWS * IN; i++)
        X[i] = (bp_real)(i * 7919 % 101) / 101;
    for (size_t i = 0; i < N_ROWS; i++)
        T[i * OUT + i % OUT] = 1;
    how.epochs = 10;
    how.batch_size = 100;
    how.dropout = 0.1;
    how.threads = 2;
    how.kernel = kernel;
    bp_status status = bp_network_create(sizes, 2, activations, &network, error);
    if (!status)
        status = bp_network_initialize(network, "glorot", 1, error);
    if (!status)
        status = bp_train(network, bp_loss_find("cross_entropy", error), &rows, &rows, &how, error);
    if (!status)
        status = bp_workspace_create(network, kernel, 64, &workspace, error);
    if (!status)
        status = bp_predict(network, workspace, N_ROWS, X, IN, Y, OUT, error);
    bp_workspace_destroy(workspace);
    bp_network_destroy(network);
    return status;
}

/* A model of a table, to a file and back, and a cross-validation. */
static bp_status train_model(const bp_dataset *table, const bp_model_options *options,
                             bp_error *error)
{
    bp_model *model = NULL, *loaded = NULL;
    bp_evaluation folds[2], evaluation = {0};
    bp_train_options how = bp_train_defaults();
    bp_cv_options crossed = bp_cv_defaults();
    how.epochs = 20;
    how.kernel = kernel;
    crossed.folds = crossed.threads = 2;
    bp_status status = bp_model_create(table, options, &model, error);
    if (!status)
        status = bp_model_train(model, table, NULL, &how, error);
    if (!status)
        status = bp_model_save(model, path, error);
    if (!status)
        status = bp_model_load(path, &loaded, error);
    if (!status)
        status = bp_model_evaluate(loaded, kernel, 2, table, &evaluation, error);
    if (!status)
        status = bp_cross_validate(table, options, &how, &crossed, folds, error);
    for (size_t i = 0; !status && i < 2; i++)
        bp_evaluation_clear(&folds[i]);
    bp_evaluation_clear(&evaluation);
    bp_model_destroy(model);
    bp_model_destroy(loaded);
    return status;
}

/* A table with numbers and texts that are missing, or always the same. */
static bp_status train_with_gaps(bp_error *error)
{
    static const char text[] = "x,same,word,kind,y\n1,7,a,u,2\n?,7,a,v,3.5\n3,7,a,?,4\n"
                               "4,?,a,u,1\n5,7,?,v,2.5\n6,7,a,u,3\n";
    static const bp_model_options filling = {.fill_missing = true};
    char *file = make_file(text, strlen(text));
    bp_dataset *gaps = NULL;
    static const double numbers[] = {1, NAN, 2.5, 3};
    bp_dataset *array = NULL;
    bp_status status = bp_dataset_read(file, NULL, &gaps, error);
    if (!status)
        status = train_model(gaps, &filling, error);
    if (!status)
        status = bp_dataset_from_array("numbers", numbers, 2, 2, 2, &array, error);
    if (!status)
        status = bp_dataset_write(array, file, "npy", error);
    bp_dataset_destroy(array);
    bp_dataset_destroy(gaps);
    remove_file(file);
    return status;
}

static void use_bprop(void)
{
    bp_error error;
    bp_status status = train_network(&error);
    if (!status)
        status = train_model(table, NULL, &error);
    if (!status)
        status = train_with_gaps(&error);
    assert_ok(status, &error);
}

static int open_table(void **state)
{
    bp_error error;
    (void)state;
    path = make_file("", 0);
    return bp_dataset_read("data/iris.csv", NULL, &table, &error) != BP_OK;
}

static int close_table(void **state)
{
    (void)state;
    bp_dataset_destroy(table);
    remove_file(path);
    return 0;
}

/* ---- What belongs to the host ---------------------------------------------------------------- */

static void test_random_streams(void **state)
{
    int expected[2], got[2];
    (void)state;
    srand(7), srandom(7), srand48(7);
    expected[0] = rand();
    long expected_random = random(), expected_48 = lrand48();
    expected[1] = rand();
    srand(7), srandom(7), srand48(7);
    got[0] = rand();
    use_bprop();
    long got_random = random(), got_48 = lrand48();
    got[1] = rand();
    assert_memory_equal(got, expected, sizeof got);
    assert_true(got_random == expected_random && got_48 == expected_48);
}

static void handler(int number) { (void)number; }

static void test_signals(void **state)
{
    enum { SIGNALS = 32 };
    struct sigaction before[SIGNALS], after;
    sigset_t mask, mask_after;
    (void)state;
    struct sigaction own = {.sa_handler = handler};
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR2);
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &mask, NULL), 0);
    assert_int_equal(sigaction(SIGBUS, &own, NULL), 0);
    assert_int_equal(sigaction(SIGUSR1, &own, NULL), 0);
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    for (int s = 1; s < SIGNALS; s++)
        sigaction(s, NULL, &before[s]);
    use_bprop();
    pthread_sigmask(SIG_BLOCK, NULL, &mask_after);
    for (int s = 1; s < SIGNALS; s++) {
        sigaction(s, NULL, &after);
        assert_ptr_equal(after.sa_handler, before[s].sa_handler);
        assert_int_equal(after.sa_flags, before[s].sa_flags);
        assert_int_equal(sigismember(&mask_after, s), sigismember(&mask, s));
    }
    signal(SIGBUS, SIG_DFL);
}

/* Environment, locale, working directory, file mode mask, BLAS's threads. */
static void test_settings(void **state)
{
    char folder[4096], folder_after[4096], *variables[1000], locale[1000];
    size_t n = 0;
    bp_blas_info blas, blas_after;
    (void)state;
    setlocale(LC_ALL, "");
    snprintf(locale, sizeof locale, "%s", setlocale(LC_ALL, NULL));
    for (; environ[n] && n < 1000; n++)
        variables[n] = strdup(environ[n]);
    assert_non_null(getcwd(folder, sizeof folder));
    umask(027);
    bp_blas_set_threads(2);
    bp_blas_describe(&blas);
    use_bprop();
    bp_blas_describe(&blas_after);
    assert_int_equal(blas_after.threads, blas.threads);
    assert_int_equal(umask(022), 027);
    assert_non_null(getcwd(folder_after, sizeof folder_after));
    assert_string_equal(folder_after, folder);
    assert_string_equal(setlocale(LC_ALL, NULL), locale);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(environ[i], variables[i]);
        free(variables[i]);
    }
    assert_null(environ[n]);
}

/* The rounding mode stays, and no flag is cleared. */
static void test_rounding(void **state)
{
    static const int modes[] = {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO, FE_TONEAREST};
    (void)state;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        fesetround(modes[i]);
        feraiseexcept(FE_DIVBYZERO | FE_INVALID);
        int raised = fetestexcept(FE_DIVBYZERO | FE_INVALID); /* valgrind keeps none */
        bp_error error;
        bp_status status = train_network(&error);
        int mode = fegetround(), flags = fetestexcept(FE_DIVBYZERO | FE_INVALID);
        fesetround(FE_TONEAREST);
        feclearexcept(FE_ALL_EXCEPT);
        assert_ok(status, &error);
        assert_int_equal(mode, modes[i]);
        assert_int_equal(flags, raised);
    }
}

/* Where no value runs out of range, as here, a host that traps what is not inexact or underflow
 * is not disturbed, on any kernel. */
static void test_traps(void **state)
{
    (void)state;
    for (size_t k = 0; bp_kernel_at(k); k++) {
        kernel = bp_kernel_at(k);
        feclearexcept(FE_ALL_EXCEPT);
#ifdef __GLIBC__
        feenableexcept(FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW);
        int masks = fegetexcept();
#endif
        use_bprop();
#ifdef __GLIBC__
        assert_int_equal(fegetexcept(), masks);
        fedisableexcept(FE_ALL_EXCEPT);
#endif
        assert_int_equal(fetestexcept(FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW), 0);
    }
    kernel = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_streams), cmocka_unit_test(test_signals),
        cmocka_unit_test(test_settings),       cmocka_unit_test(test_rounding),
        cmocka_unit_test(test_traps),
    };
    return cmocka_run_group_tests(tests, open_table, close_table);
}
