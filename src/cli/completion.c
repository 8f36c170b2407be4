/* completion.c: bash's completion, from the tables of commands and options. */
#include "completion.h"

#include "commands.h"

#include <stdio.h>

/* Bash takes = for a word of its own. What is left to bash are names of files. */
static const char HEAD[] =
    "# Completion for bash, printed by bprop --completion.\n"
    "_bprop()\n"
    "{\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words=\n"
    "    [ \"$word\" != = ] || word=\n"
    "    [ \"$before\" != = ] || before=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    [ \"$COMP_CWORD\" -gt 1 ] || before=\n"
    "    case ${COMP_WORDS[1]}:$before:$word in\n";

static const char TAIL[] = "    esac\n"
                           "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
                           "}\n"
                           "complete -o default -F _bprop bprop\n";

static void print_names(const option *option)
{
    if (option->name)
        printf(" --%s", option->name);
    if (option->letter)
        printf(" -%c", option->letter);
}

/* After an option that takes a value: the values that it names, or nothing. */
static void print_values(const command *command, const option *option)
{
    const char *between = "    ";
    if (option->name)
        printf("%s%s:--%s:*", between, command->name, option->name), between = " | ";
    if (option->letter)
        printf("%s%s:-%c:*", between, command->name, option->letter);
    printf(") words='");
    for (size_t i = 0; option->names && option->names(i); i++)
        printf("%s%s", i ? " " : "", option->names(i));
    printf("' ;;\n");
}

static void print_command(const command *command)
{
    const option *option;
    for (size_t i = 0; (option = option_at(command, i)); i++)
        if (option->argument)
            print_values(command, option);
    printf("    %s:*:-*) words='", command->name);
    for (size_t i = 0; (option = option_at(command, i)); i++)
        print_names(option);
    printf("' ;;\n");
}

void print_completion(void)
{
    printf("%s    *::*) words='", HEAD);
    for (size_t i = 0; command_at(i); i++)
        printf("%s ", command_at(i)->name);
    printf("--help --version' ;;\n");
    for (size_t i = 0; command_at(i); i++)
        print_command(command_at(i));
    printf("%s", TAIL);
}
