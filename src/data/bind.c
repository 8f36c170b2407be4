/* bind.c: an encoding on a table: a source of batches. */
#include "data/encoding.h"

#include "base/clones.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "data/dataset_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A field, found in the table. */
typedef struct place {
    size_t column;
    bool is_category;
    double key; /* of a category: the number of its word in the table; NaN if it is not there */
} place;

/* How fields of numbers become the network's: array by array, for vector instructions. */
typedef struct rescaling {
    double *shift, *scale, *fill; /* the first owns the block of all three */
} rescaling;

/* Inputs that are filled together: categories of one column, or numbers of adjacent ones. */
typedef struct span {
    size_t first, n;
} span;

/* The columns of a table by their names; all zero where they have none. */
typedef struct header {
    bp_dictionary names;
    size_t *column; /* of each name, the first that has it, */
    size_t *count;  /* and how many have */
} header;

struct bp_bound {
    const bp_encoding *encoding;
    const bp_dataset *data;
    header header; /* while it is made */
    place *inputs;
    rescaling input_scales;
    span *spans; /* of all inputs */
    size_t n_spans;
    place *targets; /* NULL: without targets */
    rescaling target_scales;
    double *class_key; /* what the cell of the target is in each class; NULL: a regression */
    double *weights;   /* of the rows; NULL: all 1, or not asked for */
};

/* ---- Finding columns ---------------------------------------------------------------------- */

/* A table with labels out of a second file has names in both, or it counts as having none. */
static bool has_names(const bp_encoding *encoding, const bp_dataset *data)
{
    return encoding->inputs[0].name && data->column[0].name && data->column[data->columns - 1].name;
}

static void clear_header(header *h)
{
    bp_dictionary_clear(&h->names);
    free(h->column);
    free(h->count);
    *h = (header){.column = NULL};
}

/* What is inside is to be cleared, also after an error. */
static bp_status read_header(const bp_encoding *encoding, const bp_dataset *data, header *h,
                             bp_error *error)
{
    *h = (header){.column = NULL};
    if (!has_names(encoding, data))
        return BP_OK;
    h->column = bp_allocate(data->columns, sizeof *h->column);
    h->count = bp_allocate(data->columns, sizeof *h->count);
    if (!h->column || !h->count)
        return bp_fail_memory(error);
    for (size_t c = 0, number; c < data->columns; c++) {
        const char *name = data->column[c].name;
        if (!bp_dictionary_add(&h->names, name, strlen(name), 0, &number))
            return bp_fail_memory(error);
        if (h->count[number]++ == 0)
            h->column[number] = c;
    }
    return BP_OK;
}

static bp_status find_by_name(const bp_dataset *data, const header *h, const char *name,
                              size_t *found, bp_error *error)
{
    size_t number = bp_dictionary_find(&h->names, name, strlen(name));
    if (number == BP_NO_WORD)
        return bp_fail_at(error, BP_ERROR_FORMAT, data->name, 0,
                          "no column '%.60s', which the model needs; its header line begins with "
                          "'%.60s'",
                          name, data->column[0].name);
    if (h->count[number] > 1)
        return bp_fail_at(error, BP_ERROR_FORMAT, data->name, 0,
                          "%zu columns are named '%.60s', of which the model needs one",
                          h->count[number], name);
    *found = h->column[number];
    return BP_OK;
}

/* The columns that inputs come from. */
static size_t count_input_columns(const bp_encoding *encoding)
{
    size_t count = 1;
    for (size_t i = 1; i < encoding->n_inputs; i++)
        count += encoding->inputs[i].column != encoding->inputs[i - 1].column;
    return count;
}

/* Whether a table without names has all columns but that of the weights. */
static bool lacks_weight(const bp_encoding *encoding, const bp_dataset *data)
{
    return encoding->weight && data->columns + 1 == encoding->table_columns;
}

/* Where that column is in a table without names, whose width fits; `rank`: of an input, which it is
 * among the inputs' columns alone. */
