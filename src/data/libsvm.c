/* libsvm.c: the sparse text files of LIBSVM and SVMlight, a line a row:
 *
 *     label index:value index:value …     # a comment
 *
 * Indices count from 1 and ascend; a value that is not there is 0. The table has a column for each
 * index up to the greatest in the file (or up to those that a model was made for), then the label.
 *
 * Rows stay sparse in memory, 12 bytes a value that is not 0. How many columns there are is known
 * at the end only, though a table that is read block by block must have them from the first: an
 * uncompressed file is therefore gone through twice, and what cannot be (a pipe, a gzipped file) is
 * held, sparse, as a whole. */
#include "data/format.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "data/window.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_INDEX = BP_MOST_COLUMNS - 1 }; /* the label is a column, too */

/* ---- Sparse rows -------------------------------------------------------------------------- */

/* The values of row i are those from ends[i − 1] (0 for the first row) to ends[i] − 1. */
typedef struct rows {
    size_t n, n_values;
    double *labels;
    size_t *ends;
    uint32_t *columns; /* index − 1; ascending within a row */
    double *values;
    size_t labels_capacity, ends_capacity, columns_capacity, values_capacity;
    size_t greatest;   /* index of all rows so far, those that were taken out included */
    size_t first_line; /* of row 0 */
} rows;

static void free_rows(rows *r)
{
    free(r->labels);
    free(r->ends);
    free(r->columns);
    free(r->values);
}

static bool add_value(rows *to, size_t index, double value)
{
    if (index > to->greatest)
        to->greatest = index;
    if (value == 0 && !signbit(value))
        return true;
    size_t n = to->n_values + 1;
    if (!bp_grow(&to->columns, &to->columns_capacity, n, sizeof *to->columns) ||
        !bp_grow(&to->values, &to->values_capacity, n, sizeof *to->values))
        return false;
    to->columns[to->n_values] = (uint32_t)(index - 1);
    to->values[to->n_values++] = value;
    return true;
}

/* Makes a row of the values that were added since the last. */
static bool end_row(rows *to, double label)
{
    if (!bp_grow(&to->labels, &to->labels_capacity, to->n + 1, sizeof *to->labels) ||
        !bp_grow(&to->ends, &to->ends_capacity, to->n + 1, sizeof *to->ends))
        return false;
    to->labels[to->n] = label;
    to->ends[to->n++] = to->n_values;
    return true;
}

static size_t start_of(const rows *r, size_t row) { return row ? r->ends[row - 1] : 0; }

