/* csv.c: tables from CSV files (RFC 4180), in one pass and without an allocation a cell.
 *
 * What the first line is, and what each column holds, is learnt from one record after another.
 * Lines from which nothing is left to be learnt become rows many at a time, side by side. */
#include "data/csv_record.h"
#include "data/csv_write.h"
#include "data/format.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/team.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* CATEGORIES: text by the user's or a model's wish, whatever the cells look like. IGNORED: of no
 * use to them; the cells may look like anything, and are missing. */
typedef enum column_kind { UNDECIDED, NUMBERS, TEXTS, CATEGORIES, IGNORED } column_kind;

enum { MOST_MEMBERS = 8 }; /* of a team: more would wait for the lines to be found */

typedef struct reader {
    bp_records records;
    const char *path;
    const bp_read_options *options;
    const bp_encoding *encoding; /* that the table is read for; NULL: none yet */
    bp_error *error;             /* of the call at hand */
    bool begun;                  /* the first line is read */
    size_t first_line;           /* its number */
    bp_header header;            /* AUTO: not known yet */
    const char *why;             /* it is so */
    bool first_line_taken;       /* as a row */
    column_kind *kinds;          /* one a column */
    bp_dataset *table;           /* the block under construction: its columns, */
    double *values;              /* and its rows×columns cells */
    size_t capacity;             /* of those */
    bp_team *team;               /* NULL: nothing was large enough for one */
    bp_cells own[MOST_MEMBERS];  /* of the line that a member of it has at hand */
} reader;

/* ---- Cells into the table ----------------------------------------------------------------- */

static bool is_missing(const bp_cell *c)
{
    static const char *const marks[] = {"?", "NA", "N/A", "nan", "null"};
    if (c->length == 0)
        return true;
    for (size_t i = 0; i < sizeof marks / sizeof *marks && c->length <= 4; i++)
        if (strlen(marks[i]) == c->length && strncasecmp(marks[i], c->text, c->length) == 0)
            return true;
    return false;
}

static bool is_number(const bp_cell *c)
{
    double ignored;
    return bp_parse_number(c->text, c->length, &ignored);
}

/* Of a text in a column of numbers; `number`: NULL, or the first of these, at hand. */
static bp_status fail_mixed(reader *r, size_t c, const char *text, size_t length, size_t line,
                            const bp_cell *number)
{
    enum { SHOWN = 60 };
    char label[BP_COLUMN_TEXT_SIZE], problem[SHOWN + 60];
    if (bp_number_overflows(text, length))
        snprintf(problem, sizeof problem, "more than a double can hold");
    else if (number)
        snprintf(problem, sizeof problem, "not a number, as '%.*s' in line %zu is",
                 number->length < SHOWN ? (int)number->length : SHOWN, number->text,
                 r->records.line);
    else
        snprintf(problem, sizeof problem, "not a number, as other cells of this column are");
    return bp_fail_at(r->error, BP_ERROR_FORMAT, r->path, line,
                      "%s: '%.*s' is %s; correct it, or leave the cell empty if the value is "
                      "missing%s%s",
                      bp_column_text(r->table, c, label), length < SHOWN ? (int)length : SHOWN,
                      text, problem, r->encoding ? "" : "; --categorical takes a column as text",
                      line == r->first_line ? "; if the first line holds names, --header yes" : "");
}

static bp_status check_text(reader *r, size_t c, const bp_cell *it)
{
    char label[BP_COLUMN_TEXT_SIZE];
    if (memchr(it->text, '\0', it->length))
        return bp_fail_at(r->error, BP_ERROR_FORMAT, r->path, r->records.line,
                          "%s: a NUL byte: this is not a text file in UTF-8",
                          bp_column_text(r->table, c, label));
    if (bp_utf8_prefix(it->text, it->length) != it->length)
        return bp_fail_at(
            r->error, BP_ERROR_FORMAT, r->path, r->records.line,
            "%s: text that is not UTF-8; convert the file, such as by iconv -f LATIN1 "
            "-t UTF-8",
            bp_column_text(r->table, c, label));
    return BP_OK;
}

/* "1,5" where a comma does not delimit. */
static bool has_decimal_comma(const bp_cell *it)
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