static size_t position_of(const bp_encoding *encoding, const bp_dataset *data, size_t column,
                          size_t rank)
{
    if (data->columns == encoding->table_columns)
        return column;
    if (lacks_weight(encoding, data))
        return column - (column > encoding->weight->column);
    return rank;
}

/* Of field i of `fields`, how many columns the fields before it have; they come in order. */
static size_t next_rank(const bp_field *fields, size_t i, size_t rank_before)
{
    return i == 0 ? 0 : rank_before + (fields[i].column != fields[i - 1].column);
}

static bp_status find_field(const bp_encoding *encoding, const bp_dataset *data, const header *h,
                            const bp_field *field, size_t rank, size_t *column, bp_error *error)
{
    if (h->column)
        return find_by_name(data, h, field->name, column, error);
    *column = position_of(encoding, data, field->column, rank);
    return BP_OK;
}

/* Whether it is all the same if a table lacks the weight column or one target: they stand side by
 * side. Only targets that are needed, or several, tell which of the two it is. */
static bool weight_is_by_target(const bp_encoding *encoding)
{
    size_t w = encoding->weight->column, t = encoding->targets[0].column;
    return encoding->n_targets > 1 || w + 1 == t || t + 1 == w;
}

static bool fits_width(const bp_encoding *encoding, const bp_dataset *data, bp_binding binding)
{
    if (has_names(encoding, data) || data->columns == encoding->table_columns)
        return true;
    if (binding == BP_BIND_INPUTS && data->columns == count_input_columns(encoding))
        return true;
    return binding != BP_BIND_TRAINING && lacks_weight(encoding, data) &&
           (binding == BP_BIND_TARGETS || weight_is_by_target(encoding));
}

static bp_status check_width(const bp_encoding *encoding, const bp_dataset *data,
                             bp_binding binding, bp_error *error)
{
    static const char *const weights[] = {
        [BP_BIND_INPUTS] = " and the weights",
        [BP_BIND_TARGETS] = "; the weights alone may be left out",
        [BP_BIND_TRAINING] = ", and weights",
    };
    const char *besides = encoding->weight ? weights[binding] : "";
    if (fits_width(encoding, data, binding))
        return BP_OK;
    if (binding != BP_BIND_INPUTS)
        return bp_fail_at(error, BP_ERROR_FORMAT, data->name, 0,
                          "%zu columns, where the model was made for a table of %zu, targets "
                          "included%s",
                          data->columns, encoding->table_columns, besides);
    return bp_fail_at(error, BP_ERROR_FORMAT, data->name, 0,
                      "%zu columns, where the model takes %zu, or %zu with the targets%s",
                      data->columns, count_input_columns(encoding), encoding->table_columns,
                      besides);
}

bp_status bp_encoding_find_target(const bp_encoding *encoding, const bp_dataset *data, size_t i,
                                  size_t *column, bp_error *error)
{
    header h;
    bp_status status = check_width(encoding, data, BP_BIND_TARGETS, error);
    if (status)
        return status;
    status = read_header(encoding, data, &h, error);
    if (!status)
        status = find_field(encoding, data, &h, &encoding->targets[i], 0, column, error);
    clear_header(&h);
    return status;
}

/* ---- For the reader ----------------------------------------------------------------------- */

static bool is_among(const bp_dictionary *names, const char *name)
{
    return bp_dictionary_find(names, name, strlen(name)) != BP_NO_WORD;
}

bp_status bp_encoding_is_named_in(const bp_encoding *encoding, const bp_dataset *table, bool *named,
                                  bp_error *error)
{
    header h;
    bp_status status = read_header(encoding, table, &h, error);
    *named = !status && h.column;
    for (size_t i = 0; *named && i < encoding->n_inputs; i++) {
        const char *name = encoding->inputs[i].name;
        *named = is_among(&h.names, name);
    }
    clear_header(&h);
    return status;
}

