/* test_model_file.c: models saved and loaded; and model files that are not what they should be:
 * each has its message, and none of them harms. */
#include "models.h"
#include "tables.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Files that were saved ---------------------------------------------------------------- */

static const struct {
    const char *table, *target, *inputs_alone;
} tables[] = {
    {"1,2.5,a\n2,3.5,b\n4,4,c\n5,1,a\n", NULL, "1,2.5\n2,3.5\n4,4\n5,1\n"},
    {"1,2.5,1\n2,3.5,-1\n4,4,1\n5,0.1,-1\n", NULL, "1,2.5\n2,3.5\n4,4\n5,0.1\n"},
    {"a,b,c,d\n1,0.1,2,3\n4,0.7,9,5\n-3,1e-5,7,2\n", "d,b", "c,a\n2,1\n9,4\n7,-3\n"},
    {"a,x,b\n1,2,0\n0,3,0\n1,5,1\n", "b,a", "x\n2\n3\n5\n"},
    {"x,kind,y\n1,\"q\"\"\",2.5\n2,\"\xe2\x82\xac\n\",3\n7,\\,3.25\n", NULL,
     "kind,x\n\"q\"\"\",1\n\"\xe2\x82\xac\n\",2\n\\,7\n"},
    {"\"gr\xc3\xb6\xc3\x9f"
     "e, \"\"cm\"\"\",\"\\tab\t\",\"\"\n"
     "1,2,\xc3\xa9t\xc3\xa9\n3,4,\"\"\"\"\n",
     NULL,
     "\"\\tab\t\",\"gr\xc3\xb6\xc3\x9f"
     "e, \"\"cm\"\"\"\n2,1\n4,3\n"},
};

static void test_save_and_load(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        bp_dataset *data = table_of(tables[i].table), *alone = table_of(tables[i].inputs_alone);
        bp_model *model = trained_model(data, tables[i].target, 5), *loaded = NULL;
        char *path = make_file("", 0), *again = make_file("old", 3);
        size_t size, size_again;
        bp_error error;
        assert_ok(bp_model_save(model, path, &error), &error);
        assert_ok(bp_model_load(path, &loaded, &error), &error);
        check_same_model(model, loaded);
        check_same_answers(model, data, loaded, data);
        check_same_answers(model, data, loaded, alone);
        assert_ok(bp_model_save(loaded, again, &error), &error);
        char *bytes = slurp(path, &size), *bytes_again = slurp(again, &size_again);
        assert_int_equal(size, size_again);
        assert_memory_equal(bytes, bytes_again, size);
        assert_int_equal((uint64_t)(unsigned char)bytes[0] % 8, 0); /* tensors on multiples of 8 */
        free(bytes), free(bytes_again);
        remove_file(path), remove_file(again);
        bp_model_destroy(loaded), bp_model_destroy(model);
        bp_dataset_destroy(alone), bp_dataset_destroy(data);
    }
}

static void test_save_refused(void **state)
{
    bp_dataset *data = read_table("data/two_class.csv");
    bp_model *model = make_model(data, NULL);
    bp_error error;
    (void)state;
    assert_int_equal(bp_model_save(model, "/dev/full", &error), BP_ERROR_FILE);
    assert_int_equal(bp_model_save(model, "/nowhere/m", &error), BP_ERROR_FILE);
    assert_int_equal(bp_model_save(model, NULL, &error), BP_ERROR_ARGUMENT);
    bp_model_destroy(model);
    bp_dataset_destroy(data);
}

/* ---- Files that are no models: the format ------------------------------------------------- */

/* A network of one input and one output: two tensors of a double each. */
#define WEIGHT   TENSOR("0.weight", "F64", "[1,1]", "[0,8]")
#define BIAS     TENSOR("0.bias", "F64", "[1]", "[8,16]")
#define META     "\"__metadata__\":{\"bprop.version\":\"0.1.0\",\"bprop.activations\":\"identity\"}"
#define DTYPES   "F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL"
#define NOT_JSON "not a safetensors file: its header is not a JSON object (byte "
#define SHAPE    "its shape is not a list of at most 8 sizes that fit"
#define OFFSETS  "its data_offsets are not two sizes"
#define BEYOND   "its data_offsets reach beyond the file"
#define SPAN     "its data_offsets do not span what its shape needs"

typedef struct raw_file {
    const char *header;
    size_t n; /* bytes of tensors */
    const char *message;
} raw_file;

