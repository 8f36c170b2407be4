/* test_model_file.c: models saved and loaded; and model files that are not what they should be:
 * each has its message, and none of them harms. */
#include "models.h"
#include "tables.h"

#include "model/model_internal.h"

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
    bp_network_parameters(bp_model_network(model))[3] = NAN;
    assert_int_equal(bp_model_save(model, "/dev/null", &error), BP_ERROR_ARGUMENT);
    assert_string_equal(error.message,
                        "a weight is not a finite number, which no reader would take");
    bp_model_destroy(model);
    bp_dataset_destroy(data);
}

/* ---- Files that are no models: the tensors ------------------------------------------------ */

/* A network of one input and one output: two tensors of a double each. */
#define WEIGHT TENSOR("0.weight", "F64", "[1,1]", "[0,8]")
#define BIAS   TENSOR("0.bias", "F64", "[1]", "[8,16]")
#define META   "\"__metadata__\":{\"bprop.version\":\"0.1.0\",\"bprop.activations\":\"identity\"}"
#define FIRST  "no tensor '0.weight'; expected 0.weight, 0.bias, 2.weight, 2.bias …; the first of "
#define MORE                                                                                        \
    ": expected 2.weight and 2.bias or no more, since layers are numbered 0, 2, 4 …; rename it, " \
    "or leave it out"
#define BARE  "weights without bprop's metadata; use them with --init-from"
#define OF_W  "tensor '0.weight': "
#define OF_B  "tensor '0.bias': "
#define SIZES "; expected [neurons, inputs], at least 1 each"
#define TYPES "; expected F64, F32, F16 or BF16"
#define ROWS  "; expected a row for each element of the bias"

/* Files whose container is as it should be: see test_safetensors.c for those whose is not. */
static const struct {
    const char *header;
    size_t n; /* bytes of tensors */
    const char *message;
} raw_files[] = {
    {"{}", 0, BARE},
    {"{" WEIGHT "," BIAS "}", 16, BARE},
    {"{\"__metadata__\":{\"format\":\"pt\"}," WEIGHT "," BIAS "}", 16, BARE},
    {"{" META "}", 0, FIRST "0 found is ''"},
    {"{" META "," TENSOR("0.bias", "F64", "[1]", "[0,8]") "}", 8, FIRST "1 found is '0.bias'"},
    {"{" META "," TENSOR("fc.weight", "F64", "[1,1]", "[0,8]") "," TENSOR("fc.bias", "F64", "[1]",
                                                                          "[8,16]") "}",
     16, FIRST "2 found is 'fc.bias'"},
    {"{" META "," TENSOR("00.weight", "F64", "[1,1]", "[0,8]") "," BIAS "}", 16,
     FIRST "2 found is '0.bias'"},
    {"{" META "," WEIGHT "}", 8, OF_B "it is missing"},
    {"{" META "," TENSOR("0.weight", "I64", "[1,1]", "[0,8]") "," BIAS "}", 16,
     OF_W "its dtype is I64" TYPES},
    {"{" META "," WEIGHT "," TENSOR("0.bias", "F8_E4M3", "[8]", "[8,16]") "}", 16,
     OF_B "its dtype is F8_E4M3" TYPES},
    {"{" META "," TENSOR("0.weight", "F64", "[1]", "[0,8]") "," BIAS "}", 16,
     OF_W "its shape is [1]" SIZES},
    {"{" META "," TENSOR("0.weight", "F64", "[]", "[0,8]") "," BIAS "}", 16,
     OF_W "its shape is []" SIZES},
    {"{" META "," TENSOR("0.weight", "F64", "[1,1,1]", "[0,8]") "," BIAS "}", 16,
     OF_W "its shape is [1, 1, 1]" SIZES},
    {"{" META "," TENSOR("0.weight", "F64", "[0,3]", "[0,0]") "," TENSOR("0.bias", "F64", "[0]",
                                                                         "[0,0]") "}",
     0, OF_W "its shape is [0, 3]" SIZES},
    {"{" META "," TENSOR("0.weight", "F64", "[1,0]", "[0,0]") "," TENSOR("0.bias", "F64", "[1]",
                                                                         "[0,8]") "}",
     8, OF_W "its shape is [1, 0]" SIZES},
    {"{" META "," WEIGHT "," TENSOR("0.bias", "F64", "[1,1]", "[8,16]") "}", 16,
     OF_B "its shape is [1, 1]; expected one dimension, at least 1"},
    {"{" META "," WEIGHT "," TENSOR("0.bias", "F64", "[0]", "[8,8]") "}", 8,
     OF_B "its shape is [0]; expected one dimension, at least 1"},
    {"{" META "," WEIGHT "," TENSOR("0.bias", "F32", "[2]", "[8,16]") "}", 16,
     OF_W "its shape is [1, 1], that of '0.bias' [2]" ROWS},
    /* transposed */
    {"{" META "," TENSOR("0.weight", "F64", "[1,3]", "[0,24]") "," TENSOR("0.bias", "F64", "[3]",
                                                                          "[24,48]") "}",
     48, OF_W "its shape is [1, 3], that of '0.bias' [3]" ROWS},
    {"{" META "," WEIGHT "," BIAS "," TENSOR("2.weight", "F64", "[1,2]", "[16,32]") "," TENSOR(
         "2.bias", "F64", "[1]", "[32,40]") "}",
     40, "tensor '2.weight': its shape is [1, 2]; expected [1, 1], since layer 0 has 1 neurons"},
    {"{" META "," WEIGHT "," BIAS "," TENSOR("2.weight", "F64", "[1,1]", "[16,24]") "}", 24,
     "tensor '2.bias': it is missing"},
    /* more than the layers */
    {"{" META "," WEIGHT "," BIAS "," TENSOR("more", "U8", "[1]", "[16,17]") "}", 17,
     "tensor 'more'" MORE},
    {"{" META "," WEIGHT "," BIAS "," TENSOR("2.bias", "F64", "[1]", "[16,24]") "}", 24,
     "tensor '2.bias'" MORE},
    {"{" META "," WEIGHT "," BIAS "," TENSOR("00.bias", "F64", "[1]", "[16,24]") "}", 24,
     "tensor '00.bias'" MORE},
    {"{" META "," WEIGHT "," BIAS "," TENSOR("0.weight_g", "F64", "[1]", "[16,24]") "}", 24,
     "tensor '0.weight_g'" MORE},
    {"{" META "," WEIGHT "," BIAS "," TENSOR("1.running_mean", "F64", "[1]", "[16,24]") "}", 24,
     "tensor '1.running_mean'" MORE},
    /* a Dropout lies between */
    {"{" META "," WEIGHT "," BIAS "," TENSOR("3.weight", "F64", "[1,1]", "[16,24]") "," TENSOR(
         "3.bias", "F64", "[1]", "[24,32]") "}",
     32, "tensor '3.bias'" MORE},
    {"{" META "," WEIGHT "," BIAS
     "," TENSOR("18446744073709551618.weight", "F64", "[1,1]", "[16,24]") "}",
     24, "tensor '18446744073709551618.weight'" MORE},
};