static bool add_names(const bp_field *fields, size_t n, bool text, bp_dictionary *names)
{
    size_t number;
    for (size_t i = 0; i < n; i++)
        if (fields[i].is_text == text &&
            !bp_dictionary_add(names, fields[i].name, strlen(fields[i].name), 0, &number))
            return false;
    return true;
}

static bool add_all_names(const bp_encoding *encoding, bool text, bp_dictionary *names)
{
    return add_names(encoding->inputs, encoding->n_inputs, text, names) &&
           add_names(encoding->targets, encoding->n_targets, text, names) &&
           add_names(encoding->weight, encoding->weight ? 1 : 0, text, names);
}

static bp_status find_uses_by_name(const bp_encoding *encoding, const bp_dataset *table,
                                   bp_use *uses, bp_error *error)
{
    bp_dictionary numbers = {0}, texts = {0};
    bool good = add_all_names(encoding, false, &numbers) && add_all_names(encoding, true, &texts);
    for (size_t c = 0; good && c < table->columns; c++) {
        const char *name = table->column[c].name;
        uses[c] = is_among(&texts, name)     ? BP_USE_TEXT
                  : is_among(&numbers, name) ? BP_USE_NUMBERS
                                             : BP_USE_NONE;
    }
    bp_dictionary_clear(&numbers);
    bp_dictionary_clear(&texts);
    return good ? BP_OK : bp_fail_memory(error);
}

static void find_uses_by_position(const bp_encoding *encoding, const bp_field *fields, size_t n,
                                  const bp_dataset *table, bp_use *uses)
{
    for (size_t i = 0, rank = 0; i < n; i++) {
        rank = next_rank(fields, i, rank);
        uses[position_of(encoding, table, fields[i].column, rank)] =
            fields[i].is_text ? BP_USE_TEXT : BP_USE_NUMBERS;
    }
}

bp_status bp_encoding_find_uses(const bp_encoding *encoding, const bp_dataset *table, bool by_name,
                                bp_use *uses, bp_error *error)
{
    if (by_name)
        return find_uses_by_name(encoding, table, uses, error);
    bool whole = table->columns == encoding->table_columns;
    bool with_targets = whole || lacks_weight(encoding, table);
    bool known = with_targets || table->columns == count_input_columns(encoding);
    for (size_t c = 0; c < table->columns; c++)
        uses[c] = known ? BP_USE_NONE : BP_USE_NUMBERS;
    if (known)
        find_uses_by_position(encoding, encoding->inputs, encoding->n_inputs, table, uses);
    if (with_targets)
        find_uses_by_position(encoding, encoding->targets, encoding->n_targets, table, uses);
    if (whole && encoding->weight)
        uses[encoding->weight->column] = BP_USE_NUMBERS;
    return BP_OK;
}

/* ---- Checking cells ----------------------------------------------------------------------- */

/* `advice`: what else than completing a missing value may help. */
static bp_status check_column(const bp_dataset *data, size_t c, bool text, bool may_miss,
                              const char *advice, bp_error *error)
{
    const bp_column *column = &data->column[c];
    char label[BP_COLUMN_TEXT_SIZE];
    bp_column_text(data, c, label);
    size_t row = bp_dataset_first_missing(data, c);
    if (!may_miss && row < data->rows)
        return bp_fail_missing(data, c, row, "value", advice, error);
    if (text == column->is_text)
        return BP_OK;
    if (text)
        return bp_fail_at(error, BP_ERROR_FORMAT, bp_column_file(data, c),
                          column->file ? 0 : data->first_line,
                          "%s holds numbers, where the model expects text", label);
    return bp_fail_text(data, c, "the model expects", error);
}

