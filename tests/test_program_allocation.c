/* test_program_allocation.c: the program itself, as its memory runs out at the first allocation,
 * the second and so on: it ends with a message and status 1, prints no line that lacks a part,
 * leaves files as they were or whole, and frees what it has. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#undef main         /* the program's is bprop_main() here */

#include "failing.h"
#include "folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int bprop_main(int argc, char **argv);

static const char flowers[] = "width,colour,weight,kind\n1,red,1,a\n2,green,2,b\n?,red,1,a\n"
                              "4,blue,0.5,b\n5,green,1,a\n3,red,1,b\n2,blue,1,a\n1,green,1,b\n";
static const char amounts[] = "a,b,c,d\n1,2,0.5,1\n2,1,0.25,3\n3,5,-1,2\n4,2,2,0.5\n5,1,1.5,1\n";

/* Arguments are separated by blanks; @name is a file in the test's folder. A file that is written
 * is @new, before which it is "old". */
static const struct {
    const char *name, *arguments;
} commands[] = {
    {"train",
     "train @flowers -o @new --json --epochs 3 --patience 2 --validation 0.3 --missing mean "
     "--weight-column weight --log @log --checkpoint @kept --optimizer adam"},
    {"train by name", "train @amounts -o @new --target c,d --epochs 2 --quiet"},
    {"go on", "train @flowers --resume @checkpoint --epochs 4 -o @new --quiet"},
    {"take weights", "train @amounts --init-from @numbers --target c,d --epochs 1 -o @new"},
    {"predict", "predict @model @flowers --proba"},
    {"predict numbers", "predict @numbers @amounts"},
    {"evaluate", "evaluate @model @flowers --json"},
    {"evaluate numbers", "evaluate @numbers @amounts --json"},
    {"evaluate in words", "evaluate @model @flowers"},
    {"cross-validate", "cv @amounts --target c,d --folds 2 --threads 1 --epochs 1 --json"},
    {"cross-validate in words", "cv @flowers --missing mean --folds 2 --threads 1 --epochs 1"},
    {"show", "show @model --json"},
    {"info", "info --json"},
    {"dosage", "tutorial dosage"},
};
enum { N_COMMANDS = sizeof commands / sizeof *commands };

/* Of the places that ask for memory, one in so many is made to fail. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { STEP = 53 }; /* to begin a process is slow then */
#else
enum { STEP = 1 };
#endif

/* ---- Running ------------------------------------------------------------------------------ */

/* What a run leaves. */
typedef struct outcome {
    int status;    /* as waitpid() gives it */
    bool failed;   /* an allocation did */
    bool returned; /* the program ended by itself, not by exit() */
    long left;     /* blocks */
    char *printed, *told, *file;
    size_t file_size;
} outcome;

enum { MOST_ALLOCATIONS = 20000 };

static struct {
    outcome outcome;
    size_t allocations;
    uint64_t places[MOST_ALLOCATIONS];
} *shared; /* with the child */

static int split(const char *text, char **arguments)
{
    static char words[2000];
    int n = 0;
    size_t used = 0;
    char one[400];
    for (int length; sscanf(text, " %399s%n", one, &length) == 1; text += length) {
        arguments[n++] = words + used;
        used += 1 + (size_t)snprintf(words + used, sizeof words - used, "%s%s%s",
                                     *one == '@' ? folder : "", *one == '@' ? "/" : "",
                                     one + (*one == '@'));
    }
    arguments[n] = NULL;
    return n;
}

static void be_the_program(const char *text, size_t n, bool all_after)
{
    char *arguments[33] = {"bprop"};
    int count = 1 + split(text, arguments + 1);
    if (!freopen(in_folder("printed"), "wb", stdout) || !freopen(in_folder("told"), "wb", stderr))
        _exit(99);
    long before = (long)live_blocks();
    if (n == 0)
        note_places(shared->places, MOST_ALLOCATIONS);
    fail_allocation(n, all_after);
    int status = bprop_main(count, arguments);
    shared->outcome.failed = end_failing();
    shared->outcome.returned = true;
    shared->outcome.left = (long)live_blocks() - before;
    if (n == 0)
        shared->allocations = end_noting();
    exit(status);
}

/* Allocation n fails, from 1; 0: none, and they are noted. */
static outcome run(const char *text, size_t n, bool all_after)
{
    size_t size;
    static const char *const files[] = {"new", "printed", "told"};
    for (size_t i = 0; i < 3; i++) /* or some file systems would bring them to the disk first */
        remove(in_folder(files[i]));
    overwrite(in_folder("new"), "old", 3);
    shared->outcome = (outcome){.failed = true};
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        be_the_program(text, n, all_after);
    assert_int_equal(waitpid(child, &shared->outcome.status, 0), child);
    outcome o = shared->outcome;
    o.printed = slurp(in_folder("printed"), &size);
    o.told = slurp(in_folder("told"), &size);
    o.file = slurp(in_folder("new"), &o.file_size);
    return o;
}