static const raw_file raw_files[] = {
    {"", 0, NOT_JSON "…"},
    {"nonsense", 0, NOT_JSON "…"},
    {"{" WEIGHT ",", 16, NOT_JSON "…"},
    {"{}{}", 0, NOT_JSON "…"},
    {"{\"a\":\"\\u0000\"}", 0, NOT_JSON "…"},
    {"{\"a\":\"\xff\"}", 0, NOT_JSON "…"},
    {"{" WEIGHT "," WEIGHT "}", 8, NOT_JSON "…"},
    {"{" META "," META "," WEIGHT "," BIAS "}", 16, NOT_JSON "…"},
    {"[]", 0, NOT_JSON "8: another value)"},
    {"{\"__metadata__\":[]}", 0, "__metadata__ is not an object"},
    {"{\"__metadata__\":{\"k\":1}}", 0, "__metadata__ 'k' is not a string"},
    {"{\"t\":7}", 0, "tensor 't': expected a dtype, a shape and data_offsets"},
    {"{\"t\":{\"dtype\":8}}", 0, "tensor 't': expected a dtype, a shape and data_offsets"},
    {"{" TENSOR("t", "F8", "[1]", "[0,1]") "}", 1,
     "tensor 't': unknown dtype 'F8'; known: " DTYPES},
    {"{\"t\":{\"dtype\":\"F64\"}}", 0, "tensor 't': " SHAPE},
    {"{" TENSOR("t", "F64", "7", "[0,8]") "}", 8, "tensor 't': " SHAPE},
    {"{" TENSOR("t", "F64", "[-1]", "[0,8]") "}", 8, "tensor 't': " SHAPE},
    {"{" TENSOR("t", "F64", "[1.0]", "[0,8]") "}", 8, "tensor 't': " SHAPE},
    {"{" TENSOR("t", "F64", "[4294967296,4294967296]", "[0,8]") "}", 8, "tensor 't': " SHAPE},
    {"{" TENSOR("t", "F64", "[4611686018427387904]", "[0,8]") "}", 8, "tensor 't': " SHAPE},
    {"{" TENSOR("t", "U8", "[1,1,1,1,1,1,1,1,1]", "[0,1]") "}", 1, "tensor 't': " SHAPE},
    {"{\"t\":{\"dtype\":\"F64\",\"shape\":[1]}}", 8, "tensor 't': " OFFSETS},
    {"{" TENSOR("t", "F64", "[1]", "[0]") "}", 8, "tensor 't': " OFFSETS},
    {"{" TENSOR("t", "F64", "[1]", "[0,8,16]") "}", 16, "tensor 't': " OFFSETS},
    {"{" TENSOR("t", "F64", "[1]", "[-8,0]") "}", 8, "tensor 't': " OFFSETS},
    {"{" TENSOR("t", "F64", "[1]", "[0,8]") "}", 7, "tensor 't': " BEYOND},
    {"{" TENSOR("t", "F64", "[1]", "[16,8]") "}", 16, "tensor 't': " BEYOND},
    {"{" TENSOR("t", "F64", "[1]", "[0,9223372036854775807]") "}", 8, "tensor 't': " BEYOND},
    {"{" TENSOR("t", "F64", "[1]", "[0,16]") "}", 16, "tensor 't': " SPAN},
    {"{" TENSOR("t", "F64", "[2,0]", "[0,8]") "}", 8, "tensor 't': " SPAN},
    {"{" WEIGHT "," TENSOR("0.bias", "F64", "[1]", "[16,24]") "}", 24,
     "tensor '0.bias': there is a hole before it"},
    {"{" TENSOR("t", "F64", "[1]", "[8,16]") "}", 16, "tensor 't': there is a hole before it"},
    {"{" TENSOR("a", "F64", "[2]", "[0,16]") "," BIAS "}", 16,
     "tensor '0.bias': it overlaps the tensor before it"},
    {"{" WEIGHT "," BIAS "}", 17, "1 bytes after the last tensor; expected none"},
    {"{}", 8, "8 bytes after the last tensor; expected none"},
    /* good files without a network */
    {"{}", 0, "weights without bprop's metadata; use them with --init-from"},
    {"{" WEIGHT "," BIAS "}", 16, "weights without bprop's metadata; use them with --init-from"},
    {"{" META "}", 0, "no tensor '0.weight'; expected 0.weight, 0.bias, 2.weight, 2.bias …"},
    {"{" META "," WEIGHT "}", 8, "no tensor '0.bias'"},
    {"{" META "," WEIGHT "," TENSOR("0.bias", "F16", "[4]", "[8,16]") "}", 16,
     "the tensors of layer '0' are not F64 or F32"},
    {"{" META "," WEIGHT "," TENSOR("0.bias", "F32", "[2]", "[8,16]") "}", 16,
     "'0.weight' is not a matrix with a row for each element of '0.bias'"},
    {"{" META "," WEIGHT "," TENSOR("0.bias", "F64", "[1,1]", "[8,16]") "}", 16,
     "'0.weight' is not a matrix with a row for each element of '0.bias'"},
    {"{" META "," TENSOR("0.weight", "F64", "[1]", "[0,8]") "," BIAS "}", 16,
     "'0.weight' is not a matrix with a row for each element of '0.bias'"},
    {"{" META "," TENSOR("0.weight", "F64", "[0,3]", "[0,0]") "," TENSOR("0.bias", "F64", "[0]",
                                                                         "[0,0]") "}",
     0, "'0.weight' is not a matrix with a row for each element of '0.bias'"},
    {"{" META "," WEIGHT "," BIAS "," TENSOR("2.weight", "F64", "[1,2]", "[16,32]") "," TENSOR(
         "2.bias", "F64", "[1]", "[32,40]") "}",
     40, "'2.weight' takes 2 inputs, but the layer before it has 1 neurons"},
    {"{" META "," WEIGHT "," BIAS "," TENSOR("more", "U8", "[1]", "[16,17]") "}", 17,
     "3 tensors, where 1 layers have two each"},
};