/* Every word of the rows must be among the categories of the inputs that share its column. */
static bp_status check_categories(const bp_bound *bound, size_t input, bp_error *error)
{
    const bp_encoding *encoding = bound->encoding;
    const bp_dataset *data = bound->data;
    size_t c = bound->inputs[input].column;
    char label[BP_COLUMN_TEXT_SIZE];
    bp_status status = BP_OK;
    bool *known = bp_allocate(data->column[c].words.n_words, sizeof *known);
    if (!known)
        return bp_fail_memory(error);
    for (size_t j = input; j < encoding->n_inputs && bound->inputs[j].column == c; j++)
        if (!isnan(bound->inputs[j].key))
            known[(size_t)bound->inputs[j].key] = true;
    for (size_t i = 0; !status && i < data->rows; i++) {
        double word = bp_dataset_cell(data, i, c);
        if (isnan(word) || known[(size_t)word]) /* a missing one is filled by the encoding */
            continue;
        const bp_word *w = &data->column[c].words.words[(size_t)word];
        status = bp_fail_at(error, BP_ERROR_FORMAT, bp_column_file(data, c), w->line,
                            "%s: '%.60s' is a category that the training data did not have",
                            bp_column_text(data, c, label), w->text);
    }
    free(known);
    return status;
}

static bp_status check_classes(const bp_bound *bound, bp_error *error)
{
    const bp_encoding *encoding = bound->encoding;
    const bp_dataset *data = bound->data;
    size_t c = bound->targets[0].column;
    char label[BP_COLUMN_TEXT_SIZE], number[BP_NUMBER_SIZE];
    for (size_t i = 0; i < data->rows; i++) {
        double value = bp_dataset_cell(data, i, c);
        bool known = false;
        for (size_t j = 0; j < encoding->n_classes && !known; j++)
            known = bound->class_key[j] == value;
        if (known)
            continue;
        bp_column_text(data, c, label);
        if (data->column[c].is_text) {
            const bp_word *w = &data->column[c].words.words[(size_t)value];
            return bp_fail_at(error, BP_ERROR_FORMAT, bp_column_file(data, c), w->line,
                              "%s: '%.60s' is a class that the training data did not have", label,
                              w->text);
        }
        return bp_fail_at(error, BP_ERROR_FORMAT, bp_column_file(data, c), 0,
                          "%s, row %zu: %s is a class that the training data did not have", label,
                          bp_dataset_row_number(data, i), bp_print_number(value, number));
    }
    return BP_OK;
}

static bp_status check_labels(const bp_bound *bound, bp_error *error)
{
    const bp_dataset *data = bound->data;
    char label[BP_COLUMN_TEXT_SIZE], number[BP_NUMBER_SIZE];
    for (size_t i = 0; i < bound->encoding->n_targets; i++) {
        size_t c = bound->targets[i].column, row = bp_find_no_label(data, c);
        if (row < data->rows)
            return bp_fail_at(error, BP_ERROR_FORMAT, bp_column_file(data, c), 0,
                              "%s, row %zu: %s is neither 0 nor 1, which a label must be",
                              bp_column_text(data, c, label), bp_dataset_row_number(data, row),
                              bp_print_number(bp_dataset_cell(data, row, c), number));
    }
    return BP_OK;
}

static bp_status check_weights(const bp_dataset *data, size_t c, bp_error *error)
{
    const bp_column *column = &data->column[c];
    char label[BP_COLUMN_TEXT_SIZE], number[BP_NUMBER_SIZE];
    bp_column_text(data, c, label);
    if (column->is_text)
        return bp_fail_text(data, c, "a weight must be", error);
    size_t row = bp_dataset_first_missing(data, c);
    if (row < data->rows)
        return bp_fail_missing(data, c, row, "weight", "train with --missing drop", error);
    for (size_t i = 0; i < data->rows; i++) {
        double value = bp_dataset_cell(data, i, c);
        if (value < 0 || isinf(value))
            return bp_fail_at(error, BP_ERROR_FORMAT, bp_column_file(data, c), 0,
                              "%s, row %zu: the weight %s is not a number from 0 up", label,
                              bp_dataset_row_number(data, i), bp_print_number(value, number));
    }
    return BP_OK;
}

