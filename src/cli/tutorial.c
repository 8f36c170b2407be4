/* tutorial.c: bprop tutorial [TOPIC] */
#include "tutorial.h"

#include "commands.h"
#include "report.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    const char *summary;
    bp_status (*run)(bp_error *error);
} topics[] = {
    {"dosage", "gradient descent on a curve through three points: b3; w3, w4, b3; all seven",
     tutorial_dosage},
    {"two_class", "a network of two layers learns to tell two classes apart, row by row",
     tutorial_two_class},
    {"predict", "what a trained network answers", tutorial_predict},
};
enum { N_TOPICS = sizeof topics / sizeof *topics };

static void list_topics(FILE *file)
{
    fprintf(file, "bprop tutorial TOPIC walks through a worked example with its numbers:\n");
    for (size_t i = 0; i < N_TOPICS; i++)
        fprintf(file, "  %-10s %s\n", topics[i].name, topics[i].summary);
}

int run_tutorial(const options *o)
{
    const char *name = o->arguments[0];
    bp_error error;
    if (!name) {
        list_topics(stdout);
        return EXIT_DONE;
    }
    for (size_t i = 0; i < N_TOPICS; i++)
        if (strcmp(topics[i].name, name) == 0)
            return topics[i].run(&error) ? report_error(&error) : EXIT_DONE;
    fprintf(stderr, "bprop: no tutorial '%s'\n", name);
    list_topics(stderr);
    return EXIT_USAGE;
}