static void check_no_model(const char *path, bp_status status, const char *message)
{
    bp_model *model = (bp_model *)&model; /* must come through */
    bp_error error;
    assert_int_equal(bp_model_load(path, &model, &error), status);
    check_message(&error, message);
    assert_int_equal(error.status, status);
    if (status != BP_ERROR_ARGUMENT) /* see test_metadata */
        assert_string_equal(error.file, path);
    assert_ptr_equal(model, &model);
}

static void test_raw_files(void **state)
{
    static const char zeros[64];
    (void)state;
    for (size_t i = 0; i < sizeof raw_files / sizeof *raw_files; i++) {
        char *path = make_tensors(raw_files[i].header, zeros, raw_files[i].n);
        check_no_model(path, BP_ERROR_FORMAT, raw_files[i].message);
        remove_file(path);
    }
}

/* The first 8 bytes. */
static void test_raw_length(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } cases[] = {
        {"", 0},
        {"{", 1},
        {"\2\0\0\0\0\0\0", 7},
        {"\3\0\0\0\0\0\0\0{}", 10},
        {"\xff\xff\xff\xff\xff\xff\xff\xff{}", 10},
        {"\xfa\xff\xff\xff\xff\xff\xff\xff{}", 10},
        {"{\"a\": 1}{\"b\": 2}", 16},
    };
    char message[200];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *path = make_file(cases[i].bytes, cases[i].size);
        snprintf(message, sizeof message,
                 "not a safetensors file: the length of its header, in "
                 "its first 8 bytes, does not fit its %zu bytes",
                 cases[i].size);
        check_no_model(path, BP_ERROR_FORMAT, message);
        remove_file(path);
    }
    check_no_model("/nowhere/m", BP_ERROR_FILE, "cannot be opened: No such file or directory");
    bp_model *model = NULL;
    assert_int_equal(bp_model_load(NULL, &model, NULL), BP_ERROR_ARGUMENT);
    assert_int_equal(bp_model_load("/nowhere/m", NULL, NULL), BP_ERROR_ARGUMENT);
}

/* Deeper than a reader may follow: not a stack overflow. */
static void test_raw_depth(void **state)
{
    enum { DEPTH = 200000 };
    char *header = malloc(DEPTH + 1);
    (void)state;
    assert_non_null(header);
    memset(header, '[', DEPTH);
    header[DEPTH] = '\0';
    char *path = make_tensors(header, NULL, 0);
    check_no_model(path, BP_ERROR_FORMAT, NOT_JSON "…");
    remove_file(path);
    free(header);
}