/* ---- Binding ------------------------------------------------------------------------------ */

/* The number of that text in a text column, as its cells hold it. */
static double word_key(const bp_dataset *data, size_t c, const char *text)
{
    size_t word = bp_dictionary_find(&data->column[c].words, text, strlen(text));
    return word == BP_NO_WORD ? NAN : (double)word;
}

static bp_status place_field(const bp_bound *bound, const bp_field *field, size_t rank,
                             bool may_miss, const char *advice, place *found, bp_error *error)
{
    const bp_dataset *data = bound->data;
    *found = (place){.is_category = field->category != NULL};
    bp_status status =
        find_field(bound->encoding, data, &bound->header, field, rank, &found->column, error);
    if (!status)
        status = check_column(data, found->column, field->is_text, may_miss, advice, error);
    if (!status && field->category)
        found->key = word_key(data, found->column, field->category);
    return status;
}

/* False if memory is short. */
static bool take_scales(const bp_field *fields, size_t n, bool may_miss, rescaling *taken)
{
    double *block = bp_allocate(n, 3 * sizeof *block);
    if (!block)
        return false;
    *taken = (rescaling){block, block + n, block + 2 * n};
    for (size_t i = 0; i < n; i++) {
        taken->shift[i] = fields[i].shift;
        taken->scale[i] = fields[i].scale;
        taken->fill[i] = may_miss ? fields[i].fill : NAN;
    }
    return true;
}

/* Whether input i goes with the one before it. */
static bool continues_span(const place *inputs, size_t i)
{
    size_t step = inputs[i].is_category ? 0 : 1;
    return inputs[i].is_category == inputs[i - 1].is_category &&
           inputs[i].column == inputs[i - 1].column + step;
}

static void find_spans(bp_bound *bound)
{
    for (size_t i = 0; i < bound->encoding->n_inputs; i++) {
        if (i == 0 || !continues_span(bound->inputs, i))
            bound->spans[bound->n_spans++].first = i;
        bound->spans[bound->n_spans - 1].n++;
    }
}

static bp_status place_inputs(bp_bound *bound, bp_error *error)
{
    const bp_encoding *encoding = bound->encoding;
    const char *advice =
        bound->targets ? "train with --missing mean or drop" : "train with --missing mean";
    if (!take_scales(encoding->inputs, encoding->n_inputs, encoding->fills, &bound->input_scales))
        return bp_fail_memory(error);
    for (size_t i = 0, rank = 0; i < encoding->n_inputs; i++) {
        const bp_field *field = &encoding->inputs[i];
        rank = next_rank(encoding->inputs, i, rank);
        bp_status status =
            place_field(bound, field, rank, encoding->fills, advice, &bound->inputs[i], error);
        if (status)
            return status;
    }
    for (size_t i = 0; i < encoding->n_inputs; i++) {
        bool first = i == 0 || bound->inputs[i - 1].column != bound->inputs[i].column;
        bp_status status =
            bound->inputs[i].is_category && first ? check_categories(bound, i, error) : BP_OK;
        if (status)
            return status;
    }
    return BP_OK;
}

static bp_status place_targets(bp_bound *bound, bp_error *error)
{
    const bp_encoding *encoding = bound->encoding;
    bool text = bp_encoding_classes_are_text(encoding);
    if (!take_scales(encoding->targets, encoding->n_targets, false, &bound->target_scales))
        return bp_fail_memory(error);
    for (size_t i = 0; i < encoding->n_targets; i++) {
        bp_status status =
            place_field(bound, &encoding->targets[i], 0, false,
                        "leave such rows out with --missing drop", &bound->targets[i], error);
        if (status)
            return status;
    }
    for (size_t j = 0; j < encoding->n_classes; j++) {
        const char *name = encoding->classes[j];
        if (text)
            bound->class_key[j] = word_key(bound->data, bound->targets[0].column, name);
        else
            bp_parse_number(name, strlen(name), &bound->class_key[j]);
    }
    if (encoding->labels)
        return check_labels(bound, error);
    return encoding->classes ? check_classes(bound, error) : BP_OK;
}

