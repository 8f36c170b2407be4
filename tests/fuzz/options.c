/* options.c: the command line: a byte that chooses the command, then its arguments, a line each. */
#include "fuzz.h"

#include "commands.h"
#include "report.h"

#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ARGUMENTS = 100 };

/* Lines become texts; how many. */
static int split(char *text, size_t size, char *argv[MOST_ARGUMENTS])
{
    int argc = 0;
    for (char *end = text + size; text < end && argc < MOST_ARGUMENTS; argc++) {
        argv[argc] = text;
        text += strcspn(text, "\n");
        *text++ = '\0';
    }
    return argc;
}

static void check_options(const options *o)
{
    require(o->help || o->n_arguments >= o->command->least);
    require(o->n_arguments <= o->command->most);
    for (size_t i = 0; i < o->n_arguments; i++)
        require(*o->arguments[i]);
    require(o->learning_rate >= 0 && isfinite(o->learning_rate));
    require(o->dropout >= 0 && o->dropout < 1 && o->part >= 0 && o->part < 1);
    require(o->clip_norm >= 0 && o->min_delta >= 0);
}

/* What is kept in a checkpoint makes the same options again. */
static void check_resumed(const options *o)
{
    json_t *kept = options_to_json(o);
    if (!kept)
        return; /* a text that is not UTF-8 */
    options again = *o;
    bp_error error;
    memset(again.given, 0, sizeof again.given);
    require_ok(resume_options(kept, &again, &error), &error);
    json_t *twice = options_to_json(&again);
    require(twice && json_equal(kept, twice));
    require(memcmp(&again.learning_rate, &o->learning_rate, sizeof o->learning_rate) == 0);
    require(again.epochs == o->epochs && again.seed == o->seed);
    json_decref(twice);
    json_decref(kept);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const command *command = NULL;
    taken rest = {bytes, size};
    size_t n = 0, number = take_byte(&rest);
    char *argv[MOST_ARGUMENTS], *text = calloc(rest.size + 1, 1);
    while (command_at(n))
        n++;
    command = command_at(number % n);
    require(text);
    if (rest.size)
        memcpy(text, rest.at, rest.size);
    int argc = split(text, rest.size, argv);
    options o;
    bp_error error;
    bp_status status = parse_options(command, argc, argv, &o, &error);
    if (!status)
        check_options(&o);
    else if (bp_utf8_prefix((const char *)rest.at, rest.size) == rest.size)
        check_error(status, &error, NULL);
    else
        require(error.status == status); /* what is not UTF-8 is quoted so */
    if (!status && command->bit == FOR_TRAIN)
        check_resumed(&o);
    free(text);
    return 0;
}
