/* replay.c: gives a target every file of the folders named, in any build, without libFuzzer. */
#define _XOPEN_SOURCE 700
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In a block of its own size, so that a sanitizer sees what reads beyond it. */
static void replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    require(file && fseek(file, 0, SEEK_END) == 0);
    long size = ftell(file);
    require(size >= 0 && fseek(file, 0, SEEK_SET) == 0);
    uint8_t *bytes = malloc(size ? (size_t)size : 1);
    require(bytes && fread(bytes, 1, (size_t)size, file) == (size_t)size);
    fclose(file);
    LLVMFuzzerTestOneInput(bytes, (size_t)size);
    free(bytes);
}

/* How many files it has. */
static size_t replay_folder(const char *folder)
{
    char path[4096];
    size_t n = 0;
    DIR *entries = opendir(folder);
    const struct dirent *entry;
    if (!entries)
        return 0; /* a target without findings has no folder of them */
    while ((entry = readdir(entries))) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        printf("%s\n", path); /* the last line names what ended it */
        fflush(stdout);
        replay(path);
        n++;
    }
    closedir(entries);
    return n;
}

int main(int argc, char **argv)
{
    size_t n = 0;
    for (int i = 1; i < argc; i++)
        n += replay_folder(argv[i]);
    printf("%zu inputs\n", n);
    return n ? EXIT_SUCCESS : EXIT_FAILURE;
}