static double weight_of_class(const bp_bound *bound, double target)
{
    const bp_encoding *encoding = bound->encoding;
    for (size_t j = 0; encoding->class_weights && j < encoding->n_classes; j++)
        if (bound->class_key[j] == target)
            return encoding->class_weights[j];
    return 1;
}

/* The weight of a row is its cell in the weight column times the weight of its class. */
static bp_status place_weights(bp_bound *bound, bp_error *error)
{
    const bp_encoding *encoding = bound->encoding;
    const bp_dataset *data = bound->data;
    size_t column = 0, target = bound->targets[0].column;
    double sum = 0;
    bp_status status = BP_OK;
    if (!encoding->weight && !encoding->class_weights)
        return BP_OK;
    if (encoding->weight)
        status = find_field(encoding, data, &bound->header, encoding->weight, 0, &column, error);
    if (!status && encoding->weight)
        status = check_weights(data, column, error);
    if (!status && !(bound->weights = bp_allocate(data->rows, sizeof *bound->weights)))
        status = bp_fail_memory(error);
    for (size_t i = 0; !status && i < data->rows; i++) {
        bound->weights[i] = (encoding->weight ? bp_dataset_cell(data, i, column) : 1) *
                            weight_of_class(bound, bp_dataset_cell(data, i, target));
        sum += bound->weights[i];
    }
    if (!status && data->rows && !(sum > 0 && isfinite(sum)))
        status = bp_fail_at(error, BP_ERROR_FORMAT, data->name, 0,
                            sum > 0 ? "the weights of the rows are too large to be added"
                                    : "the weights of all rows are 0, so that none counts");
    return status;
}

bp_status bp_bind(const bp_encoding *encoding, const bp_dataset *data, bp_binding binding,
                  bp_bound **bound, bp_error *error)
{
    bool with_targets = binding != BP_BIND_INPUTS;
    bp_status status = check_width(encoding, data, binding, error);
    if (status)
        return status;
    bp_bound *made = bp_allocate(1, sizeof *made);
    if (!made)
        return bp_fail_memory(error);
    made->encoding = encoding;
    made->data = data;
    made->inputs = bp_allocate(encoding->n_inputs, sizeof *made->inputs);
    made->spans = bp_allocate(encoding->n_inputs, sizeof *made->spans);
    if (with_targets)
        made->targets = bp_allocate(encoding->n_targets, sizeof *made->targets);
    if (encoding->classes)
        made->class_key = bp_allocate(encoding->n_classes, sizeof *made->class_key);
    if (!made->inputs || !made->spans || (with_targets && !made->targets) ||
        (encoding->classes && !made->class_key))
        status = bp_fail_memory(error);
    if (!status)
        status = read_header(encoding, data, &made->header, error);
    if (!status)
        status = place_inputs(made, error);
    if (!status)
        find_spans(made);
    if (!status && with_targets)
        status = place_targets(made, error);
    if (!status && binding == BP_BIND_TRAINING)
        status = place_weights(made, error);
    clear_header(&made->header); /* it may be large */
    status = bp_dataset_check(data, status, error);
    if (status)
        bp_bound_destroy(made);
    else
        *bound = made;
    return status;
}

void bp_bound_destroy(bp_bound *bound)
{
    if (!bound)
        return;
    free(bound->inputs);
    free(bound->input_scales.shift);
    free(bound->spans);
    free(bound->targets);
    free(bound->target_scales.shift);
    free(bound->class_key);
    free(bound->weights);
    free(bound);
}

/* ---- Batches ------------------------------------------------------------------------------ */