static void test_raw_not_finite(void **state)
{
    static const double values[][2] = {{NAN, 0}, {1, INFINITY}, {-INFINITY, 1}};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char *path = make_tensors("{" META "," WEIGHT "," BIAS "}", values[i], 16);
        check_no_model(path, BP_ERROR_FORMAT,
                       "neuron 1 of layer '0' has a weight that is not a finite number");
        remove_file(path);
    }
}

/* ---- Files that are no models: the metadata ----------------------------------------------- */

/* A good model of a table, as a file. */
static char *make_model_file(const char *table, const char *target)
{
    bp_dataset *data = table_of(table);
    const bp_model_options options = {.hidden = "2", .target = target, .seed = 1};
    bp_model *model = make_model(data, &options);
    char *path = make_file("", 0);
    bp_error error;
    assert_ok(bp_model_save(model, path, &error), &error);
    bp_model_destroy(model);
    bp_dataset_destroy(data);
    return path;
}

/* Inputs 1 (a number) and 2 (texts p, q), classes u, v. */
static char *make_good_file(void) { return make_model_file("1,p,u\n2,q,v\n", NULL); }

/* That file instead with another value in its metadata; NULL removes the key. */
static char *with_metadata(char *path, const char *key, const char *value)
{
    size_t size, length = 0;
    char *bytes = slurp(path, &size);
    for (size_t i = 0; i < 8; i++)
        length |= (size_t)(unsigned char)bytes[i] << 8 * i;
    json_t *header = json_loadb(bytes + 8, length, 0, NULL);
    json_t *metadata = json_object_get(header, "__metadata__");
    assert_true(json_object_get(metadata, key) || strcmp(key, "bprop.classes") == 0 ||
                strstr(key, "weight"));
    if (value)
        json_object_set_new(metadata, key, json_string(value));
    else
        json_object_del(metadata, key);
    char *text = json_dumps(header, 0);
    remove_file(path);
    path = make_tensors(text, bytes + 8 + length, size - 8 - length);
    json_decref(header);
    free(text), free(bytes);
    return path;
}

#define INPUT                  "{\"column\":1,\"name\":null,\"shift\":0,\"scale\":1}"
#define CATEGORY(column, text) "{\"column\":" column ",\"name\":null,\"category\":\"" text "\"}"
#define INPUTS(first)          "[" first "," CATEGORY("2", "p") "," CATEGORY("2", "q") "]"
#define TARGET                 "{\"column\":3,\"name\":null,\"shift\":0,\"scale\":1}"
#define COUNTS(a, b)           "the tensors take 3 inputs and give 2 outputs, the metadata names " a " and " b
#define NAME                   "a \"name\" is neither a text nor null"
#define ORDER_OR_SCALE         "a \"shift\" or \"scale\" is not a number, or the scale is 0"
#define COLUMN                 "a \"column\" is not a number from 1 to bprop.columns"

typedef struct metadatum {
    const char *key, *value, *message;
} metadatum;