static bp_status add_text(reader *r, size_t c, const bp_cell *it, double *value)
{
    char label[BP_COLUMN_TEXT_SIZE];
    size_t number;
    bp_status status = check_text(r, c, it);
    if (status)
        return status;
    bool text = r->kinds[c] == TEXTS || r->kinds[c] == CATEGORIES;
    if (r->records.delimiter != ',' && !text && has_decimal_comma(it))
        return bp_fail_at(r->error, BP_ERROR_FORMAT, r->path, r->records.line,
                          "%s: '%.*s' has a decimal comma; write numbers with a point%s%s",
                          bp_column_text(r->table, c, label), (int)it->length, it->text,
                          r->options->delimiter ? ", or, if commas delimit cells, --delimiter ,"
                                                : "",
                          r->encoding ? "" : "; --categorical takes a column as text");
    if (r->kinds[c] == NUMBERS)
        return fail_mixed(r, c, it->text, it->length, r->records.line, NULL);
    if (!bp_dictionary_add(&r->table->column[c].words, it->text, it->length, r->records.line,
                           &number))
        return bp_fail_memory(r->error);
    if (r->kinds[c] == UNDECIDED)
        r->kinds[c] = TEXTS;
    *value = (double)number;
    return BP_OK;
}

static bp_status add_cell(reader *r, size_t c, const bp_cell *it, double *value)
{
    bp_column *column = &r->table->column[c];
    bool ignored = r->kinds[c] == IGNORED;
    if (!ignored && r->kinds[c] != CATEGORIES && bp_parse_padded(it->text, it->length, value)) {
        if (r->kinds[c] == TEXTS) {
            const bp_word *first = bp_dictionary_first(&column->words);
            return fail_mixed(r, c, first->text, strlen(first->text), first->line, it);
        }
        r->kinds[c] = NUMBERS;
    } else if (ignored || is_missing(it)) {
        *value = NAN;
        if (!column->first_missing)
            column->first_missing = r->records.line;
    } else {
        return add_text(r, c, it, value);
    }
    return BP_OK;
}

static bool has_missing(const reader *r)
{
    for (size_t c = 0; c < r->records.cells.n; c++)
        if (r->kinds[c] != IGNORED && is_missing(&r->records.cells.at[c]))
            return true;
    return false;
}

/* What is no text explains why it has no delimiters. */
static bp_status fail_ragged(reader *r)
{
    size_t n = r->records.cells.n, columns = r->table->columns;
    for (size_t c = 0; c < n && c < columns; c++) {
        bp_status status = check_text(r, c, &r->records.cells.at[c]);
        if (status)
            return status;
    }
    return bp_fail_at(r->error, BP_ERROR_FORMAT, r->path, r->records.line,
                      "%zu cells, where the first line has %zu (the delimiter is '%s'); make them "
                      "equal",
                      n, columns,
                      r->records.delimiter == '\t' ? "\\t" : (char[]){r->records.delimiter, '\0'});
}

/* The record at hand is left out, behind so many rows. */
static bp_status drop_row(reader *r, size_t before)
{
    bp_dataset *table = r->table;
    if (!bp_grow(&table->dropped, &table->dropped_capacity, table->rows_dropped + 1,
                 sizeof *table->dropped))
        return bp_fail_memory(r->error);
    table->dropped[table->rows_dropped++] = before;
    return BP_OK;
}

/* The record at hand becomes row `row` of the table, those from there on move down; or it is
 * dropped. */
static bp_status insert_row(reader *r, size_t row)
{
    bp_dataset *table = r->table;
    size_t columns = table->columns, needed;
    if (r->records.cells.n != columns)
        return fail_ragged(r);
    if (r->options->drop_missing && has_missing(r))
        return drop_row(r, row);
    if (!bp_multiply(table->rows + 1, columns, &needed) ||
        !bp_grow(&r->values, &r->capacity, needed, sizeof *r->values))
        return bp_fail_memory(r->error);
    double *cells = r->values + row * columns;
    memmove(cells + columns, cells, (table->rows - row) * columns * sizeof *cells);
    for (size_t c = 0; c < columns; c++) {
        bp_status status = add_cell(r, c, &r->records.cells.at[c], &cells[c]);
        if (status)
            return status;
    }
    if (row == 0)
        table->first_line = r->records.line;
    table->rows++;
    return BP_OK;
}

/* ---- The first lines ---------------------------------------------------------------------- */

static void set_header(reader *r, bp_header header, const char *why)
{
    r->header = header;
    r->why = why;
}

