/* manual.c: the manual page, from the tables of commands and options. */
#include "manual.h"

#include "commands.h"
#include "report.h"

#include <stdio.h>
#include <string.h>

static const char HEAD[] = ".Dd November 25, 2026\n"
                           ".Dt BPROP 1\n"
                           ".Os\n"
                           ".Sh NAME\n"
                           ".Nm bprop\n"
                           ".Nd train multilayer perceptrons on tables\n"
                           ".Sh SYNOPSIS\n";

static const char DESCRIPTION[] =
    ".Nm bprop Fl \\-version\n"
    ".Sh DESCRIPTION\n"
    ".Nm\n"
    "trains multilayer perceptrons by backpropagation and answers with them.\n"
    "A table goes in, as CSV, NPY, IDX or LIBSVM, gzipped or not; a model comes out, which is one\n"
    "safetensors file and knows how to take the rows of such a table.\n"
    "The name\n"
    ".Sq \\-\n"
    "stands for standard input or standard output.\n"
    "Standard output has data alone; messages go to standard error.\n"
    "The value of an option is the next argument, or stands behind\n"
    ".Sq =\n"
    "or, of an option of one letter, right behind that; after\n"
    ".Sq \\-\\-\n"
    "there are no more options.\n"
    ".Sh COMMANDS\n";

static const char ENVIRONMENT[] =
    ".Sh ENVIRONMENT\n"
    ".Bl -tag -width Ds\n"
    ".It Ev OPENBLAS_CORETYPE\n"
    "The processor whose kernels OpenBLAS takes.\n"
    "Where it is not set and OpenBLAS takes the processor for an older one,\n"
    ".Nm\n"
    "starts itself again with it;\n"
    ".Nm Cm info\n"
    "tells.\n"
    ".It Ev TMPDIR\n"
    "The folder in which\n"
    ".Nm Cm convert\n"
    "puts together what goes to standard output as NPY or IDX.\n"
    ".El\n";

static const struct {
    int status;
    const char *meaning;
} statuses[] = {
    {EXIT_DONE, "All is done."},
    {EXIT_ERROR, "An error in the data, or at run time."},
    {EXIT_USAGE, "An error in the command line."},
    {EXIT_DIVERGED, "Training diverged: a loss is no finite number."},
};

static const char EXAMPLES[] =
    ".It 128+n\n"
    "Signal n ended it.\n"
    "An interrupted training has written its model, and its checkpoint if it has one.\n"
    ".El\n"
    ".Sh EXAMPLES\n"
    "Train a classifier, with a fifth of the rows held out to measure it on, and use it:\n"
    ".Bd -literal -offset indent\n"
    "bprop train data/iris.csv \\-\\-validation 0.2\n"
    "bprop evaluate iris.safetensors data/iris.csv\n"
    "echo 5.0,3.4,1.5,0.2 | bprop predict iris.safetensors \\- \\-\\-proba\n"
    ".Ed\n"
    ".Pp\n"
    "Stop when that no longer helps, and keep the learning curve:\n"
    ".Bd -literal -offset indent\n"
    "bprop train data/winequality_red.csv \\-\\-validation 0.2 \\-\\-patience 20 \\-\\-log "
    "curve.csv\n"
    ".Ed\n"
    ".Pp\n"
    "Measure a way to train, and write a table in another format:\n"
    ".Bd -literal -offset indent\n"
    "bprop cv data/iris.csv \\-\\-hidden 32 \\-\\-activation relu\n"
    "bprop convert data/wheat_seeds.csv seeds.npy\n"
    ".Ed\n"
    ".Sh SEE ALSO\n"
    ".Xr bprop 3\n";

/* Text as a line, mdoc's own characters escaped. */
static void print_text(const char *text)
{
    static const char *const escapes[] = {"\\\\e", "-\\-", "'\\(aq", "`\\(ga"};
    for (const char *line = text; *text; text++) {
        const char *shown = NULL;
        for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
            if (escapes[i][0] == *text)
                shown = escapes[i] + 1;
        if (shown)
            printf("%s", shown);
        else
            printf("%s%c", *text == '.' && text == line ? "\\&" : "", *text);
    }
    putchar('\n');
}

static void print_option(const option *option)
{
    char text[DESCRIPTION_SIZE];
    printf(".It");
    if (option->letter)
        printf(" Fl %c%s", option->letter, option->name ? " ," : "");
    if (option->name)
        printf(" Fl \\-%s", option->name);
    if (option->argument)
        printf(" Ar %s", option->argument);
    putchar('\n');
    describe_option(option, text);
    print_text(text);
}

static void print_command(const command *command)
{
    printf(".Ss bprop %s%s%s\n%s\n.Bl -tag -width Ds\n", command->name,
           *command->arguments ? " " : "", command->arguments, command->summary);
    for (size_t i = 0; option_at(command, i); i++)
        print_option(option_at(command, i));
    printf(".El\n");
}

void print_manual(void)
{
    printf("%s", HEAD);
    for (size_t i = 0; command_at(i); i++)
        printf(".Nm bprop Cm %s%s%s Op Ar options\n", command_at(i)->name,
               *command_at(i)->arguments ? " Ar " : "", command_at(i)->arguments);
    printf("%s", DESCRIPTION);
    for (size_t i = 0; command_at(i); i++)
        print_command(command_at(i));
    printf("%s.Sh EXIT STATUS\n.Bl -tag -width Ds\n", ENVIRONMENT);
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        printf(".It %d\n%s\n", statuses[i].status, statuses[i].meaning);
    printf("%s", EXAMPLES);
}
