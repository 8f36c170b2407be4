#include "data/csv_record.h"

#include "base/bits.h"
#include "base/error.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* The first byte after a quoted cell that opens at `at`, NULL if its end is not in sight. */
static char *skip_quoted(char *at, char *end)
{
    for (at++; (at = memchr(at, '"', (size_t)(end - at))); at += 2)
        if (at + 1 == end || at[1] != '"') /* two quotes stand for one */
            return at + 1;
    return NULL;
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* Of blanks either ends a cell. */
static bool ends_cell(char delimiter, char c)
{
    return c == delimiter || (delimiter == ' ' && c == '\t');
}

/* What may stand around a cell. */
static bool pads(char delimiter, char c) { return is_blank(c) && !ends_cell(delimiter, c); }

/* The newline that ends the record at `at`, `end` if none is in sight; *open if that is because a
 * quoted cell does not end. Only a record with quotes, *quoted, may have newlines within. */
static char *record_end(char *at, char *end, char delimiter, bool *quoted, bool *open)
{
    char *newline = memchr(at, '\n', (size_t)(end - at));
    char *stop = newline ? newline : end;
    *open = false;
    *quoted = memchr(at, '"', (size_t)(stop - at));
    if (!*quoted)
        return stop;
    for (bool cell_starts = true; at < end && *at != '\n';) {
        if (cell_starts && *at == '"') {
            if (!(at = skip_quoted(at, end))) {
                *open = true;
                return end;
            }
            cell_starts = false;
        } else {
            cell_starts = ends_cell(delimiter, *at) || (cell_starts && is_blank(*at));
            at++;
        }
    }
    return at;
}

/* A cell whose quote opens at `at`, put together where it stands; *next is what follows its closing
 * quote and what pads it. */
static bp_cell take_quoted(char *at, char *end, char delimiter, char **next)
{
    char *to = ++at;
    bp_cell found = {.text = at};
    for (; *at != '"' || (at + 1 < end && at[1] == '"'); *to++ = *at++)
        if (*at == '"')
            at++;
    found.length = (size_t)(to - found.text);
    for (at++; at < end && pads(delimiter, *at);)
        at++;
    *next = at;
    return found;
}

static bp_cell take_plain(char *at, char *end, char delimiter, char **next)
{
    char *stop = at;
    while (stop < end && !ends_cell(delimiter, *stop))
        stop++;
    *next = stop;
    while (stop > at && is_blank(stop[-1]))
        stop--;
    return (bp_cell){at, (size_t)(stop - at)};
}

/* A cell from `at` on; *next is the delimiter after it, or `end`. */
static bp_status take_cell(const bp_records *r, bp_cells *cells, char *at, char *end, char **next,
                           bp_error *error)
{
    char delimiter = r->delimiter;
    const char *problem = NULL;
    while (at < end && pads(delimiter, *at))
        at++;
    bool quoted = at < end && *at == '"';
    bp_cell found = (quoted ? take_quoted : take_plain)(at, end, delimiter, next);
    if (quoted && *next < end && !ends_cell(delimiter, **next))
        problem = "text after the closing quote of a cell; a quote inside a quoted cell is written "
                  "twice";
    else if (!quoted && memchr(found.text, '\r', found.length))
        problem = "a carriage return within a line; end lines with LF or CR LF";
    if (problem)
        return bp_fail_at(error, BP_ERROR_FORMAT, bp_input_name(r->window.input), r->line,
                          "column %zu: %s", cells->n + 1, problem);
    if (!bp_grow(&cells->at, &cells->capacity, cells->n + 1, sizeof *cells->at))
        return bp_fail_memory(error);
    cells->at[cells->n++] = found;
    return BP_OK;
}

/* Bit i is whether at[i] is `byte`, of 64 bytes. */
static inline uint64_t find_all(const char *at, char byte)
{
    uint64_t found = 0;
    for (int i = 0; i < 8; i++) {
        uint64_t equal = bp_bytes_equal(bp_get_little(at + 8 * i, 8), byte);
        /* each byte's top bit to the upper eight: 8b + 7 to 56 + b, where no two meet */
        found |= ((equal >> 7) * 0x0102040810204080 >> 56) << 8 * i;
    }
    return found;
}

static inline void add_plain(bp_cells *cells, char *at, char *end)
{
    while (at < end && is_blank(*at))
        at++;
    while (end > at && is_blank(end[-1]))
        end--;
    cells->at[cells->n++] = (bp_cell){at, (size_t)(end - at)};
}

bool bp_cells_make_room(bp_cells *cells, size_t n)
{
    enum { AT_ONCE = 65 }; /* of 64 bytes */
    return bp_grow(&cells->at, &cells->capacity, n + AT_ONCE, sizeof *cells->at);
}

/* A record without quotes and carriage returns: between any two delimiters is a cell. They are
 * sought 64 bytes at a time, so that the next one need not wait for the one before. */
static bp_status split_plain(char delimiter, bp_cells *cells, char *at, char *end, bp_error *error)
{
    char *start = at;
    for (; at < end; at += 64) {
        uint64_t delimiters = find_all(at, delimiter);
        if (end - at < 64)
            delimiters &= ((uint64_t)1 << (end - at)) - 1;
        if (!bp_cells_make_room(cells, cells->n))
            return bp_fail_memory(error);
        for (; delimiters; delimiters &= delimiters - 1) {
            char *stop = at + bp_trailing_zeros(delimiters);
            add_plain(cells, start, stop);
            start = stop + 1;
        }
    }
    add_plain(cells, start, end);
    return BP_OK;
}

static bp_status split_record(const bp_records *r, bp_cells *cells, char *at, char *end,
                              bp_error *error)
{
    bool by_blanks = r->delimiter == ' '; /* of which a run counts as one, and none at the ends */
    while (by_blanks && end > at && is_blank(end[-1]))
        end--;
    for (;; at++) {
        while (by_blanks && at < end && is_blank(*at))
            at++;
        bp_status status = take_cell(r, cells, at, end, &at, error);
        if (status || at == end)
            return status;
    }
}

static bp_status cut_record(const bp_records *r, bp_cells *cells, char *at, char *end, bool quoted,
                            bp_error *error)
{
    if (end > at && end[-1] == '\r')
        end--;
    cells->n = 0;
    if (quoted || r->delimiter == ' ' || memchr(at, '\r', (size_t)(end - at)))
        return split_record(r, cells, at, end, error);
    return split_plain(r->delimiter, cells, at, end, error);
}

/* Tabs that delimit are the ends of cells, which are missing. */
static bool all_blank(const char *at, const char *end, char delimiter)
{
    while (at < end && ((is_blank(*at) && (*at != delimiter || delimiter == ' ')) || *at == '\r'))
        at++;
    return at == end;
}

/* A tab or semicolon that stands in the first line outside quotes delimits, for a comma beside it
 * is a decimal point or punctuation; else the more frequent of comma and |; else a space. A tab
 * next to a comma or a blank only pads. */
static char detect_delimiter(char *at, char *end)
{
    size_t counts[256] = {0};
    bool cell_starts = true;
    char before = '\n';
    while (at < end && (is_blank(*at) || *at == '\n' || *at == '\r'))
        at++; /* blank lines do not count */
    while (at && at < end && *at != '\n') {
        bool pad = *at == '\t' && (strchr(", ", before) || (at + 1 < end && strchr(", ", at[1])));
        counts[(unsigned char)*at] += !pad;
        before = *at;
        at = *at == '"' && cell_starts ? skip_quoted(at, end) : at + 1;
        cell_starts = before && strchr("\t;,| ", before);
    }
    if (counts['\t'] || counts[';'])
        return counts['\t'] ? '\t' : ';';
    if (counts[','] || counts['|'])
        return counts['|'] > counts[','] ? '|' : ',';
    return counts[' '] ? ' ' : ',';
}

bp_status bp_records_next(bp_records *r, bool *more, bp_error *error)
{
    bp_window *w = &r->window;
    for (;;) {
        bool quoted = false, open = false;
        char *at = w->buffer + w->start, *end = w->buffer + w->end;
        char *stop = w->start < w->end ? record_end(at, end, r->delimiter, &quoted, &open) : end;
        if (stop == end && !w->at_end) {
            bp_status status = bp_window_more(w, r->next_line, error);
            if (status)
                return status;
            r->leave = false;
            continue;
        }
        r->line = r->next_line;
        if (open)
            return bp_fail_at(error, BP_ERROR_FORMAT, bp_input_name(r->window.input), r->line,
                              "a quoted cell of this record does not end; close its quote");
        if (at == end) {
            *more = false;
            return BP_OK;
        }
        for (const char *c = at; quoted && c < stop; c++)
            r->next_line += *c == '\n';
        r->next_line++;
        w->start = (size_t)(stop - w->buffer) + (stop < end);
        if (all_blank(at, stop, r->delimiter))
            continue;
        *more = true;
        return cut_record(r, &r->cells, at, stop, quoted, error);
    }
}

bp_status bp_records_look(bp_records *r, size_t most, size_t *n, bp_error *error)
{
    const bp_window *w = &r->window;
    char *at = w->buffer + w->start, *end = w->buffer + w->end, *newline;
    r->n_lines = 0;
    while (!r->leave && r->n_lines < most && (newline = memchr(at, '\n', (size_t)(end - at)))) {
        if (!bp_grow(&r->lines, &r->lines_capacity, r->n_lines + 2, sizeof *r->lines))
            return bp_fail_memory(error);
        r->lines[r->n_lines++] = at;
        r->lines[r->n_lines] = at = newline + 1;
    }
    *n = r->n_lines;
    return BP_OK;
}

bool bp_records_cut(const bp_records *r, size_t i, bp_cells *own)
{
    char *at = r->lines[i], *end = r->lines[i + 1] - 1;
    return !all_blank(at, end, r->delimiter) && !memchr(at, '"', (size_t)(end - at)) &&
           !cut_record(r, own, at, end, false, NULL);
}

void bp_records_take(bp_records *r, size_t n)
{
    r->window.start = (size_t)(r->lines[n] - r->window.buffer);
    r->next_line += n;
    r->leave = n < r->n_lines;
}

bp_status bp_records_begin(bp_records *r, bp_input *input, char delimiter, bp_error *error)
{
    *r = (bp_records){.window = {.input = input}, .next_line = 1};
    bp_window *w = &r->window;
    bp_status status = bp_window_begin(w, error);
    if (status)
        return status;
    r->delimiter =
        delimiter ? delimiter : detect_delimiter(w->buffer + w->start, w->buffer + w->end);
    return BP_OK;
}

void bp_records_end(bp_records *r)
{
    free(r->window.buffer);
    free(r->cells.at);
    free(r->lines);
}