static bp_status make_columns(reader *r)
{
    if (r->records.cells.n > BP_MOST_COLUMNS)
        return bp_fail_at(r->error, BP_ERROR_FORMAT, r->path, r->records.line,
                          "%zu cells, more than the %d columns that a table may have; begin a line "
                          "for each row",
                          r->records.cells.n, BP_MOST_COLUMNS);
    r->table = bp_dataset_with_columns(r->path, r->records.cells.n);
    r->kinds = bp_allocate(r->records.cells.n, sizeof *r->kinds);
    if (!r->table || !r->kinds)
        return bp_fail_memory(r->error);
    return BP_OK;
}

/* Padded, since they may turn out to be cells. */
static bp_status take_names(reader *r)
{
    for (size_t c = 0; c < r->records.cells.n; c++) {
        const bp_cell *cell = &r->records.cells.at[c];
        bp_status status = check_text(r, c, cell);
        if (status)
            return status;
        char *name = bp_allocate(cell->length + BP_NUMBER_PADDING, 1);
        if (!name)
            return bp_fail_memory(r->error);
        memcpy(name, cell->text, cell->length);
        r->table->column[c].has_lines = true;
        r->table->column[c].name = name;
    }
    return BP_OK;
}

/* What was taken for names were cells: they become the first row. */
static bp_status names_to_row(reader *r)
{
    size_t columns = r->table->columns;
    reader first = *r; /* the record at hand stays at hand in *r */
    first.records.line = r->first_line;
    first.records.cells.n = columns;
    first.records.cells.at = bp_allocate(columns, sizeof *first.records.cells.at);
    if (!first.records.cells.at)
        return bp_fail_memory(r->error);
    for (size_t c = 0; c < columns; c++) {
        char *name = r->table->column[c].name;
        first.records.cells.at[c] = (bp_cell){name, strlen(name)};
        r->table->column[c].name = NULL; /* messages should not know it */
    }
    size_t dropped = r->table->rows_dropped;
    bp_status status = insert_row(&first, 0);
    for (size_t d = 0; d < dropped; d++)
        r->table->dropped[d] += r->table->rows_dropped == dropped; /* one more before them */
    r->values = first.values;
    r->capacity = first.capacity;
    for (size_t c = 0; c < columns; c++)
        free(first.records.cells.at[c].text);
    free(first.records.cells.at);
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

/* Columns of which the encoding expects texts, or nothing. */
static bp_status mark_expected(reader *r, bool named)
{
    size_t columns = r->table->columns;
    bp_use *uses = bp_allocate(columns, sizeof *uses);
    if (!uses)
        return bp_fail_memory(r->error);
    bp_status status = bp_encoding_find_uses(r->encoding, r->table,
                                             named && r->encoding->inputs[0].name, uses, r->error);
    for (size_t c = 0; !status && c < columns; c++)
        if (uses[c] == BP_USE_TEXT)
            r->kinds[c] = CATEGORIES;
        else if (uses[c] == BP_USE_NONE && r->kinds[c] == UNDECIDED)
            r->kinds[c] = IGNORED;
    free(uses);
    return status;
}

/* Names that are known to be those of columns settle that the first line holds them. */
static bp_status settle_by_names(reader *r)
{
    if (r->header != BP_HEADER_AUTO)
        return BP_OK;
    bp_status status = BP_OK;
    const bp_read_options *asked = r->options;
    bool known = names_a_column(r, asked->categorical) || names_a_column(r, asked->ignored) ||
                 names_a_column(r, asked->named);
    if (!known && r->encoding)
        status = bp_encoding_is_named_in(r->encoding, r->table, &known, r->error);
    if (!status && known)
        set_header(r, BP_HEADER_YES, "they are asked for");
    return status;
}

/* Columns of a list are of that kind. */
static bp_status mark(reader *r, const char *list, column_kind kind)
{
    const char *item;
    size_t length, c = 0;
    bp_status status = BP_OK;
    while (!status && bp_next_item(&list, &item, &length)) {
        status = bp_find_column(r->table, item, length, r->header == BP_HEADER_YES, &c, r->error);
        if (!status)
            r->kinds[c] = kind;
    }
    return status;
}

/* Decides, before any cell is read, which columns are text or nothing by wish. */
static bp_status choose_kinds(reader *r)
{
    bp_status status = settle_by_names(r);
    if (!status)
        status = mark(r, r->options->categorical, CATEGORIES);
    if (!status)
        status = mark(r, r->options->ignored, IGNORED);
    return status || !r->encoding ? status : mark_expected(r, r->header == BP_HEADER_YES);
}

/* Looks at the first line and the rows so far: it is a header if it has text above a column of
 * numbers, and no number, which is rather a mistake in a row. It is none if it has no text, or text
 * only above text; until then it is not known. */
static void judge_header(reader *r)
{
    bool open = false, above_numbers = false, number = false;
    for (size_t c = 0; c < r->table->columns; c++) {
        char *name = r->table->column[c].name;
        bp_cell first = {name, strlen(name)};
        bool text = !is_number(&first) && !is_missing(&first);
        number = number || is_number(&first);
        above_numbers = above_numbers || (text && r->kinds[c] == NUMBERS);
        open = open || (text && r->kinds[c] == UNDECIDED);
    }
    if (number)
        set_header(r, BP_HEADER_NO, "the first line has numbers");
    else if (above_numbers)
        set_header(r, BP_HEADER_YES, "text above numbers");
    else if (!open)
        set_header(r, BP_HEADER_NO, "no text above numbers");
}

/* Settles what the first line is, as soon as the rows so far tell, or at the end of the file. */
static bp_status settle_header(reader *r, bool at_end)
{
    if (r->header == BP_HEADER_AUTO)
        judge_header(r);
    if (r->header == BP_HEADER_AUTO && at_end)
        set_header(r, BP_HEADER_NO, "no text above numbers");
    if (r->header != BP_HEADER_NO || r->first_line_taken)
        return BP_OK;
    r->first_line_taken = true;
    return names_to_row(r);
}

/* The first line, as names for the time being. */
static bp_status read_first_line(reader *r)
{
    bool more;
    bp_status status = bp_records_next(&r->records, &more, r->error);
    if (!status && !more)
        return bp_fail_at(r->error, BP_ERROR_FORMAT, r->path, 0,
                          "the file is empty; expected a line of cells for each row");
    r->first_line = r->records.line;
    if (!status)
        status = make_columns(r);
    if (!status)
        status = take_names(r);
    return status ? status : choose_kinds(r);
}

/* ---- Rows side by side -------------------------------------------------------------------- */

enum { LARGE = 1 << 17 }; /* bytes that are worth a team */

/* Lines that become rows behind those of the table. */
typedef struct lines {
    reader *r;
    size_t n;
    struct {
        size_t lines, rows; /* a member's lines, and how many of them, from the first, are rows */
        bool missing;
    } shares[MOST_MEMBERS];
} lines;

/* A cell of which nothing is to be learnt about its column. */
static bool known_cell(const reader *r, size_t c, const bp_cell *it, double *value, bool *missing)
{
    column_kind kind = r->kinds[c];
    if (kind == IGNORED) {
        *value = NAN;
        return true;
    }
    if (kind != CATEGORIES && bp_parse_padded(it->text, it->length, value))
        return kind == NUMBERS;
    if (is_missing(it)) {
        *value = NAN;
        *missing = true;
        return !r->options->drop_missing;
    }
    size_t number = bp_dictionary_find(&r->table->column[c].words, it->text, it->length);
    *value = (double)number;
    return number != BP_NO_WORD && kind != NUMBERS;
}

static bool known_row(const reader *r, size_t line, bp_cells *own, double *cells, bool *missing)
{
    size_t columns = r->table->columns, c = 0;
    if (!bp_records_cut(&r->records, line, own) || own->n != columns)
        return false;
    while (c < columns && known_cell(r, c, &own->at[c], &cells[c], missing))
        c++;
    return c == columns;
}

static void read_share(void *self, size_t member, size_t members)
{
    lines *all = self;
    reader *r = all->r;
    bp_cells own = r->own[member]; /* away from what other members write */
    size_t columns = r->table->columns, first, count, i = 0;
    bool missing = false;
    bp_team_share(all->n, 1, member, members, &first, &count);
    double *cells = r->values + (r->table->rows + first) * columns;
    while (i < count && known_row(r, first + i, &own, cells + i * columns, &missing))
        i++;
    r->own[member] = own;
    all->shares[member].lines = count;
    all->shares[member].rows = i;
    all->shares[member].missing = missing;
}

static void note_missing(bp_dataset *table, const double *cells, size_t rows, size_t line)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t c = 0; c < table->columns; c++)
            if (isnan(cells[i * table->columns + c]) && !table->column[c].first_missing)
                table->column[c].first_missing = line + i;
}