static void check_no_model(const char *path, bp_status status, const char *message)
{
    bp_model *model = (bp_model *)&model; /* must come through */
    bp_error error;
    assert_int_equal(bp_model_load(path, &model, &error), status);
    check_message(&error, message);
    assert_int_equal(error.status, status);
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

static void test_no_file(void **state)
{
    bp_model *model = NULL;
    (void)state;
    check_no_model("data/iris.csv", BP_ERROR_FORMAT,
                   "not a safetensors file: the length of its header, in bytes 0 to 7, reads "
                   "3185503108754124341; expected 2 to 100000000");
    check_no_model("/dev/zero", BP_ERROR_FORMAT,
                   "not a safetensors file: the length of its header, in bytes 0 to 7, reads 0; "
                   "expected 2 to 100000000");
    check_no_model("data", BP_ERROR_FILE, "cannot be read: Is a directory");
    check_no_model("/nowhere/m", BP_ERROR_FILE, "cannot be opened: No such file or directory");
    assert_int_equal(bp_model_load(NULL, &model, NULL), BP_ERROR_ARGUMENT);
    assert_int_equal(bp_model_load("/nowhere/m", NULL, NULL), BP_ERROR_ARGUMENT);
}

static void test_raw_not_finite(void **state)
{
    static const struct {
        double values[2];
        const char *message;
    } cases[] = {
        {{NAN, 0},
         "byte 202: tensor '0.weight', element 0 from 0, is nan; expected finite numbers"},
        {{1, INFINITY},
         "byte 210: tensor '0.bias', element 0 from 0, is inf; expected finite numbers"},
        {{-INFINITY, 1},
         "byte 202: tensor '0.weight', element 0 from 0, is -inf; expected finite numbers"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *path = make_tensors("{" META "," WEIGHT "," BIAS "}", cases[i].values, 16);
        check_no_model(path, BP_ERROR_FORMAT, cases[i].message);
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
#define NAME                   "expected a \"name\", a text or null"
#define SHIFT                  "expected a \"shift\", a number, or a \"category\""
#define SCALE                  "expected a \"scale\", a number other than 0"
#define COLUMN                 "expected a \"column\" from 1 to bprop.columns"

typedef struct metadatum {
    const char *key, *value, *message;
} metadatum;

#define OF(key, what)  "metadata 'bprop." key "': " what
#define LABEL          "expected \"shift\" 0 and \"scale\" 1 of a class or label"
#define ITEM(n, what)  "item " n ": " what
#define OLDER          "is newer than this bprop, …"
#define VERSION(found) OF("version", "'" found "'; expected a version such as 0.1.0")
#define LAYERS(n)      OF("activations", n " names; expected one for each of the 2 layers")
#define TASK(found)                                                                                \
    OF("task", "'" found "'; expected classification, since there are bprop.classes")
#define NO_CLASSES   "; expected multilabel or regression, since there are no bprop.classes"
#define WIDTH(found) OF("columns", "'" found "'; expected how many columns a table has, 2 or more")
#define NO_JSON      "not JSON, at byte "

static const metadatum metadata[] = {
    {"bprop.version", NULL, BARE},
    {"bprop.version", "", VERSION("")},
    {"bprop.version", "new", VERSION("new")},
    {"bprop.version", "1", VERSION("1")},
    {"bprop.version", "0.1", VERSION("0.1")},
    {"bprop.version", "0.1.", VERSION("0.1.")},
    {"bprop.version", " 0.1.0", VERSION(" 0.1.0")},
    {"bprop.version", "0.1.0 ", VERSION("0.1.0 ")},
    {"bprop.version", "-0.1.0", VERSION("-0.1.0")},
    {"bprop.version", "0.1.0.0", VERSION("0.1.0.0")},
    {"bprop.version", "999999.0.0", VERSION("999999.0.0")},
    {"bprop.version", "999.0.0", OF("version", "999.0.0 " OLDER)},
    {"bprop.version", "0.999.0", OF("version", "0.999.0 " OLDER)},
    {"bprop.activations", NULL, OF("activations", "it is missing")},
    {"bprop.activations", "tanh", LAYERS("1")},
    {"bprop.activations", "tanh,tanh,softmax", LAYERS("3")},
    {"bprop.activations", "tanh,softmax,", LAYERS("3")},
    {"bprop.activations", "", OF("activations", "unknown activation ''; known: " ACTIVATIONS)},
    {"bprop.activations", "tanh,maxout",
     OF("activations", "unknown activation 'maxout'; known: " ACTIVATIONS)},
    {"bprop.activations", "tanh, softmax",
     OF("activations", "unknown activation ' softmax'; known: " ACTIVATIONS)},
    {"bprop.loss", NULL, OF("loss", "it is missing")},
    {"bprop.loss", "rmse", OF("loss", "unknown loss 'rmse'; known: " LOSSES)},
    {"bprop.loss", "binary_cross_entropy",
     OF("loss", "loss binary_cross_entropy needs sigmoid outputs, not softmax")},
    {"bprop.task", NULL, OF("task", "it is missing")},
    {"bprop.task", "regression", TASK("regression")},
    {"bprop.task", "multilabel", TASK("multilabel")},
    {"bprop.task", "both", TASK("both")},
    {"bprop.missing", "drop", OF("missing", "'drop'; expected error or mean")},
    {"bprop.missing", "mean",
     OF("inputs", ITEM("1", "expected a \"fill\", a number, since bprop.missing is mean"))},
    {"bprop.columns", NULL, OF("columns", "it is missing")},
    {"bprop.columns", "three", WIDTH("three")},
    {"bprop.columns", "-3", WIDTH("-3")},
    {"bprop.columns", "3.0", WIDTH("3.0")},
    {"bprop.columns", "1", WIDTH("1")},
    {"bprop.columns", "99999999999999999999", WIDTH("99999999999999999999")},
    {"bprop.columns", "2", OF("targets", ITEM("1", COLUMN))},
    {"bprop.inputs", NULL, OF("inputs", "it is missing")},
    {"bprop.inputs", "",
     OF("inputs", NO_JSON "0 of the text: '[' or '{' expected near end of file")},
    {"bprop.inputs", "[1,", OF("inputs", NO_JSON "3 of the text: ']' expected near end of file")},
    {"bprop.inputs", "[]]", OF("inputs", NO_JSON "3 of the text: end of file expected near ']'")},
    {"bprop.inputs", "[{\"column\":1,\"column\":1}]",
     OF("inputs", NO_JSON "21 of the text: duplicate object key near '\"column\"'")},
    {"bprop.inputs", "{}", OF("inputs", "expected a JSON array")},
    {"bprop.inputs", "[]", OF("inputs", "expected one or more columns")},
    {"bprop.inputs", "[1]", OF("inputs", ITEM("1", COLUMN))},
    {"bprop.inputs", INPUTS("{\"column\":0}"), OF("inputs", ITEM("1", COLUMN))},
    {"bprop.inputs", INPUTS("{\"column\":-1}"), OF("inputs", ITEM("1", COLUMN))},
    {"bprop.inputs", INPUTS("{\"column\":1.0}"), OF("inputs", ITEM("1", COLUMN))},
    {"bprop.inputs", INPUTS("{\"column\":\"1\"}"), OF("inputs", ITEM("1", COLUMN))},
    {"bprop.inputs", "[" INPUT "," CATEGORY("4", "p") "]", OF("inputs", ITEM("2", COLUMN))},
    {"bprop.inputs", INPUTS("{\"column\":1}"), OF("inputs", ITEM("1", NAME))},
    {"bprop.inputs", INPUTS("{\"column\":1,\"name\":2}"), OF("inputs", ITEM("1", NAME))},
    {"bprop.inputs", INPUTS("{\"column\":1,\"name\":null}"), OF("inputs", ITEM("1", SHIFT))},
    {"bprop.inputs", INPUTS("{\"column\":1,\"name\":null,\"shift\":\"0\",\"scale\":1}"),
     OF("inputs", ITEM("1", SHIFT))},
    {"bprop.inputs", INPUTS("{\"column\":1,\"name\":null,\"shift\":0}"),
     OF("inputs", ITEM("1", SCALE))},
    {"bprop.inputs", INPUTS("{\"column\":1,\"name\":null,\"shift\":0,\"scale\":0}"),
     OF("inputs", ITEM("1", SCALE))},
    {"bprop.inputs", INPUTS("{\"column\":1,\"name\":null,\"shift\":0,\"scale\":1e-400}"),
     OF("inputs", ITEM("1", SCALE))},
    {"bprop.inputs", INPUTS("{\"column\":1,\"name\":null,\"shift\":0,\"scale\":1e400}"),
     OF("inputs", NO_JSON "48 of the text: real number overflow near '1e400'")},
    {"bprop.inputs", INPUTS("{\"column\":1,\"name\":null,\"category\":7}"),
     OF("inputs", ITEM("1", "expected a \"category\", a text"))},
    {"bprop.inputs", INPUTS("{\"column\":1,\"name\":\"a\",\"shift\":0,\"scale\":1}"),
     OF("inputs",
        "column 2 has no name, and column 1 has one; expected names for all columns or for none")},
    {"bprop.inputs", INPUTS("{\"column\":1,\"name\":null,\"shift\":0,\"scale\":1,\"text\":true}"),
     OF("inputs", ITEM("1", "expected a \"category\" of a text"))},
    {"bprop.inputs", "[" CATEGORY("2", "p") "," CATEGORY("2", "q") "," INPUT "]",
     OF("inputs", ITEM("3", "column 1; expected the order of the columns"))},
    {"bprop.inputs", "[" INPUT "," INPUT "," CATEGORY("2", "p") "]",
     OF("inputs", ITEM("2", "column 1 stands twice"))},
    {"bprop.inputs", "[" INPUT "," CATEGORY("1", "p") "," CATEGORY("2", "p") "]",
     OF("inputs", ITEM("2", "column 1 stands twice"))},
    {"bprop.inputs", "[" INPUT "," CATEGORY("2", "p") "," CATEGORY("2", "p") "]",
     OF("inputs", "category 'p' stands twice")},
    {"bprop.inputs", "[" INPUT "]", COUNTS("1", "2")},
    {"bprop.targets", NULL, OF("targets", "it is missing")},
    {"bprop.targets", "[" TARGET "," TARGET "]",
     OF("targets", "2 columns; expected the one of the classes")},
    {"bprop.targets", "[" CATEGORY("3", "u") "]",
     OF("targets", ITEM("1", "a \"category\"; expected a \"shift\" and a \"scale\" of a target"))},
    {"bprop.targets", "[{\"column\":3,\"name\":null,\"shift\":0,\"scale\":1,\"text\":1}]",
     OF("targets", ITEM("1", "expected a \"text\" of true or false, or none"))},
    {"bprop.targets", "[" INPUT "]", OF("targets", "column 1 stands in bprop.inputs already")},
    {"bprop.targets", "[{\"column\":3,\"name\":\"y\",\"shift\":0,\"scale\":1}]",
     OF("targets",
        "column 3 has a name, and column 1 has none; expected names for all columns or for none")},
    {"bprop.targets", "[{\"column\":3,\"name\":null,\"shift\":0,\"scale\":2}]",
     OF("targets", ITEM("1", LABEL))},
    {"bprop.classes", NULL, OF("task", "'classification'" NO_CLASSES)},
    {"bprop.classes", "7", OF("classes", NO_JSON "1 of the text: '[' or '{' expected near '7'")},
    {"bprop.classes", "{}", OF("classes", "expected a JSON array")},
    {"bprop.classes", "[\"u\"]", OF("classes", "expected two or more classes")},
    {"bprop.classes", "[\"u\",1]", OF("classes", ITEM("2", "expected a text"))},
    {"bprop.classes", "[\"u\",\"v\",\"w\"]", COUNTS("3", "3")},
    {"bprop.classes", "[\"u\",\"u\"]", OF("classes", "class 'u' stands twice")},
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
    {"bprop.task", "classification", OF("task", "'classification'" NO_CLASSES)},
    {"bprop.classes", "[\"0\",\"1\"]", TASK("multilabel")},
    {"bprop.targets", "[" TARGET "]", OF("targets", "expected two or more columns of labels")},
    {"bprop.targets", "[" TARGET "," TARGET "]",
     OF("targets", "column 3 stands in bprop.targets already")},
    {"bprop.targets", "[" TARGET "," INPUT "]",
     OF("targets", "column 1 stands in bprop.inputs already")},
    {"bprop.targets", "[" TARGET "," SCALED("0", "2") "]", OF("targets", ITEM("2", LABEL))},
    {"bprop.targets", "[" TARGET "," SCALED("0.5", "1") "]", OF("targets", ITEM("2", LABEL))},
    {"bprop.targets",
     "[" TARGET ",{\"column\":2,\"name\":null,\"shift\":0,\"scale\":1,\"text\":true}]",
     OF("targets", ITEM("2", "a text; expected numbers without bprop.classes"))},
    {"bprop.activations", "tanh,softmax", OF("loss", SOFTMAX)},
    {"bprop.loss", "cross_entropy",
     OF("loss", "loss cross_entropy needs softmax outputs, not sigmoid")},
};

#define NAMED(column, name, rest) "{\"column\":" column ",\"name\":\"" name "\"," rest "}"
#define NUMBER                    "\"shift\":0,\"scale\":1"

/* Of a model of the columns x (a number), kind (texts p, q), y (the classes u, v). */
static const metadatum metadata_of_names[] = {
    {"bprop.inputs",
     "[" NAMED("1", "x", NUMBER) "," NAMED("2", "kind", "\"category\":\"p\"") "," NAMED(
         "2", "other", "\"category\":\"q\"") "]",
     OF("inputs", ITEM("3", "column 2 stands twice"))},
    {"bprop.inputs",
     "[" NAMED("1", "x", NUMBER) "," NAMED("2", "x", "\"category\":\"p\"") "," NAMED(
         "2", "x", "\"category\":\"q\"") "]",
     OF("inputs", "a column named 'x' stands twice")},
    {"bprop.targets", "[" NAMED("3", "kind", NUMBER) "]",
     OF("targets", "a column named 'kind' stands twice")},
    {"bprop.targets", "[" TARGET "]",
     OF("targets",
        "column 3 has no name, and column 1 has one; expected names for all columns or for none")},
};

static void test_metadata_of_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof metadata_of_names / sizeof *metadata_of_names; i++) {
        const metadatum *m = &metadata_of_names[i];
        char *path =
            with_metadata(make_model_file("x,kind,y\n1,p,u\n2,q,v\n", NULL), m->key, m->value);
        check_no_model(path, BP_ERROR_FORMAT, m->message);
        remove_file(path);
    }
}

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
    {"bprop.weight", "[]", OF("weight", "expected a JSON object")},
    {"bprop.weight", "{}", OF("weight", ITEM("1", COLUMN))},
    {"bprop.weight", "{\"column\":4,\"name\":null}", OF("weight", ITEM("1", COLUMN))},
    {"bprop.weight", "{\"column\":2}", OF("weight", ITEM("1", NAME))},
    {"bprop.weight", "{\"column\":2,\"name\":\"w\"}",
     OF("weight",
        "column 2 has a name, and column 1 has none; expected names for all columns or for none")},
    {"bprop.weight", "{\"column\":1,\"name\":null}",
     OF("weight", "column 1 stands in bprop.inputs already")},
    {"bprop.weight", "{\"column\":3,\"name\":null}",
     OF("weight", "column 3 stands in bprop.targets already")},
    {"bprop.class_weights", "{}", OF("class_weights", "expected a JSON array")},
    {"bprop.class_weights", "[1]",
     OF("class_weights", "1 numbers; expected one for each of the 2 classes")},
    {"bprop.class_weights", "[1,2,3]",
     OF("class_weights", "3 numbers; expected one for each of the 2 classes")},
    {"bprop.class_weights", "[1,0]", OF("class_weights", ITEM("2", "expected a number above 0"))},
    {"bprop.class_weights", "[-1,1]", OF("class_weights", ITEM("1", "expected a number above 0"))},
    {"bprop.class_weights", "[1,\"2\"]",
     OF("class_weights", ITEM("2", "expected a number above 0"))},
    {"bprop.class_weights", "[1,1e999]",
     OF("class_weights", NO_JSON "8 of the text: real number overflow near '1e999'")},
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
    check_no_model(path, BP_ERROR_FORMAT,
                   OF("class_weights", "2 numbers; expected one for each of the 0 classes"));
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
    assert_ok(bp_model_evaluate(model, NULL, 1, bare, &e, &error), &error);
    assert_ok(bp_model_evaluate(model, NULL, 1, full, &f, &error), &error);
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
static void check_harmless(const void *bytes, size_t size, const bp_dataset *data)
{
    bp_model *model = (bp_model *)&model;
    bp_input *input = NULL;
    bp_error error = {.status = BP_OK};
    double Y[2 * 2];
    assert_ok(bp_input_of_bytes("m", bytes, size, &input, &error), &error);
    bp_status status = bp_model_read_from(input, &model, NULL, &error);
    bp_input_close(input);
    if (status) {
        assert_true(status == BP_ERROR_FORMAT && error.message[0] != '\0');
        assert_string_equal(error.file, "m");
        assert_ptr_equal(model, &model);
        return;
    }
    assert_int_equal(bp_model_n_outputs(model), 2);
    status = bp_model_predict(model, NULL, 1, data, Y, 2, &error);
    assert_true(status == BP_OK || error.message[0] != '\0');
    bp_model_destroy(model);
}

/* Every byte, turned into each fifth of the 255 others; which ones differs from byte to byte. */
static void test_flipped_bytes(void **state)
{
    enum { STEP = 5 };
    char *path = make_good_file();
    bp_dataset *data = table_of("1,p,u\n2,q,v\n");
    size_t size;
    char *bytes = slurp(path, &size);
    (void)state;
    for (size_t i = 0; i < size; i++) {
        char kept = bytes[i];
        for (size_t flip = 1 + i % STEP; flip < 256; flip += STEP) {
            bytes[i] = (char)(kept ^ (int)flip);
            check_harmless(bytes, size, data);
        }
        bytes[i] = kept;
    }
    check_harmless(bytes, size, data);
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
        bp_input *input = NULL;
        bp_error error;
        assert_ok(bp_input_of_bytes("m", bytes, cut, &input, &error), &error);
        assert_int_equal(bp_model_read_from(input, &model, NULL, &error), BP_ERROR_FORMAT);
        assert_non_null(strstr(error.message, cut < 8 ? "it ends at byte " : "the file ends; "));
        assert_null(model);
        bp_input_close(input);
    }
    free(bytes);
    remove_file(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_metadata_of_labels),
        cmocka_unit_test(test_save_and_load),
        cmocka_unit_test(test_save_refused),
        cmocka_unit_test(test_raw_files),
        cmocka_unit_test(test_no_file),
        cmocka_unit_test(test_metadata_of_names),
        cmocka_unit_test(test_raw_not_finite),
        cmocka_unit_test(test_metadata),
        cmocka_unit_test(test_metadata_of_weights),
        cmocka_unit_test(test_weights_of_file),
        cmocka_unit_test(test_read_for_model),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_flipped_bytes),
        cmocka_unit_test(test_cut_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
