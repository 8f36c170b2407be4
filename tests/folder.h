/* folder.h: a folder of its own for each test that writes files. */
#ifndef BP_TESTS_FOLDER_H
#define BP_TESTS_FOLDER_H

#include "models.h"

#include <stdbool.h>

/* A new, empty folder, and the path of "file" in it. */
extern char folder[4096], path[8192];

/* For cmocka's set-up and tear-down; the latter removes what lies in the folder, and fails if there
 * are more or fewer open descriptors than before. */
int make_folder(void **state);
int remove_folder(void **state);
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

/* The path of a name in the folder; good until the next but three. */
const char *in_folder(const char *name);

/* Calls `see` for each file in the folder, those of hidden names included; how many there are. */
typedef void see_file(const char *path, void *user);
int each_file(see_file *see, void *user);
int count_files(void);

/* Whether a file in the folder can be made without a name, and get one when it is complete. */
bool can_be_without_name(void);

void check_contents(const char *name, const void *expected, size_t size);

#endif