/* The team for the lines in sight. */
static bp_status prepare_team(reader *r, bp_team **team)
{
    size_t threads = r->options->threads ? r->options->threads : bp_processors();
    const bp_records *seen = &r->records;
    bool large = seen->lines[seen->n_lines] - seen->lines[0] >= LARGE;
    bp_status status = BP_OK;
    if (large && !r->team && threads > 1)
        status = bp_team_create(NULL, threads < MOST_MEMBERS ? threads : MOST_MEMBERS, &r->team,
                                r->error);
    *team = large ? r->team : NULL;
    /* no more than have a line, which may have cells by the million */
    for (size_t m = 0; !status && m < bp_team_members(*team) && m < seen->n_lines; m++)
        if (!bp_cells_make_room(&r->own[m], r->table->columns))
            status = bp_fail_memory(r->error);
    return status;
}

/* The lines in sight, up to the first that needs a closer look; `most` at most. */
static bp_status read_lines(reader *r, size_t most)
{
    bp_dataset *table = r->table;
    lines all = {.r = r};
    bp_team *team;
    size_t columns = table->columns, needed, rows = 0;
    bool missing = false, whole = true;
    bp_status status = bp_records_look(&r->records, most, &all.n, r->error);
    if (status || !all.n)
        return status;
    if (!bp_multiply(table->rows + all.n, columns, &needed) ||
        !bp_grow(&r->values, &r->capacity, needed, sizeof *r->values))
        return bp_fail_memory(r->error);
    if ((status = prepare_team(r, &team)))
        return status;
    bp_team_run(team, read_share, &all);
    for (size_t m = 0; whole && m < bp_team_members(team); m++) {
        rows += all.shares[m].rows;
        missing = missing || all.shares[m].missing;
        whole = all.shares[m].rows == all.shares[m].lines;
    }
    if (table->rows == 0)
        table->first_line = r->records.next_line;
    if (missing)
        note_missing(table, r->values + table->rows * columns, rows, r->records.next_line);
    table->rows += rows;
    bp_records_take(&r->records, rows);
    return BP_OK;
}

