/* main.c: the way to a command. */
#include "commands.h"
#include "completion.h"
#include "interrupt.h"
#include "manual.h"
#include "report.h"
#include "restart.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print_overview(FILE *file)
{
    fprintf(file, "bprop trains multilayer perceptrons on tables.\n\n"
                  "usage: bprop COMMAND [arguments] [options]\n\ncommands:\n");
    for (size_t i = 0; command_at(i); i++)
        fprintf(file, "  %-10s%-12s %s\n", command_at(i)->name, command_at(i)->arguments,
                command_at(i)->summary);
    fprintf(file, "\nbprop COMMAND --help tells more; bprop --version prints the version.\n");
}

static void print_version(void) { printf("bprop %s\n", bp_version()); }

/* What stands in place of a command, alone. */
static const struct {
    const char *name;
    void (*print)(void);
} prints[] = {
    {"--version", print_version},
    {"--man", print_manual},
    {"--completion", print_completion},
};

static int run(int argc, char **argv)
{
    bp_error error;
    options o;
    if (argc < 2) {
        print_overview(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_overview(stdout);
        return EXIT_DONE;
    }
    for (size_t i = 0; argc == 2 && i < sizeof prints / sizeof *prints; i++)
        if (strcmp(argv[1], prints[i].name) == 0) {
            prints[i].print();
            return EXIT_DONE;
        }
    const command *command = find_command(argv[1]);
    if (!command) {
        fprintf(stderr, "bprop: unknown command '%s'; see bprop --help\n", argv[1]);
        return EXIT_USAGE;
    }
    if (parse_options(command, argc - 2, argv + 2, &o, &error))
        return report_error(&error);
    if (o.help) {
        print_help(command);
        return EXIT_DONE;
    }
    return command->run(&o);
}

/* A standard stream that is closed stays unusable, but its number is no other file's: what is
 * printed would go into a learning curve or a model. */
static void keep_standard_numbers(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* Jansson's parser (2.14) does not look at every allocation: as memory runs out it would take part
 * of a text for all of it. So the program ends where there is none. */
static void *allocate_or_end(size_t size)
{
    void *block = malloc(size);
    if (!block) {
        fprintf(stderr, "bprop: out of memory\n");
        exit(EXIT_ERROR);
    }
    return block;
}

int main(int argc, char **argv)
{
    restart_for_better_kernels(argv);
    json_set_alloc_funcs(allocate_or_end, free);
    keep_standard_numbers();
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of write(), not the end */
    catch_cut_files();
    int status = run(argc, argv);
    /* What was printed may still be on its way: a full disk shows here. */
    bp_error error;
    if (status == EXIT_DONE && flush_stdout(&error))
        status = report_error(&error);
    return status;
}