static const metadatum metadata[] = {
    {"bprop.version", NULL, "weights without bprop's metadata; use them with --init-from"},
    {"bprop.version", "", "metadata 'bprop.version': is not a version"},
    {"bprop.version", "new", "metadata 'bprop.version': is not a version"},
    {"bprop.version", "1", "metadata 'bprop.version': is not a version"},
    {"bprop.version", "999.0.0", "was written by bprop 999.0.0, newer than this one, …"},
    {"bprop.version", "0.999.0", "was written by bprop 0.999.0, newer than this one, …"},
    {"bprop.activations", NULL, "metadata 'bprop.activations': is missing"},
    {"bprop.activations", "tanh", "metadata 'bprop.activations': not one a layer"},
    {"bprop.activations", "tanh,tanh,softmax", "metadata 'bprop.activations': not one a layer"},
    {"bprop.activations", "tanh,softmax,", "metadata 'bprop.activations': not one a layer"},
    {"bprop.activations", "tanh,maxout",
     "metadata 'bprop.activations': unknown activation 'maxout'; known: " ACTIVATIONS},
    {"bprop.loss", NULL, "metadata 'bprop.loss': is missing"},
    {"bprop.task", NULL, "metadata 'bprop.task': is missing"},
    {"bprop.task", "regression",
     "metadata 'bprop.task': does not go with the presence of bprop.classes"},
    {"bprop.task", "multilabel",
     "metadata 'bprop.task': does not go with the presence of bprop.classes"},
    {"bprop.task", "both", "metadata 'bprop.task': does not go with the presence of bprop.classes"},
    {"bprop.columns", NULL, "metadata 'bprop.columns': is missing"},
    {"bprop.columns", "three", "metadata 'bprop.columns': is not a number of columns"},
    {"bprop.columns", "-3", "metadata 'bprop.columns': is not a number of columns"},
    {"bprop.columns", "2", "metadata 'bprop.targets': " COLUMN},
    {"bprop.columns", "0", "metadata 'bprop.inputs': " COLUMN},
    {"bprop.inputs", NULL, "metadata 'bprop.inputs': is missing"},
    {"bprop.inputs", "[", "metadata 'bprop.inputs': is not a JSON array"},
    {"bprop.inputs", "{}", "metadata 'bprop.inputs': is not a JSON array"},
    {"bprop.inputs", "[]", "metadata 'bprop.inputs': is empty"},
    {"bprop.inputs", "[1]", "metadata 'bprop.inputs': " COLUMN},
    {"bprop.inputs", INPUTS("{\"column\":0}"), "metadata 'bprop.inputs': " COLUMN},
    {"bprop.inputs", INPUTS("{\"column\":1.0}"), "metadata 'bprop.inputs': " COLUMN},
    {"bprop.inputs", INPUTS("{\"column\":1}"), "metadata 'bprop.inputs': " NAME},
    {"bprop.inputs", INPUTS("{\"column\":1,\"name\":2}"), "metadata 'bprop.inputs': " NAME},
    {"bprop.inputs", INPUTS("{\"column\":1,\"name\":null}"),
     "metadata 'bprop.inputs': " ORDER_OR_SCALE},
    {"bprop.inputs", INPUTS("{\"column\":1,\"name\":null,\"shift\":0,\"scale\":0}"),
     "metadata 'bprop.inputs': " ORDER_OR_SCALE},
    {"bprop.inputs", INPUTS("{\"column\":1,\"name\":null,\"shift\":\"0\",\"scale\":1}"),
     "metadata 'bprop.inputs': " ORDER_OR_SCALE},
    {"bprop.inputs", INPUTS("{\"column\":1,\"name\":null,\"category\":7}"),
     "metadata 'bprop.inputs': a \"category\" is not a text"},
    {"bprop.inputs", INPUTS("{\"column\":1,\"name\":\"a\",\"shift\":0,\"scale\":1}"),
     "metadata 'bprop.inputs': some columns have names and some have none"},
    {"bprop.inputs", "[" CATEGORY("2", "p") "," CATEGORY("2", "q") "," INPUT "]",
     "metadata 'bprop.inputs': not in the order of the columns"},
    {"bprop.inputs", "[" INPUT "," INPUT "," CATEGORY("2", "p") "]",
     "metadata 'bprop.inputs': a column or category stands twice"},
    {"bprop.inputs", "[" INPUT "]", COUNTS("1", "2")},
    {"bprop.targets", NULL, "metadata 'bprop.targets': is missing"},
    {"bprop.targets", "[" TARGET "," TARGET "]",
     "metadata 'bprop.targets': a classification has one"},
    {"bprop.targets", "[" CATEGORY("3", "u") "]",
     "metadata 'bprop.targets': a target is no category"},
    {"bprop.targets", "[{\"column\":3,\"name\":null,\"shift\":0,\"scale\":1,\"text\":1}]",
     "metadata 'bprop.targets': a \"text\" is neither true nor false"},
    {"bprop.inputs", INPUTS("{\"column\":1,\"name\":null,\"shift\":0,\"scale\":1,\"text\":true}"),
     "metadata 'bprop.inputs': a text without its category"},
    {"bprop.classes", NULL,
     "metadata 'bprop.task': does not go with the presence of bprop.classes"},
    {"bprop.classes", "7", "metadata 'bprop.classes': is not a JSON array"},
    {"bprop.classes", "[\"u\"]", "metadata 'bprop.classes': has fewer than two classes"},
    {"bprop.classes", "[\"u\",1]", "metadata 'bprop.classes': holds something that is not a text"},
    {"bprop.classes", "[\"u\",\"v\",\"w\"]", COUNTS("3", "3")},
    /* Classes and categories differ, inputs are no targets (a reader trusts nothing) */
    {"bprop.classes", "[\"u\",\"u\"]", "metadata 'bprop.classes': a class stands twice"},
    {"bprop.targets", "[" INPUT "]", "metadata 'bprop.targets': an input is a target"},
    /* BP_ERROR_FORMAT with the file's name */
    {"bprop.loss", "rmse", "metadata 'bprop.loss': unknown loss 'rmse'; known: " LOSSES},
    {"bprop.loss", "binary_cross_entropy",
     "metadata 'bprop.loss': loss binary_cross_entropy needs sigmoid outputs, not softmax"},
};