/* The first value of a row in that column or a later one. */
static size_t find_column(const rows *r, size_t row, size_t column)
{
    size_t low = start_of(r, row), high = r->ends[row];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (r->columns[middle] < column)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void load_rows(const void *cells, size_t row, size_t first, size_t n, double *to)
{
    const rows *r = cells;
    memset(to, 0, n * sizeof *to);
    for (size_t v = find_column(r, row, first); v < r->ends[row] && r->columns[v] - first < n; v++)
        to[r->columns[v] - first] = r->values[v];
}

static void destroy_rows(void *cells)
{
    free_rows(cells);
    free(cells);
}

/* Copies rows first … first + n − 1. */
static bool copy_rows(const rows *from, size_t first, size_t n, rows *copy)
{
    size_t start = start_of(from, first), n_values = start_of(from, first + n) - start;
    rows made = {.n = n, .n_values = n_values};
    if (!bp_grow(&made.labels, &made.labels_capacity, n, sizeof *made.labels) ||
        !bp_grow(&made.ends, &made.ends_capacity, n, sizeof *made.ends) ||
        !bp_grow(&made.columns, &made.columns_capacity, n_values, sizeof *made.columns) ||
        !bp_grow(&made.values, &made.values_capacity, n_values, sizeof *made.values)) {
        free_rows(&made);
        return false;
    }
    memcpy(made.labels, from->labels + first, n * sizeof *made.labels);
    for (size_t i = 0; i < n; i++)
        made.ends[i] = from->ends[first + i] - start;
    for (size_t v = 0; v < n_values; v++) {
        made.columns[v] = from->columns[start + v];
        made.values[v] = from->values[start + v];
    }
    *copy = made;
    return true;
}

/* ---- Lines -------------------------------------------------------------------------------- */

/* The file on its way in, and where in it messages point. */
typedef struct source {
    bp_window window;
    size_t line;     /* of which the tokens are; 0: before the first */
    size_t pair;     /* the token's number among the pairs; 0: the label */
    bp_error *error; /* of the call at hand */
} source;

typedef struct token {
    const char *text;
    size_t length;
} token;

/* Its beginning, for messages: the arguments of a "%.*s". */
#define SHOWN(t) ((t)->length < 60 ? (int)(t)->length : 60), (t)->text

static const char *name_of(const source *s) { return bp_input_name(s->window.input); }

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* The next of the tokens that blanks separate; false if there is none. */
static bool next_token(const char **at, const char *end, token *t)
{
    while (*at < end && is_blank(**at))
        ++*at;
    t->text = *at;
    while (*at < end && !is_blank(**at))
        ++*at;
    t->length = (size_t)(*at - t->text);
    return t->length > 0;
}

/* Where in a line its comment or its end of line begins. */
static const char *end_of_content(const char *at, const char *end)
{
    const char *comment = at < end ? memchr(at, '#', (size_t)(end - at)) : NULL;
    if (comment)
        return comment;
    return end > at && end[-1] == '\r' ? end - 1 : end;
}

/* What no line of text may have, wherever it stands. */
static bp_status check_bytes(const source *s, const char *at, const char *end)
{
    size_t length = (size_t)(end - at), good = bp_utf8_prefix(at, length);
    const char *nul = memchr(at, '\0', length), *cr = memchr(at, '\r', length);
    if (nul)
        return bp_fail_at(s->error, BP_ERROR_FORMAT, name_of(s), s->line,
                          "byte %zu of the line: a NUL byte: this is not a text file in UTF-8",
                          (size_t)(nul - at) + 1);
    if (good < length)
        return bp_fail_at(s->error, BP_ERROR_FORMAT, name_of(s), s->line,
                          "byte %zu of the line: text that is not UTF-8; convert the file, such as "
                          "by iconv -f LATIN1 -t UTF-8",
                          good + 1);
    if (cr && cr + 1 < end)
        return bp_fail_at(s->error, BP_ERROR_FORMAT, name_of(s), s->line,
                          "byte %zu of the line: a carriage return within a line; end lines with "
                          "LF or CR LF",
                          (size_t)(cr - at) + 1);
    return BP_OK;
}

/* ---- Rows out of lines -------------------------------------------------------------------- */

#define EXPECTED "expected lines of the form 'label index:value index:value …'"

static bp_status take_label(const source *s, const token *t, double *label)
{
    if (bp_parse_number(t->text, t->length, label))
        return BP_OK;
    if (memchr(t->text, ':', t->length))
        return bp_fail_at(s->error, BP_ERROR_FORMAT, name_of(s), s->line,
                          "no label before '%.*s'; begin the line with a number, such as 0 where "
                          "the label is not known",
                          SHOWN(t));
    if (memchr(t->text, ',', t->length))
        return bp_fail_at(s->error, BP_ERROR_FORMAT, name_of(s), s->line,
                          "label '%.*s' is not one number; rows with several labels cannot be read "
                          "from LIBSVM files, and a decimal comma must be a point",
                          SHOWN(t));
    return bp_fail_at(s->error, BP_ERROR_FORMAT, name_of(s), s->line,
                      "label '%.*s' is not a finite decimal number; " EXPECTED, SHOWN(t));
}

static bp_status take_index(const source *s, const token *t, size_t last, size_t *index)
{
    uint64_t number;
    bool whole = bp_parse_whole(t->text, t->length, &number);
    if (whole && number == 0)
        return bp_fail_at(s->error, BP_ERROR_FORMAT, name_of(s), s->line,
                          "pair %zu: index 0, but indices count from 1; scikit-learn's "
                          "dump_svmlight_file counts so with zero_based=False",
                          s->pair);
    if (!whole || number > MOST_INDEX)
        return bp_fail_at(s->error, BP_ERROR_FORMAT, name_of(s), s->line,
                          "pair %zu: index '%.*s' is not a whole number from 1 to %d", s->pair,
                          SHOWN(t), MOST_INDEX);
    if (number <= last)
        return bp_fail_at(s->error, BP_ERROR_FORMAT, name_of(s), s->line,
                          "pair %zu: index %zu after index %zu; write each once, in ascending "
                          "order",
                          s->pair, (size_t)number, last);
    *index = (size_t)number;
    return BP_OK;
}

/* Adds a pair index:value; *last is the index of the one before it, and of this one then. */
static bp_status take_pair(const source *s, const token *t, rows *to, size_t *last)
{
    const char *colon = memchr(t->text, ':', t->length);
    if (!colon)
        return bp_fail_at(s->error, BP_ERROR_FORMAT, name_of(s), s->line,
                          "pair %zu: '%.*s' has no colon; expected index:value, without blanks",
                          s->pair, SHOWN(t));
    token index = {t->text, (size_t)(colon - t->text)};
    token value = {colon + 1, t->length - index.length - 1};
    double number;
    if (index.length == 3 && memcmp(index.text, "qid", 3) == 0)
        return bp_fail_at(s->error, BP_ERROR_FORMAT, name_of(s), s->line,
                          "pair %zu: '%.*s' groups rows for ranking, which is not done here; "
                          "expected index:value, so take it out of every line",
                          s->pair, SHOWN(t));
    bp_status status = take_index(s, &index, *last, last);
    if (status)
        return status;
    if (!bp_parse_number(value.text, value.length, &number))
        return bp_fail_at(s->error, BP_ERROR_FORMAT, name_of(s), s->line,
                          "pair %zu: value '%.*s' of index %zu is not a finite decimal number, "
                          "such as 0.5 or 1e-3",
                          s->pair, SHOWN(&value), *last);
    return add_value(to, *last, number) ? BP_OK : bp_fail_memory(s->error);
}

/* Adds the row of a line, if it has one. */
static bp_status take_content(source *s, const char *at, const char *end, rows *to)
{
    token t;
    double label;
    size_t last = 0;
    s->pair = 0;
    if (!next_token(&at, end, &t))
        return BP_OK;
    bp_status status = take_label(s, &t, &label);
    while (!status && next_token(&at, end, &t)) {
        s->pair++;
        status = take_pair(s, &t, to, &last);
    }
    if (status)
        return status;
    if (to->n == 0)
        to->first_line = s->line;
    return end_row(to, label) ? BP_OK : bp_fail_memory(s->error);
}

/* What is wrong with the bytes of a line explains what is wrong with its tokens; what stands in
 * these needs no other check. */
static bp_status take_line(source *s, const char *at, const char *end, rows *to)
{
    const char *content = end_of_content(at, end);
    bp_status bytes = BP_OK, status = take_content(s, at, content, to);
    if (status == BP_ERROR_FORMAT || (content < end && *content == '#'))
        bytes = check_bytes(s, at, end);
    return bytes ? bytes : status;
}

/* The next line, or what is left at the end of the file. */
static bp_status find_line(source *s, const char **at, const char **end, bool *ends)
{
    bp_window *w = &s->window;
    for (;;) {
        size_t unread = w->end - w->start;
        const char *newline = unread ? memchr(w->buffer + w->start, '\n', unread) : NULL;
        if (newline || w->at_end) {
            *at = w->buffer + w->start;
            *end = newline ? newline : *at + unread;
            *ends = newline != NULL;
            return BP_OK;
        }
        bp_status status = bp_window_more(w, s->line + 1, s->error);
        if (status)
            return status;
    }
}

/* Takes the next line, whether there is a row in it or not; *more is false after the last. */
static bp_status next_line(source *s, rows *to, bool *more)
{
    const char *at, *end;
    bool ends;
    bp_status status = find_line(s, &at, &end, &ends);
    if (status)
        return status;
    *more = ends || at < end;
    if (!*more)
        return BP_OK;
    s->window.start += (size_t)(end - at) + ends;
    s->line++;
    return take_line(s, at, end, to);
}

/* ---- Tables ------------------------------------------------------------------------------- */

typedef struct reader {
    source source;
    const bp_encoding *encoding; /* that the table is read for; NULL: none */
    rows rows;                   /* not given yet, but for the first `given` of them */
    size_t given;
    size_t features; /* columns besides the label */
    bool begun;
    bool holds_all; /* the first block waits until all rows are there */
} reader;

/* A first look at a file: its greatest index. */
static bp_status find_greatest(const char *name, const bp_mapping *file, size_t *greatest,
                               bp_error *error)
{
    source s = {.error = error};
    rows found = {0};
    bool more = true;
    bp_status status = bp_input_of_bytes(name, file->bytes, file->size, &s.window.input, error);
    if (status)
        return status;
    status = bp_window_begin(&s.window, error);
    while (!status && more) {
        found.n = found.n_values = 0; /* only the greatest index is wanted */
        status = next_line(&s, &found, &more);
    }
    *greatest = found.greatest;
    free_rows(&found);
    free(s.window.buffer);
    bp_input_close(s.window.input);
    return status;
}

static void settle_features(reader *r, size_t greatest)
{
    size_t expected = r->encoding ? r->encoding->table_columns - 1 : 0;
    bool fits = expected <= MOST_INDEX; /* or binding tells of it */
    r->features = fits && expected > greatest ? expected : greatest;
}

/* How the columns become known. */
static bp_status begin(reader *r, size_t most)
{
    bp_mapping file;
    bp_input *input = r->source.window.input;
    size_t greatest;
    r->begun = true;
    r->holds_all = most == SIZE_MAX || !bp_input_map(input, &file);
    bp_status status = bp_window_begin(&r->source.window, r->source.error);
    if (r->holds_all)
        return status;
    if (!status)
        status = find_greatest(bp_input_name(input), &file, &greatest, r->source.error);
    bp_mapping_release(&file);
    if (!status)
        settle_features(r, greatest);
    return status;
}

static bp_status read_rows(reader *r, size_t most)
{
    bool more = true;
    bp_status status = BP_OK;
    while (!status && more && (r->holds_all || r->rows.n < most))
        status = next_line(&r->source, &r->rows, &more);
    if (status)
        return status;
    if (r->holds_all && !r->features)
        settle_features(r, r->rows.greatest);
    if (r->rows.greatest > r->features)
        return bp_fail_at(r->source.error, BP_ERROR_FORMAT, name_of(&r->source), r->source.line,
                          "index %zu, where a first look at the file found none above %zu: it has "
                          "been changed meanwhile",
                          r->rows.greatest, r->features);
    return BP_OK;
}

/* Moves the next rows, `most` at most, out of the reader. */
static bool take_rows(reader *r, size_t most, rows *taken)
{
    size_t left = r->rows.n - r->given, n = left < most ? left : most;
    if (n < r->rows.n) {
        bool copied = copy_rows(&r->rows, r->given, n, taken);
        if (copied && !r->given)
            taken->first_line = r->rows.first_line;
        r->given += copied ? n : 0;
        return copied;
    }
    *taken = r->rows;
    r->rows = (rows){.greatest = taken->greatest};
    return true;
}

/* The sparse part and the labels beside it; the rows become the table's, also on failure. */
static bp_status make_table(const reader *r, rows *taken, bp_dataset **table)
{
    bp_dataset *made = bp_dataset_new(name_of(&r->source));
    rows *cells = bp_allocate(1, sizeof *cells);
    if (made) {
        made->parts = bp_allocate(2, sizeof *made->parts);
        made->column = bp_allocate(r->features + 1, sizeof *made->column);
    }
    if (!made || !cells || !made->parts || !made->column ||
        !bp_part_of_doubles(taken->labels, 1, &made->parts[1])) {
        free_rows(taken);
        free(cells);
        bp_dataset_destroy(made);
        return bp_fail_memory(r->source.error);
    }
    *cells = *taken;
    cells->labels = NULL; /* the second part's now */
    made->parts[0] = (bp_part){
        .columns = r->features, .load = load_rows, .cells = cells, .destroy = destroy_rows};
    made->n_parts = 2;
    made->columns = r->features + 1;
    made->rows = taken->n;
    for (size_t c = 0; c < made->columns; c++)
        made->column[c].has_lines = true;
    made->first_line = taken->first_line;
    bp_status status =
        bp_dataset_describe(made, r->source.error, "LIBSVM, %zu indices", r->features);
    if (status)
        bp_dataset_destroy(made);
    else
        *table = made;
    return status;
}

static bp_status next_block(void *state, size_t most, bp_dataset **block, bp_error *error)
{
    reader *r = state;
    bool first = !r->begun;
    rows taken;
    r->source.error = error;
    bp_status status = first ? begin(r, most) : BP_OK;
    if (!status)
        status = read_rows(r, most);
    if (status)
        return status;
    if (r->given < r->rows.n)
        return take_rows(r, most, &taken) ? make_table(r, &taken, block) : bp_fail_memory(error);
    if (first)
        return bp_fail_at(error, BP_ERROR_FORMAT, name_of(&r->source), 0,
                          "no rows in this file; " EXPECTED);
    *block = NULL;
    return BP_OK;
}

static bp_status open_reader(const bp_reading *reading, void **state, bp_error *error)
{
    if (reading->options->categorical)
        return bp_fail_at(error, BP_ERROR_ARGUMENT, bp_input_name(reading->input), 0,
                          "LIBSVM files have no columns of text, so none can be categorical");
    if (reading->options->labels)
        return bp_fail_at(error, BP_ERROR_ARGUMENT, bp_input_name(reading->input), 0,
                          "LIBSVM files have a label in each line; leave out the file of labels");
    reader *r = bp_allocate(1, sizeof *r);
    if (!r)
        return bp_fail_memory(error);
    r->source.window.input = reading->input;
    r->encoding = reading->encoding;
    *state = r;
    return BP_OK;
}

static void close_reader(void *state)
{
    reader *r = state;
    free_rows(&r->rows);
    free(r->source.window.buffer);
    free(r);
}

/* ---- Telling the format ------------------------------------------------------------------- */

static bool looks_like_pair(const token *t)
{
    const char *colon = memchr(t->text, ':', t->length);
    uint64_t index;
    double value;
    if (!colon)
        return false;
    size_t length = (size_t)(colon - t->text);
    return (bp_parse_whole(t->text, length, &index) ||
            (length == 3 && memcmp(t->text, "qid", 3) == 0)) && /* for an error that helps */
           bp_parse_number(colon + 1, t->length - length - 1, &value);
}

/* The first line with more than one token tells: the first must be a number, all others pairs. */
static bool probe(const unsigned char *bytes, size_t size)
{
    const char *at = (const char *)bytes, *end = at + size, *stop;
    if (size >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
        at += 3;
    for (; at < end; at = stop + 1) {
        token t;
        double label;
        size_t pairs = 0;
        stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop)
            stop = end;
        const char *content = end_of_content(at, stop);
        if (stop == end && size == BP_INPUT_AHEAD) /* the last token may be cut */
            while (content > at && !is_blank(content[-1]))
                content--;
        if (!next_token(&at, content, &t))
            continue;
        if (!bp_parse_number(t.text, t.length, &label))
            return false;
        for (; next_token(&at, content, &t); pairs++)
            if (!looks_like_pair(&t))
                return false;
        if (pairs)
            return true;
    }
    return false;
}

/* ---- Writing ------------------------------------------------------------------------------ */

typedef struct writer {
    bp_output *output;
    size_t columns;
    bool begun;  /* the first row is written */
    double *row; /* room for one */
} writer;

static bp_status begin_writing(bp_output *output, const bp_dataset *first, void **state,
                               bp_error *error)
{
    if (first->columns - 1 > MOST_INDEX)
        return bp_fail_at(error, BP_ERROR_SIZE, first->name, 0,
                          "%zu columns besides the label, more than the %d of LIBSVM files that "
                          "can be read",
                          first->columns - 1, MOST_INDEX);
    writer *w = bp_allocate(1, sizeof *w);
    if (!w || !(w->row = bp_allocate(first->columns, sizeof *w->row))) {
        free(w);
        return bp_fail_memory(error);
    }
    w->output = output;
    w->columns = first->columns;
    *state = w;
    return BP_OK;
}

/* Numbers alone can be written. */
static bp_status check_column(const bp_dataset *block, size_t c, bp_error *error)
{
    bp_status status = bp_check_numbers(block, c, "LIBSVM", error);
    size_t row = status ? 0 : bp_dataset_first_missing(block, c);
    if (!status && row < block->rows)
        return bp_fail_missing(block, c, row, "value",
                               "write CSV, for LIBSVM cannot hold a missing cell", error);
    return status;
}

/* The pair of column c, if there must be one: of all cells but 0, and of the last in the first row,
 * from which a reader knows how many there are. */
static bp_status write_pair(writer *w, size_t c, bp_error *error)
{
    char text[BP_NUMBER_SIZE + 32], number[BP_NUMBER_SIZE];
    double value = w->row[c];
    bool tells_width = !w->begun && c + 2 == w->columns;
    if (value == 0 && !signbit(value) && !tells_width)
        return BP_OK;
    int length = snprintf(text, sizeof text, " %zu:%s", c + 1, bp_print_number(value, number));
    return bp_output_write(w->output, text, (size_t)length, error);
}

static bp_status write_row(writer *w, bp_error *error)
{
    char label[BP_NUMBER_SIZE];
    bp_print_number(w->row[w->columns - 1], label);
    bp_status status = bp_output_write(w->output, label, strlen(label), error);
    for (size_t c = 0; !status && c + 1 < w->columns; c++)
        status = write_pair(w, c, error);
    w->begun = true;
    return status ? status : bp_output_write(w->output, "\n", 1, error);
}

static bp_status add_block(void *state, const bp_dataset *block, bp_error *error)
{
    writer *w = state;
    bp_status status = BP_OK;
    for (size_t c = 0; !status && c < w->columns; c++)
        status = check_column(block, c, error);
    for (size_t i = 0; !status && i < block->rows; i++) {
        bp_dataset_load(block, i, 0, w->columns, w->row);
        status = write_row(w, error);
    }
    return status;
}

static bp_status finish_writing(void *state, bp_error *error)
{
    (void)state, (void)error; /* the last line is with the output */
    return BP_OK;
}

static void abandon_writing(void *state)
{
    writer *w = state;
    free(w->row);
    free(w);
}

const bp_format bp_format_libsvm = {
    .extensions = "libsvm,svm,svmlight",
    .probe = probe,
    .open = open_reader,
    .next = next_block,
    .close = close_reader,
    .begin = begin_writing,
    .add = add_block,
    .finish = finish_writing,
    .abandon = abandon_writing,
};
