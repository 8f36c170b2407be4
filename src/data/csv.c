/* csv.c: tables from CSV files (RFC 4180), in one pass and without an allocation a cell.
 *
 * The file goes through a buffer that always holds a whole record; cells are slices of it. */
#include "data/dataset_internal.h"
#include "data/encoding.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct cell {
    char *text; /* into the buffer, not terminated */
    size_t length;
} cell;

/* CATEGORIES: text by the user's or a model's wish, whatever the cells look like. */
typedef enum column_kind { UNDECIDED, NUMBERS, TEXTS, CATEGORIES } column_kind;

typedef struct reader {
    const char *path;
    FILE *file;
    bp_error *error;
    char *buffer;
    size_t capacity, start, end; /* unread bytes: start … end−1 */
    bool at_eof;
    char delimiter;
    size_t line, next_line; /* of the record at hand, of the one after it */
    size_t first_line;      /* of the first record */
    bp_header header;       /* AUTO: not known yet */
    bool first_line_taken;  /* as a row */
    bool drop_missing;
    cell *cells; /* of the record at hand */
    size_t n_cells, cells_capacity;
    bp_dataset *table; /* under construction */
    size_t values_capacity;
    column_kind *kinds;          /* one a column */
    const bp_encoding *encoding; /* that the table is read for; NULL: none yet */
} reader;

/* ---- Records out of the file -------------------------------------------------------------- */

/* Reads on, keeping the unread bytes; at_eof tells whether the file has ended. */
static bp_status load_more(reader *r)
{
    enum { AT_LEAST = 1 << 18 };
    if (r->start) {
        memmove(r->buffer, r->buffer + r->start, r->end - r->start);
        r->end -= r->start;
        r->start = 0;
    }
    if (!bp_grow(&r->buffer, &r->capacity, r->end + AT_LEAST, 1))
        return bp_fail_memory(r->error);
    size_t got = fread(r->buffer + r->end, 1, r->capacity - r->end, r->file);
    r->end += got;
    if (got == 0 && ferror(r->file))
        return bp_fail_at(r->error, BP_ERROR_FILE, r->path, 0, "cannot be read: %s",
                          strerror(errno));
    r->at_eof = got == 0;
    return BP_OK;
}