/* ---- Blocks of rows ----------------------------------------------------------------------- */

/* Until the block has `most` rows and the first line is settled, or the file ends. */
static bp_status read_rows(reader *r, size_t most)
{
    bool more = true;
    bp_status status = settle_header(r, false);
    while (!status && (r->table->rows < most || r->header == BP_HEADER_AUTO)) {
        status = bp_records_next(&r->records, &more, r->error);
        if (status || !more)
            break;
        status = insert_row(r, r->table->rows);
        if (!status && r->header == BP_HEADER_AUTO)
            status = settle_header(r, false);
        if (!status && r->header != BP_HEADER_AUTO)
            status = read_lines(r, most > r->table->rows ? most - r->table->rows : 0);
    }
    return status ? status : settle_header(r, true);
}

/* The columns of the next block: names, and of texts the first so far, for messages. */
static bp_dataset *make_successor(const reader *r)
{
    const bp_dataset *last = r->table;
    bp_dataset *made = bp_dataset_with_columns(r->path, last->columns);
    for (size_t c = 0; made && c < last->columns; c++) {
        const bp_column *from = &last->column[c];
        bp_column *to = &made->column[c];
        const bp_word *word = from->words.n_words ? bp_dictionary_first(&from->words) : NULL;
        size_t number;
        to->has_lines = true;
        if ((from->name && !(to->name = bp_copy_text(from->name, strlen(from->name)))) ||
            (word &&
             !bp_dictionary_add(&to->words, word->text, strlen(word->text), word->line, &number))) {
            bp_dataset_destroy(made);
            made = NULL;
        }
    }
    return made;
}

static bp_status describe(const reader *r, bp_dataset *table)
{
    char delimiter = r->records.delimiter;
    return bp_dataset_describe(
        table, r->error, "CSV, cells between %s, %s (%s)",
        delimiter == '\t'  ? "tabs"
        : delimiter == ' ' ? "blanks"
                           : (char[]){'\'', delimiter, '\'', '\0'},
        r->header == BP_HEADER_YES ? "the first line holds names" : "no header line", r->why);
}