static void clear(outcome *o) { free(o->printed), free(o->told), free(o->file); }

/* ---- Comparing ---------------------------------------------------------------------------- */

/* Times differ: what follows "seconds": is taken out, and so is what follows a last blank or time
 * in words. */
static void take_out_times(char *text)
{
    char *to = text;
    while (*text) {
        if (strncmp(text, "seconds\":", 9) == 0)
            text += 9 + strspn(text + 9, "0123456789.e+-");
        else
            *to++ = *text++;
    }
    *to = '\0';
}

/* Whole lines of the expected text, from its beginning; of what is for people alone, any part. */
static bool is_beginning(const char *text, const char *whole, bool for_people)
{
    size_t length = strlen(text);
    return strncmp(text, whole, length) == 0 &&
           (for_people || length == 0 || text[length - 1] == '\n');
}

static bool is_file_good(const outcome *o, const outcome *whole)
{
    return (o->file_size == 3 && memcmp(o->file, "old", 3) == 0) ||
           (o->file_size == whole->file_size && memcmp(o->file, whole->file, o->file_size) == 0);
}

static const char *judge(const outcome *o, const outcome *whole, bool for_people)
{
    if (!WIFEXITED(o->status))
        return "crashed";
    int status = WEXITSTATUS(o->status);
    if (o->returned && o->left)
        return "did not free all blocks";
    if (status == 0 && strcmp(o->printed, whole->printed) != 0)
        return "ended well, but printed something else";
    if (status == 0 &&
        (o->file_size != whole->file_size || memcmp(o->file, whole->file, o->file_size) != 0))
        return "ended well, but wrote something else";
    if (status != 0 && (status != 1 || !o->failed))
        return "ended with another status";
    if (status != 0 && !strstr(o->told, "out of memory"))
        return "did not say that memory was short";
    if (!is_beginning(o->printed, whole->printed, for_people))
        return "printed a part";
    return is_file_good(o, whole) ? NULL : "left a file that is neither the old one nor whole";
}

static void run_each(const char *name, const char *text)
{
    outcome whole = run(text, 0, false);
    take_out_times(whole.printed);
    if (whole.status != 0)
        fail_msg("%s: status %d: %s", name, WEXITSTATUS(whole.status), whole.told);
    size_t count = shared->allocations;
    assert_in_range(count, 1, MOST_ALLOCATIONS);
    for (int all_after = 0; all_after < 2; all_after++) {
        for (size_t n = 0; n <= count;) {
            for (size_t i = 0; i < STEP && n <= count; i++)
                n = next_to_fail(n, shared->places, count);
            outcome o = run(text, n, all_after);
            take_out_times(o.printed);
            const char *wrong = judge(&o, &whole, strncmp(text, "tutorial", 8) == 0);
            size_t same = 0;
            while (o.printed[same] && o.printed[same] == whole.printed[same])
                same++;
            if (wrong)
                fail_msg(
                    "%s, allocation %zu%s: %s (status %x, %ld blocks, '%s'), from '%.60s', not "
                    "'%.60s'",
                    name, n, all_after ? " and all after it" : "", wrong, (unsigned)o.status,
                    o.left, o.told, o.printed + same, whole.printed + same);
            if (o.returned && o.failed != (n <= count))
                fail_msg("%s: allocation %zu of %zu %s", name, n, count,
                         o.failed ? "failed" : "did not fail");
            clear(&o);
        }
    }
    clear(&whole);
}

static void prepare(const char *text)
{
    outcome o = run(text, 0, false);
    if (o.status)
        fail_msg("%s: %s", text, o.told);
    clear(&o);
}

static void test_commands(void **state)
{
    (void)state;
    overwrite(in_folder("flowers"), flowers, sizeof flowers - 1);
    overwrite(in_folder("amounts"), amounts, sizeof amounts - 1);
    prepare("train @flowers -o @model --missing mean --epochs 2 --quiet");
    prepare("train @amounts -o @numbers --target c,d --epochs 2 --quiet");
    prepare("train @flowers -o @model --missing mean --epochs 2 --quiet --checkpoint @checkpoint");
    for (size_t i = 0; i < N_COMMANDS; i++)
        run_each(commands[i].name, commands[i].arguments);
}

int main(void)
{
    const struct CMUnitTest tests[] = {IN_FOLDER(test_commands)};
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return 1;
    setenv("OPENBLAS_CORETYPE", "", 0); /* set, it keeps the program from starting itself again */
    watch_memory();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