/* The first byte after a quoted cell that opens at `at`, NULL if its end is not in sight. */
static char *skip_quoted(char *at, char *end)
{
    for (at++; (at = memchr(at, '"', (size_t)(end - at))); at += 2)
        if (at + 1 == end || at[1] != '"') /* two quotes stand for one */
            return at + 1;
    return NULL;
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

/* The newline that ends the record at `at`, `end` if none is in sight; *open if that is because a
 * quoted cell does not end. */
static char *record_end(char *at, char *end, char delimiter, bool *open)
{
    char *newline = memchr(at, '\n', (size_t)(end - at));
    char *stop = newline ? newline : end;
    *open = false;
    if (!memchr(at, '"', (size_t)(stop - at)))
        return stop;
    for (bool cell_starts = true; at < end && *at != '\n';) {
        if (cell_starts && *at == '"') {
            if (!(at = skip_quoted(at, end))) {
                *open = true;
                return end;
            }
            cell_starts = false;
        } else {
            cell_starts = *at == delimiter || (cell_starts && is_blank(*at));
            at++;
        }
    }
    return at;
}

/* A cell from `at` on; *next is the delimiter after it, or `end`. */
static bp_status take_cell(reader *r, char *at, char *end, char **next)
{
    while (at < end && is_blank(*at) && *at != r->delimiter)
        at++;
    cell found = {.text = at};
    if (at < end && *at == '"') {
        char *to = ++at;
        found.text = at;
        for (; *at != '"' || (at + 1 < end && at[1] == '"'); *to++ = *at++)
            if (*at == '"')
                at++;
        found.length = (size_t)(to - found.text);
        for (at++; at < end && is_blank(*at) && *at != r->delimiter;)
            at++;
        if (at < end && *at != r->delimiter)
            return bp_fail_at(
                r->error, BP_ERROR_FORMAT, r->path, r->line,
                "column %zu: text after the closing quote of a cell; a quote inside a "
                "quoted cell is written twice",
                r->n_cells + 1);
        *next = at;
    } else {
        char *stop = at;
        while (stop < end && *stop != r->delimiter)
            stop++;
        *next = stop;
        while (stop > found.text && is_blank(stop[-1]))
            stop--;
        found.length = (size_t)(stop - found.text);
        if (memchr(found.text, '\r', found.length))
            return bp_fail_at(r->error, BP_ERROR_FORMAT, r->path, r->line,
                              "column %zu: a carriage return within a line; end lines with LF or "
                              "CR LF",
                              r->n_cells + 1);
    }
    if (!bp_grow(&r->cells, &r->cells_capacity, r->n_cells + 1, sizeof *r->cells))
        return bp_fail_memory(r->error);
    r->cells[r->n_cells++] = found;
    return BP_OK;
}

static bp_status split_record(reader *r, char *at, char *end)
{
    r->n_cells = 0;
    bool by_blanks = r->delimiter == ' '; /* of which a run counts as one, and none at the ends */
    while (by_blanks && end > at && is_blank(end[-1]))
        end--;
    for (;; at++) {
        while (by_blanks && at < end && is_blank(*at))
            at++;
        bp_status status = take_cell(r, at, end, &at);
        if (status || at == end)
            return status;
    }
}

static bool all_blank(const char *at, const char *end)
{
    while (at < end && (is_blank(*at) || *at == '\r'))
        at++;
    return at == end;
}

/* A tab or semicolon that stands in the first line outside quotes delimits, for a comma beside it
 * is a decimal point or punctuation; else the more frequent of comma and |; else a space. A tab
 * next to a comma or a blank only pads. */
static char detect_delimiter(const char *at, const char *end)
{
    size_t counts[256] = {0};
    bool quoted = false, cell_starts = true;
    char before = '\n';
    while (at < end && (is_blank(*at) || *at == '\n' || *at == '\r'))
        at++; /* blank lines do not count */
    for (; at < end && (quoted || *at != '\n'); at++) {
        bool pads = *at == '\t' && (strchr(", ", before) || (at + 1 < end && strchr(", ", at[1])));
        if (!quoted && !pads)
            counts[(unsigned char)*at]++;
        if (*at == '"' && (quoted || cell_starts))
            quoted = !quoted;
        cell_starts = *at && strchr("\t;,| ", *at);
        before = *at;
    }
    if (counts['\t'] || counts[';'])
        return counts['\t'] ? '\t' : ';';
    if (counts[','] || counts['|'])
        return counts['|'] > counts[','] ? '|' : ',';
    return counts[' '] ? ' ' : ',';
}

/* Splits the next record that is not blank into cells; *more is false at the end of the file. */
static bp_status next_record(reader *r, bool *more)
{
    for (;;) {
        bool open = false;
        char *at = r->buffer + r->start, *end = r->buffer + r->end;
        char *stop = r->start < r->end ? record_end(at, end, r->delimiter, &open) : end;
        if (stop == end && !r->at_eof) {
            bp_status status = load_more(r);
            if (status)
                return status;
            continue;
        }
        r->line = r->next_line;
        if (open)
            return bp_fail_at(r->error, BP_ERROR_FORMAT, r->path, r->line,
                              "a quoted cell of this record does not end; close its quote");
        if (at == end) {
            *more = false;
            return BP_OK;
        }
        for (const char *c = at; c < stop; c++)
            r->next_line += *c == '\n';
        r->next_line++;
        r->start = (size_t)(stop - r->buffer) + (stop < end);
        if (all_blank(at, stop))
            continue;
        if (stop > at && stop[-1] == '\r')
            stop--;
        *more = true;
        return split_record(r, at, stop);
    }
}

/* ---- Cells into the table ----------------------------------------------------------------- */

static bool is_missing(const cell *c)
{
    static const char *const marks[] = {"?", "NA", "N/A", "nan", "null"};
    if (c->length == 0)
        return true;
    for (size_t i = 0; i < sizeof marks / sizeof *marks && c->length <= 4; i++)
        if (strlen(marks[i]) == c->length && strncasecmp(marks[i], c->text, c->length) == 0)
            return true;
    return false;
}

static bool is_number(const cell *c)
{
    double ignored;
    return bp_parse_number(c->text, c->length, &ignored);
}

static bp_status fail_mixed(reader *r, size_t c, const char *text, size_t length, size_t line)
{
    char label[BP_COLUMN_TEXT_SIZE];
    return bp_fail_at(r->error, BP_ERROR_FORMAT, r->path, line,
                      "%s: '%.*s' is not a number, as other cells of this column are; correct it, "
                      "or leave the cell empty if the value is missing%s%s",
                      bp_column_text(r->table, c, label), length < 60 ? (int)length : 60, text,
                      r->encoding ? "" : "; --categorical takes a column as text",
                      line == r->first_line ? "; if the first line holds names, --header yes" : "");
}

static bp_status check_text(reader *r, size_t c, const cell *it)
{
    char label[BP_COLUMN_TEXT_SIZE];
    if (memchr(it->text, '\0', it->length))
        return bp_fail_at(r->error, BP_ERROR_FORMAT, r->path, r->line,
                          "%s: a NUL byte: this is not a text file",
                          bp_column_text(r->table, c, label));
    if (bp_utf8_prefix(it->text, it->length) != it->length)
        return bp_fail_at(
            r->error, BP_ERROR_FORMAT, r->path, r->line,
            "%s: text that is not UTF-8; convert the file, such as by iconv -f LATIN1 "
            "-t UTF-8",
            bp_column_text(r->table, c, label));
    return BP_OK;
}

/* "1,5" where a comma does not delimit. */
static bool has_decimal_comma(const cell *it)
{
    char copy[64];
    double ignored;
    const char *comma = memchr(it->text, ',', it->length);
    if (!comma || it->length >= sizeof copy)
        return false;
    memcpy(copy, it->text, it->length);
    copy[comma - it->text] = '.';
    return bp_parse_number(copy, it->length, &ignored);
}

static bp_status add_text(reader *r, size_t c, const cell *it, double *value)
{
    char label[BP_COLUMN_TEXT_SIZE];
    size_t number;
    bp_status status = check_text(r, c, it);
    if (status)
        return status;
    if (r->delimiter != ',' && r->kinds[c] != CATEGORIES && has_decimal_comma(it))
        return bp_fail_at(r->error, BP_ERROR_FORMAT, r->path, r->line,
                          "%s: '%.*s' has a decimal comma; write numbers with a point",
                          bp_column_text(r->table, c, label), (int)it->length, it->text);
    if (r->kinds[c] == NUMBERS)
        return fail_mixed(r, c, it->text, it->length, r->line);
    if (!bp_dictionary_add(&r->table->column[c].words, it->text, it->length, r->line, &number))
        return bp_fail_memory(r->error);
    if (r->kinds[c] == UNDECIDED)
        r->kinds[c] = TEXTS;
    *value = (double)number;
    return BP_OK;
}

static bp_status add_cell(reader *r, size_t c, const cell *it, double *value)
{
    bp_column *column = &r->table->column[c];
    if (r->kinds[c] != CATEGORIES && bp_parse_number(it->text, it->length, value)) {
        if (r->kinds[c] == TEXTS) {
            const bp_word *first = bp_dictionary_first(&column->words);
            return fail_mixed(r, c, first->text, strlen(first->text), first->line);
        }
        r->kinds[c] = NUMBERS;
    } else if (is_missing(it)) {
        *value = NAN;
        if (!column->first_missing)
            column->first_missing = r->line;
    } else {
        return add_text(r, c, it, value);
    }
    return BP_OK;
}

static bool has_missing(const reader *r)
{
    for (size_t c = 0; c < r->n_cells; c++)
        if (is_missing(&r->cells[c]))
            return true;
    return false;
}

/* The record at hand becomes row `row` of the table, those from there on move down; or it is
 * dropped. */
static bp_status insert_row(reader *r, size_t row)
{
    bp_dataset *table = r->table;
    size_t columns = table->columns, needed;
    if (r->n_cells != columns)
        return bp_fail_at(r->error, BP_ERROR_FORMAT, r->path, r->line,
                          "%zu cells, where the first line has %zu (the delimiter is '%s'); make "
                          "them equal",
                          r->n_cells, columns,
                          r->delimiter == '\t' ? "\\t" : (char[]){r->delimiter, '\0'});
    if (r->drop_missing && has_missing(r)) {
        table->rows_dropped++;
        return BP_OK;
    }
    if (!bp_multiply(table->rows + 1, columns, &needed) ||
        !bp_grow(&table->cells, &r->values_capacity, needed, sizeof *table->cells))
        return bp_fail_memory(r->error);
    double *cells = table->cells + row * columns;
    memmove(cells + columns, cells, (table->rows - row) * columns * sizeof *cells);
    for (size_t c = 0; c < columns; c++) {
        bp_status status = add_cell(r, c, &r->cells[c], &cells[c]);
        if (status)
            return status;
    }
    if (row == 0)
        table->first_line = r->line;
    table->rows++;
    return BP_OK;
}

/* ---- The first lines ---------------------------------------------------------------------- */

static bp_status make_columns(reader *r)
{
    r->table->column = bp_allocate(r->n_cells, sizeof *r->table->column);
    r->kinds = bp_allocate(r->n_cells, sizeof *r->kinds);
    if (!r->table->column || !r->kinds)
        return bp_fail_memory(r->error);
    r->table->columns = r->n_cells;
    return BP_OK;
}

static bp_status take_names(reader *r)
{
    for (size_t c = 0; c < r->n_cells; c++) {
        bp_status status = check_text(r, c, &r->cells[c]);
        if (status)
            return status;
        if (!(r->table->column[c].name = bp_copy_text(r->cells[c].text, r->cells[c].length)))
            return bp_fail_memory(r->error);
    }
    return BP_OK;
}

/* What was taken for names were cells: they become the first row. */
static bp_status names_to_row(reader *r)
{
    size_t columns = r->table->columns;
    reader first = *r; /* the record at hand stays at hand in *r */
    first.line = r->first_line;
    first.n_cells = columns;
    first.cells = bp_allocate(columns, sizeof *first.cells);
    if (!first.cells)
        return bp_fail_memory(r->error);
    for (size_t c = 0; c < columns; c++) {
        char *name = r->table->column[c].name;
        first.cells[c] = (cell){name, strlen(name)};
        r->table->column[c].name = NULL; /* messages should not know it */
    }
    bp_status status = insert_row(&first, 0);
    r->values_capacity = first.values_capacity;
    for (size_t c = 0; c < columns; c++)
        free(first.cells[c].text);
    free(first.cells);
    return status;
}

/* Whether the list has an item that is the name of a column, and no number that a cell could be. */
static bool names_a_column(const reader *r, const char *list)
{
    const char *item;
    size_t length;
    double ignored;
    while (bp_next_item(&list, &item, &length))
        for (size_t c = 0; c < r->table->columns; c++) {
            const char *name = r->table->column[c].name;
            if (strlen(name) == length && memcmp(name, item, length) == 0 &&
                !bp_parse_number(item, length, &ignored))
                return true;
        }
    return false;
}

/* Columns of which the encoding expects texts. */
static bp_status mark_expected(reader *r, bool named)
{
    size_t columns = r->table->columns;
    bool *text = bp_allocate(columns, sizeof *text);
    if (!text)
        return bp_fail_memory(r->error);
    bp_encoding_mark_text(r->encoding, r->table, named && r->encoding->inputs[0].name, text);
    for (size_t c = 0; c < columns; c++)
        if (text[c])
            r->kinds[c] = CATEGORIES;
    free(text);
    return BP_OK;
}

/* Decides, before any cell is read, which columns are text by wish. Names that are known to be
 * those of columns settle that the first line holds them. */
static bp_status choose_categories(reader *r, const char *list)
{
    const char *item;
    size_t length, c = 0;
    bp_status status = BP_OK;
    if (r->header == BP_HEADER_AUTO &&
        (names_a_column(r, list) ||
         (r->encoding && bp_encoding_is_named_in(r->encoding, r->table))))
        r->header = BP_HEADER_YES;
    bool named = r->header == BP_HEADER_YES;
    while (!status && bp_next_item(&list, &item, &length)) {
        status = bp_find_column(r->table, item, length, named, &c, r->error);
        if (!status)
            r->kinds[c] = CATEGORIES;
    }
    return status || !r->encoding ? status : mark_expected(r, named);
}

/* The first line is a header if it has text above a column of numbers, and no number: one beside a
 * number is rather a mistake in a row. It is none if it has no text, or text only above text; until
 * then it is not known. */
static bp_header judge_header(const reader *r)
{
    bool open = false, above_numbers = false, number = false;
    for (size_t c = 0; c < r->table->columns; c++) {
        char *name = r->table->column[c].name;
        cell first = {name, strlen(name)};
        bool text = !is_number(&first) && !is_missing(&first);
        number = number || is_number(&first);
        above_numbers = above_numbers || (text && r->kinds[c] == NUMBERS);
        open = open || (text && r->kinds[c] == UNDECIDED);
    }
    if (above_numbers)
        return number ? BP_HEADER_NO : BP_HEADER_YES;
    return open && !number ? BP_HEADER_AUTO : BP_HEADER_NO;
}

/* Settles what the first line is, as soon as the rows so far tell, or at the end of the file. */
static bp_status settle_header(reader *r, bool at_end)
{
    if (r->header == BP_HEADER_AUTO) {
        r->header = judge_header(r);
        if (at_end && r->header == BP_HEADER_AUTO)
            r->header = BP_HEADER_NO;
    }
    if (r->header != BP_HEADER_NO || r->first_line_taken)
        return BP_OK;
    r->first_line_taken = true;
    return names_to_row(r);
}

/* The first line, as names for the time being. */
static bp_status read_first_line(reader *r)
{
    bool more;
    bp_status status = next_record(r, &more);
    if (!status && !more)
        return bp_fail_at(r->error, BP_ERROR_FORMAT, r->path, 0,
                          "the file is empty; expected a line of cells for each row");
    r->first_line = r->line;
    if (!status)
        status = make_columns(r);
    return status ? status : take_names(r);
}

static bp_status read_rows(reader *r)
{
    bool more = true;
    bp_status status = settle_header(r, false);
    while (!status) {
        status = next_record(r, &more);
        if (status || !more)
            break;
        status = insert_row(r, r->table->rows);
        if (!status && r->header == BP_HEADER_AUTO)
            status = settle_header(r, false);
    }
    return status ? status : settle_header(r, true);
}

static bp_status read_table(reader *r, const bp_read_options *options)
{
    bp_status status = load_more(r);
    if (status)
        return status;
    if (r->end >= 3 && memcmp(r->buffer, "\xef\xbb\xbf", 3) == 0)
        r->start = 3; /* the byte order mark of UTF-8 */
    r->delimiter = options->delimiter;
    if (!r->delimiter)
        r->delimiter = detect_delimiter(r->buffer + r->start, r->buffer + r->end);
    r->header = options->header;
    r->drop_missing = options->drop_missing;
    status = read_first_line(r);
    if (!status)
        status = choose_categories(r, options->categorical);
    if (!status)
        status = read_rows(r);
    if (!status && !r->table->rows)
        status = bp_fail_at(r->error, BP_ERROR_FORMAT, r->path, 0,
                            r->table->rows_dropped
                                ? "every row has a missing cell, so all were left out"
                                : "no rows below the header line; --header no takes it as data");
    for (size_t c = 0; !status && c < r->table->columns; c++)
        r->table->column[c].is_text = r->kinds[c] == TEXTS || r->kinds[c] == CATEGORIES;
    return status;
}

bp_status bp_dataset_read(const char *path, const bp_read_options *options, bp_dataset **dataset,
                          bp_error *error)
{
    return bp_dataset_read_for(NULL, path, options, dataset, error);
}

bp_status bp_dataset_read_for(const bp_encoding *encoding, const char *path,
                              const bp_read_options *options, bp_dataset **dataset, bp_error *error)
{
    static const bp_read_options automatic = {0};
    if (!path || !dataset)
        return bp_fail(error, BP_ERROR_ARGUMENT, "path and dataset must not be NULL");
    if (options && options->delimiter && strchr("\"\r\n", options->delimiter))
        return bp_fail(error, BP_ERROR_ARGUMENT, "a quote or an end of line cannot delimit cells");
    bool is_stdin = strcmp(path, "-") == 0;
    reader r = {.path = path, .error = error, .next_line = 1, .encoding = encoding};
    r.file = is_stdin ? stdin : fopen(path, "rb");
    if (!r.file)
        return bp_fail_at(error, BP_ERROR_FILE, path, 0, "cannot be opened: %s", strerror(errno));
    r.table = bp_dataset_new(r.path);
    bp_status status =
        r.table ? read_table(&r, options ? options : &automatic) : bp_fail_memory(error);
    if (!is_stdin)
        fclose(r.file);
    free(r.buffer);
    free(r.cells);
    free(r.kinds);
    if (status)
        bp_dataset_destroy(r.table);
    else
        *dataset = r.table;
    return status;
}