/* Rows beyond `most`, read to find out whether there is a header line, begin the next block. */
static bp_status carry_over(reader *r, size_t most, bp_dataset *to, double **values,
                            size_t *capacity)
{
    bp_dataset *from = r->table;
    size_t columns = from->columns, first = most * columns, n = from->rows * columns - first;
    if (!bp_grow(values, capacity, n, sizeof **values))
        return bp_fail_memory(r->error);
    for (size_t i = 0; i < n; i++) {
        size_t c = i % columns, number;
        double cell = r->values[first + i];
        if (isnan(cell)) {
            to->column[c].first_missing = from->column[c].first_missing;
        } else if (from->column[c].is_text) {
            const bp_word *word = &from->column[c].words.words[(size_t)cell];
            if (!bp_dictionary_add(&to->column[c].words, word->text, strlen(word->text), word->line,
                                   &number))
                return bp_fail_memory(r->error);
            cell = (double)number;
        }
        (*values)[i] = cell;
    }
    to->rows = from->rows - most;
    from->rows = most;
    return BP_OK;
}

/* Hands the table over, `most` rows with their cells, and begins another. */
static bp_status take_table(reader *r, size_t most, bp_dataset **block)
{
    double *values = NULL;
    size_t capacity = 0;
    bp_dataset *table = r->table, *successor = NULL;
    for (size_t c = 0; c < table->columns; c++) {
        table->column[c].is_text = r->kinds[c] == TEXTS || r->kinds[c] == CATEGORIES;
        table->column[c].is_ignored = r->kinds[c] == IGNORED;
    }
    bp_status status = describe(r, table);
    if (!status && !(successor = make_successor(r)))
        status = bp_fail_memory(r->error);
    if (!status && table->rows > most)
        status = carry_over(r, most, successor, &values, &capacity);
    if (!status && !bp_part_of_doubles(r->values, table->columns, &table->parts[0]))
        status = bp_fail_memory(r->error);
    if (status) {
        bp_dataset_destroy(successor);
        free(values);
        return status;
    }
    *block = table;
    r->table = successor;
    r->values = values;
    r->capacity = capacity;
    return BP_OK;
}

static bp_status next_block(void *state, size_t most, bp_dataset **block, bp_error *error)
{
    reader *r = state;
    bool first = !r->begun;
    bp_status status = BP_OK;
    r->error = error;
    if (first)
        status = read_first_line(r);
    r->begun = true;
    if (!status)
        status = read_rows(r, most);
    if (status)
        return status;
    if (r->table->rows)
        return take_table(r, most, block);
    *block = NULL;
    if (!first)
        return BP_OK;
    return bp_fail_at(error, BP_ERROR_FORMAT, r->path, 0,
                      r->table->rows_dropped
                          ? "every row has a missing cell, so all were left out"
                          : "no rows below the header line; --header no takes it as data");
}

/* ---- The format --------------------------------------------------------------------------- */

static void close_reader(void *state)
{
    reader *r = state;
    bp_team_destroy(r->team);
    bp_dataset_destroy(r->table);
    bp_records_end(&r->records);
    for (size_t m = 0; m < MOST_MEMBERS; m++)
        free(r->own[m].at);
    free(r->values);
    free(r->kinds);
    free(r);
}

static bp_status open_reader(const bp_reading *reading, void **state, bp_error *error)
{
    const bp_read_options *options = reading->options;
    if (options->delimiter && strchr("\"\r\n", options->delimiter))
        return bp_fail(error, BP_ERROR_ARGUMENT, "a quote or an end of line cannot delimit cells");
    if ((unsigned)options->header > BP_HEADER_NO)
        return bp_fail(error, BP_ERROR_ARGUMENT, "header is %d, which is none of bp_header",
                       (int)options->header);
    reader *r = bp_allocate(1, sizeof *r);
    if (!r)
        return bp_fail_memory(error);
    r->path = bp_input_name(reading->input);
    r->options = options;
    r->encoding = reading->encoding;
    set_header(r, options->header, "as told");
    bp_status status = bp_records_begin(&r->records, reading->input, options->delimiter, error);
    if (status)
        close_reader(r);
    else
        *state = r;
    return status;
}

const bp_format bp_format_csv = {
    .extensions = "csv,tsv,txt,dat,data",
    .open = open_reader,
    .next = next_block,
    .close = close_reader,
    .begin = bp_csv_begin,
    .add = bp_csv_add,
    .finish = bp_csv_finish,
    .abandon = bp_csv_abandon,
};
