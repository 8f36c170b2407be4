/* convert.c: bprop convert IN OUT */
#include "commands.h"
#include "load.h"
#include "report.h"

#include <stdio.h>
#include <string.h>

int run_convert(const options *o)
{
    bp_error error;
    bp_conversion done;
    bp_read_options how = read_options_of(o);
    const char *from = o->arguments[0], *to = o->arguments[1];
    if (bp_convert(from, &how, to, o->to, &done, &error))
        return report_error(&error);
    if (!o->quiet) {
        fprintf(stderr, "data: %s, %zu rows, %zu columns; %s\n", file_label(from), done.rows,
                done.columns, done.read_as);
        fprintf(stderr, "written: %s, %s\n",
                strcmp(to, "-") == 0 ? "standard output" : file_label(to), done.written_as);
    }
    return EXIT_DONE;
}