static void test_metadata(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof metadata / sizeof *metadata; i++) {
        char *path = with_metadata(make_good_file(), metadata[i].key, metadata[i].value);
        check_no_model(path, BP_ERROR_FORMAT, metadata[i].message);
        remove_file(path);
    }
}

#define SCALED(shift, scale) "{\"column\":2,\"name\":null,\"shift\":" shift ",\"scale\":" scale "}"

/* Of a model of an input and two labels, with tanh and sigmoid layers. */
static const metadatum metadata_of_labels[] = {
    {"bprop.task", "classification",
     "metadata 'bprop.task': does not go with the presence of bprop.classes"},
    {"bprop.classes", "[\"0\",\"1\"]",
     "metadata 'bprop.task': does not go with the presence of bprop.classes"},
    {"bprop.targets", "[" TARGET "]", "metadata 'bprop.targets': labels are two or more"},
    {"bprop.targets", "[" TARGET "," TARGET "]", "metadata 'bprop.targets': a column stands twice"},
    {"bprop.targets", "[" TARGET "," INPUT "]", "metadata 'bprop.targets': an input is a target"},
    {"bprop.targets", "[" TARGET "," SCALED("0", "2") "]",
     "metadata 'bprop.targets': a label is scaled"},
    {"bprop.targets", "[" TARGET "," SCALED("0.5", "1") "]",
     "metadata 'bprop.targets': a label is scaled"},
    {"bprop.targets",
     "[" TARGET ",{\"column\":2,\"name\":null,\"shift\":0,\"scale\":1,\"text\":true}]",
     "metadata 'bprop.targets': a text without classes"},
    {"bprop.activations", "tanh,softmax", "metadata 'bprop.loss': " SOFTMAX},
    {"bprop.loss", "cross_entropy",
     "metadata 'bprop.loss': loss cross_entropy needs softmax outputs, not sigmoid"},
};

static void test_metadata_of_labels(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof metadata_of_labels / sizeof *metadata_of_labels; i++) {
        const metadatum *m = &metadata_of_labels[i];
        char *path = with_metadata(make_model_file("1,0,1\n2,1,1\n", "2,3"), m->key, m->value);
        check_no_model(path, BP_ERROR_FORMAT, m->message);
        remove_file(path);
    }
    char *path =
        with_metadata(make_model_file("1,0,1\n2,1,1\n", "2,3"), "bprop.task", "regression");
    bp_model *model = NULL;
    bp_error error;
    assert_ok(bp_model_load(path, &model, &error), &error); /* numbers from 0 to 1, why not */
    assert_int_equal(bp_model_answers(model), BP_ANSWER_NUMBERS);
    bp_model_destroy(model);
    remove_file(path);
}

/* Of a model whose input is column 1, whose weights are column 2, and whose classes are u, v. */
static const metadatum metadata_of_weights[] = {
    {"bprop.weight", "[]", "metadata 'bprop.weight': is not a JSON object"},
    {"bprop.weight", "{}", "metadata 'bprop.weight': " COLUMN},
    {"bprop.weight", "{\"column\":4,\"name\":null}", "metadata 'bprop.weight': " COLUMN},
    {"bprop.weight", "{\"column\":2}", "metadata 'bprop.weight': " NAME},
    {"bprop.weight", "{\"column\":2,\"name\":\"w\"}",
     "metadata 'bprop.weight': some columns have names and some have none"},
    {"bprop.weight", "{\"column\":1,\"name\":null}",
     "metadata 'bprop.weight': the column is an input"},
    {"bprop.weight", "{\"column\":3,\"name\":null}",
     "metadata 'bprop.weight': the column is a target"},
    {"bprop.class_weights", "{}", "metadata 'bprop.class_weights': is not a JSON array"},
    {"bprop.class_weights", "[1]", "metadata 'bprop.class_weights': not one a class"},
    {"bprop.class_weights", "[1,2,3]", "metadata 'bprop.class_weights': not one a class"},
    {"bprop.class_weights", "[1,0]",
     "metadata 'bprop.class_weights': holds something that is not a number above 0"},
    {"bprop.class_weights", "[-1,1]",
     "metadata 'bprop.class_weights': holds something that is not a number above 0"},
    {"bprop.class_weights", "[1,\"2\"]",
     "metadata 'bprop.class_weights': holds something that is not a number above 0"},
    {"bprop.class_weights", "[1,1e999]", "metadata 'bprop.class_weights': is not a JSON array"},
};

