#include "interrupt.h"

#include "report.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

/* The signal that asked to stop; 0: none. The epoch at hand is finished and the model kept. Another
 * signal half a second later or more ends the program at once; one that comes with the first, as
 * timeout(1) sends it, does not. */
static atomic_int caught; /* not sig_atomic_t: the threads of cv look at it */
static struct timespec interrupted_at;
static bool is_watched; /* stderr is a terminal */

static void tell(void)
{
    static const char word[] = "\nbprop: stopping after this epoch; once more stops at once\n";
    int kept = errno;
    ssize_t written = is_watched ? write(STDERR_FILENO, word, sizeof word - 1) : 0;
    (void)written; /* it is a word, no more */
    errno = kept;
}

static void on_signal(int number)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!caught) {
        interrupted_at = now;
        caught = number;
        tell();
        return;
    }
    long long passed = (long long)(now.tv_sec - interrupted_at.tv_sec) * 1000000000 +
                       (now.tv_nsec - interrupted_at.tv_nsec);
    if (passed > 500000000) {
        signal(number, SIG_DFL);
        raise(number); /* delivered when this handler returns */
    }
}

void catch_interrupts(void)
{
    is_watched = isatty(STDERR_FILENO);
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction before, now = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
        sigfillset(&now.sa_mask); /* one handler at a time */
        if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(numbers[i], &now, NULL); /* ignored, as under nohup, stays ignored */
    }
    signal(SIGPIPE, SIG_IGN); /* a reader that goes is an error, after which the model is kept */
}

/* BUS_ADRERR: a page behind the end of its file. What else SIGBUS tells of ends the program as
 * ever. */
static void on_cut_file(int number, siginfo_t *what, void *context)
{
    static const char word[] =
        "\nbprop: a file was cut short while it was in use; keep it as it is "
        "until bprop has ended\n";
    size_t begin = !is_watched; /* a progress line may stand on a terminal */
    (void)context;
    if (what->si_code != BUS_ADRERR) {
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    ssize_t written = write(STDERR_FILENO, word + begin, sizeof word - 1 - begin);
    (void)written;
    _exit(EXIT_ERROR);
}

void catch_cut_files(void)
{
    struct sigaction now = {.sa_sigaction = on_cut_file, .sa_flags = SA_SIGINFO};
    is_watched = isatty(STDERR_FILENO);
    sigfillset(&now.sa_mask);
    sigaction(SIGBUS, &now, NULL);
}

int interrupted(void) { return caught; }