/* to[j] = (cells[j] − shift) / scale, of fields first … first + n − 1. */
BP_CLONES static void rescale(const rescaling *by, size_t first, size_t n,
                              const double *restrict cells, bp_real *restrict to)
{
    const double *shift = by->shift + first, *scale = by->scale + first, *fill = by->fill + first;
    for (size_t j = 0; j < n; j++) {
        double cell = cells[j], missing = fill[j]; /* loaded in any case: no branch */
        to[j] = (bp_real)(((isnan(cell) ? missing : cell) - shift[j]) / scale[j]);
    }
}

/* Fields first … first + n − 1, whose cells stand side by side in row i from `column` on. */
static void fill_numbers(const bp_bound *bound, size_t i, size_t column, size_t first, size_t n,
                         bp_real *A)
{
    enum { PIECE = 512 };
    double cells[PIECE];
    for (size_t done = 0, count; done < n; done += count) {
        count = n - done < PIECE ? n - done : PIECE;
        bp_dataset_load(bound->data, i, column + done, count, cells);
        rescale(&bound->input_scales, first + done, count, cells, A + first + done);
    }
}

/* The inputs of a row, span after span: numbers of adjacent columns at once. */
static void fill_inputs(const bp_bound *bound, size_t i, bp_real *A)
{
    const place *inputs = bound->inputs;
    for (size_t s = 0; s < bound->n_spans; s++) {
        size_t first = bound->spans[s].first, n = bound->spans[s].n, column = inputs[first].column;
        if (inputs[first].is_category) {
            double word = bp_dataset_cell(bound->data, i, column);
            for (size_t j = first; j < first + n; j++)
                A[j] = word == inputs[j].key; /* 0 for a missing cell, which is NaN */
            continue;
        }
        fill_numbers(bound, i, column, first, n, A);
    }
}

static void fill_targets(const bp_bound *bound, size_t i, bp_real *T)
{
    const bp_encoding *encoding = bound->encoding;
    const place *targets = bound->targets;
    double cell = bp_dataset_cell(bound->data, i, targets[0].column);
    for (size_t j = 0; j < encoding->n_classes; j++) /* one-hot, as the document's expected */
        T[j] = cell == bound->class_key[j];
    for (size_t j = 0; !encoding->classes && j < encoding->n_targets; j++) {
        cell = bp_dataset_cell(bound->data, i, targets[j].column);
        rescale(&bound->target_scales, j, 1, &cell, T + j);
    }
}

static void fill(const void *self, const size_t *order, size_t first, size_t m, bp_real *A,
                 size_t lda, bp_real *T, size_t ldt)
{
    const bp_bound *bound = self;
    if (order)
        bp_dataset_expect(bound->data, order + first, m);
    for (size_t i = 0; i < m; i++) {
        size_t row = order ? order[first + i] : first + i;
        if (A)
            fill_inputs(bound, row, A + i * lda);
        if (T && bound->targets)
            fill_targets(bound, row, T + i * ldt);
    }
}

void bp_bound_targets(const bp_bound *bound, double *T, size_t ldt)
{
    const bp_encoding *encoding = bound->encoding;
    const place *targets = bound->targets;
    for (size_t i = 0; i < bound->data->rows; i++)
        for (size_t j = 0; j < bp_encoding_outputs(encoding); j++)
            T[i * ldt + j] =
                encoding->classes
                    ? bp_dataset_cell(bound->data, i, targets[0].column) == bound->class_key[j]
                    : bp_dataset_cell(bound->data, i, targets[j].column);
}

size_t bp_bound_input_column(const bp_bound *bound, size_t i) { return bound->inputs[i].column; }

size_t bp_bound_target_column(const bp_bound *bound, size_t i) { return bound->targets[i].column; }

bp_source bp_bound_source(const bp_bound *bound)
{
    return (bp_source){bound->data->rows,
                       bound->encoding->n_inputs,
                       bp_encoding_outputs(bound->encoding),
                       fill,
                       bound,
                       bound->weights};
}