static char *make_weighted_file(void)
{
    bp_dataset *data = table_of("1,3,u\n2,4,v\n3,5,v\n4,0,v\n");
    const bp_model_options options = {.weight_column = "2", .class_weight = "balanced", .seed = 1};
    bp_train_options training = bp_train_defaults();
    bp_model *model = make_model(data, &options);
    char *path = make_file("", 0);
    bp_error error;
    training.epochs = 1;
    assert_ok(bp_model_train(model, data, data, &training, &error), &error);
    assert_ok(bp_model_save(model, path, &error), &error);
    bp_model_destroy(model);
    bp_dataset_destroy(data);
    return path;
}

static void test_metadata_of_weights(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof metadata_of_weights / sizeof *metadata_of_weights; i++) {
        const metadatum *m = &metadata_of_weights[i];
        char *path = with_metadata(make_weighted_file(), m->key, m->value);
        check_no_model(path, BP_ERROR_FORMAT, m->message);
        remove_file(path);
    }
    char *path =
        with_metadata(make_model_file("1,0.5\n2,1.5\n", NULL), "bprop.class_weights", "[1,2]");
    check_no_model(path, BP_ERROR_FORMAT, "metadata 'bprop.class_weights': not one a class");
    remove_file(path);
}

/* The file keeps the weights as the training rows balanced them; a model from it asks for the
 * weight column to be trained on, and for nothing else. */
static void test_weights_of_file(void **state)
{
    char *path = make_weighted_file(), *again = make_file("", 0);
    bp_dataset *bare = table_of("1,u\n2,v\n"), *full = table_of("1,1,u\n2,1,v\n");
    bp_model *model = NULL;
    bp_evaluation e, f;
    bp_error error;
    size_t size, size_again;
    (void)state;
    char *bytes = slurp(path, &size);
    static const char weight[] = "\"bprop.weight\":\"{\\\"column\\\":2,\\\"name\\\":null}\"";
    static const char classes[] = "\"bprop.class_weights\":\"[2.0,0.6666666666666666";
    char *header = calloc(size, 1); /* without the eight bytes that come first */
    assert_non_null(header);
    memcpy(header, bytes + 8, size - 8);
    assert_non_null(strstr(header, weight));
    assert_non_null(strstr(header, classes));
    assert_ok(bp_model_load(path, &model, &error), &error);
    assert_ok(bp_model_save(model, again, &error), &error);
    char *bytes_again = slurp(again, &size_again);
    assert_int_equal(size, size_again);
    assert_memory_equal(bytes, bytes_again, size);
    assert_ok(bp_model_evaluate(model, NULL, bare, &e, &error), &error);
    assert_ok(bp_model_evaluate(model, NULL, full, &f, &error), &error);
    assert_true(e.loss == f.loss);
    check_same_answers(model, bare, model, full);
    assert_int_equal(bp_model_train(model, full, bare, NULL, &error), BP_ERROR_FORMAT);
    assert_string_equal(error.message, "2 columns, where the model was made for a table of 3, "
                                       "targets included, and weights");
    bp_evaluation_clear(&e), bp_evaluation_clear(&f);
    bp_model_destroy(model);
    bp_dataset_destroy(full), bp_dataset_destroy(bare);
    free(bytes_again), free(header), free(bytes);
    remove_file(again), remove_file(path);
}

/* A model from a file reads tables as the one that made the file: classes 7 and 07, inputs 1 and 2,
 * are texts. Files in which no target says what it is are of numbers if all classes are. */
