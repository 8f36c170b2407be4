#define _GNU_SOURCE /* O_TMPFILE */
#include "folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char folder[4096], path[8192];
static int next_descriptor; /* the lowest that is not open */

static int lowest_descriptor(void)
{
    int fd = dup(STDERR_FILENO);
    close(fd);
    return fd;
}

int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "%s/bprop-test-XXXXXX", temporary_folder());
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/file", folder);
    next_descriptor = lowest_descriptor();
    return 0;
}

const char *in_folder(const char *name)
{
    static char paths[4][8192];
    static int next;
    char *to = paths[next++ % 4];
    snprintf(to, sizeof *paths, "%s/%s", folder, name);
    return to;
}

int each_file(see_file *see, void *user)
{
    int n = 0;
    DIR *listing = opendir(folder);
    assert_non_null(listing);
    for (struct dirent *entry; (entry = readdir(listing));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        n++;
        if (see)
            see(in_folder(entry->d_name), user);
    }
    closedir(listing);
    return n;
}

int count_files(void) { return each_file(NULL, NULL); }

static void remove_it(const char *name, void *user)
{
    (void)user;
    remove(name);
}

int remove_folder(void **state)
{
    (void)state;
    each_file(remove_it, NULL);
    return rmdir(folder) || lowest_descriptor() != next_descriptor ? -1 : 0;
}

void check_contents(const char *name, const void *expected, size_t size)
{
    size_t got;
    char *bytes = slurp(name, &got);
    assert_int_equal(got, size);
    assert_memory_equal(bytes, expected, size);
    free(bytes);
}

bool can_be_without_name(void)
{
#ifdef O_TMPFILE
    int fd = open(folder, O_TMPFILE | O_RDWR, 0600);
    if (fd >= 0)
        close(fd);
    return fd >= 0 && access("/proc/self/fd", X_OK) == 0;
#else
    return false;
#endif
}
