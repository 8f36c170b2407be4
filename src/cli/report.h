/* report.h: what every command says in the same way. */
#ifndef BP_CLI_REPORT_H
#define BP_CLI_REPORT_H

#include "options.h"

#include <bprop/bprop.h>
#include <jansson.h>
#include <stdio.h>

/* Exit statuses; a signal gives 128 + its number. */
enum { EXIT_DONE = 0, EXIT_ERROR = 1, EXIT_USAGE = 2, EXIT_DIVERGED = 3 };

/* Fills *error, with `file` NULL for none, and returns `status`. */
bp_status fail(bp_error *error, bp_status status, const char *file, const char *format, ...);
bp_status fail_memory(bp_error *error);

/* Prints "bprop: FILE:LINE: message" on stderr; returns the exit status for it. */
int report_error(const bp_error *error);

/* Sends what was printed on its way; BP_ERROR_FILE if that fails, or has failed before, when the
 * reason may be lost. */
bp_status flush_stdout(bp_error *error);

/* Writes one JSON object as a line on stdout and frees it; returns the exit status. NULL, which is
 * what Jansson gives when memory is short, is an error. */
int print_json(json_t *object);

/* Jansson gives NULL where memory is short. These pass that on: an array or object that lacks a
 * part is freed, and NULL from then on. The value becomes theirs. */
void append_json(json_t **array, json_t *value);
void set_json(json_t **object, const char *key, json_t *value);

/* A JSON number, or null for what JSON has no number for. */
json_t *json_finite(double value);

/* Prints the foremost figure of an evaluation and of its baseline, without a newline: "accuracy
 * 0.98 (always no: 0.9)", or "R2 …, RMSE …, MAE …" of each target. */
void print_summary(FILE *file, const bp_model *model, const bp_evaluation *e);

/* Prints all figures as lines on `file`. */
void print_evaluation(FILE *file, const bp_model *model, const bp_evaluation *e);

/* The same as a JSON object. */
json_t *evaluation_to_json(const bp_model *model, const bp_evaluation *e);

/* The name of a file for people: - is standard input. */
const char *file_label(const char *path);

/* A name for the terminal: control characters become ?, what is too long is cut. */
const char *printable(const char *name, char text[80]);

/* "column 3", or the name of output j's target. */
const char *target_label(const bp_model *model, size_t j, char text[80]);

/* The names of the first n classes, labels or targets, in full. */
json_t *names_to_json(const bp_model *model, bool classes, size_t n);

#endif