static void test_read_for_model(void **state)
{
    const bp_read_options options = {.categorical = "1,3"};
    char *table = make_file("1,5,7\n2,6,07\n", 13), *path = make_file("", 0);
    bp_dataset *data = NULL, *again = NULL;
    bp_model *model = NULL, *loaded = NULL;
    double T[4] = {0};
    bp_error error;
    (void)state;
    assert_ok(bp_dataset_read(table, &options, &data, &error), &error);
    model = make_model(data, NULL);
    assert_ok(bp_model_save(model, path, &error), &error);
    assert_ok(bp_model_load(path, &loaded, &error), &error);
    assert_false(bp_model_classes_are_numbers(loaded));
    assert_ok(bp_model_read(loaded, table, NULL, &again, &error), &error);
    assert_true(bp_dataset_column_is_text(again, 0) && bp_dataset_column_is_text(again, 2));
    assert_false(bp_dataset_column_is_text(again, 1));
    assert_ok(bp_model_targets(loaded, again, T, 2, &error), &error);
    assert_string_equal(bp_model_output_name(loaded, 0), "07");
    assert_true(T[0] == 0 && T[1] == 1 && T[2] == 1 && T[3] == 0);
    check_same_answers(model, data, loaded, again);
    bp_model_destroy(loaded);
    loaded = NULL;
    path = with_metadata(path, "bprop.targets", "[" TARGET "]"); /* as older versions wrote it */
    assert_ok(bp_model_load(path, &loaded, &error), &error);
    assert_true(bp_model_classes_are_numbers(loaded));
    assert_int_equal(bp_model_read(NULL, table, NULL, &again, &error), BP_ERROR_ARGUMENT);
    bp_model_destroy(loaded), bp_model_destroy(model);
    bp_dataset_destroy(again), bp_dataset_destroy(data);
    remove_file(path), remove_file(table);
}

/* An older version's file, and one that is newer in the patch alone. */
static void test_versions(void **state)
{
    static const char *const versions[] = {"0.0.9", "0.1.999"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char *path = with_metadata(make_good_file(), "bprop.version", versions[i]);
        bp_model *model = NULL;
        bp_error error;
        assert_ok(bp_model_load(path, &model, &error), &error);
        bp_model_destroy(model);
        remove_file(path);
    }
}

/* ---- Files that are almost models --------------------------------------------------------- */

/* Loads the bytes as a model; what loads must be fit for use. */
static void check_harmless(const char *path, const void *bytes, size_t size, const bp_dataset *data)
{
    bp_model *model = (bp_model *)&model;
    bp_error error = {.status = BP_OK};
    double Y[2 * 2];
    overwrite(path, bytes, size);
    if (bp_model_load(path, &model, &error)) {
        assert_true(error.status != BP_OK && error.message[0] != '\0');
        assert_ptr_equal(model, &model);
        return;
    }
    assert_int_equal(bp_model_n_outputs(model), 2);
    bp_status status = bp_model_predict(model, NULL, data, Y, 2, &error);
    assert_true(status == BP_OK || error.message[0] != '\0');
    bp_model_destroy(model);
}

static void test_flipped_bytes(void **state)
{
    static const unsigned char flips[] = {0x01, 0x02, 0x10, 0x80, 0xff};
    char *path = make_good_file();
    bp_dataset *data = table_of("1,p,u\n2,q,v\n");
    size_t size;
    char *bytes = slurp(path, &size);
    (void)state;
    for (size_t i = 0; i < size; i++) {
        char kept = bytes[i];
        for (size_t j = 0; j < sizeof flips; j++) {
            bytes[i] = (char)(kept ^ flips[j]);
            check_harmless(path, bytes, size, data);
        }
        bytes[i] = kept;
    }
    check_harmless(path, bytes, size, data);
    free(bytes);
    bp_dataset_destroy(data);
    remove_file(path);
}

static void test_cut_short(void **state)
{
    char *path = make_good_file();
    size_t size;
    char *bytes = slurp(path, &size);
    (void)state;
    for (size_t cut = 0; cut < size; cut++) {
        bp_model *model = NULL;
        bp_error error;
        overwrite(path, bytes, cut);
        assert_int_equal(bp_model_load(path, &model, &error), BP_ERROR_FORMAT);
        assert_null(model);
    }
    free(bytes);
    remove_file(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_metadata_of_labels),  cmocka_unit_test(test_save_and_load),
        cmocka_unit_test(test_save_refused),        cmocka_unit_test(test_raw_files),
        cmocka_unit_test(test_raw_length),          cmocka_unit_test(test_raw_depth),
        cmocka_unit_test(test_raw_not_finite),      cmocka_unit_test(test_metadata),
        cmocka_unit_test(test_metadata_of_weights), cmocka_unit_test(test_weights_of_file),
        cmocka_unit_test(test_read_for_model),      cmocka_unit_test(test_versions),
        cmocka_unit_test(test_flipped_bytes),       cmocka_unit_test(test_cut_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
