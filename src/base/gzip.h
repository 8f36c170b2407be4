/* gzip.h: bytes gzipped and unpacked (RFC 1952), as they come. */
#ifndef BP_BASE_GZIP_H
#define BP_BASE_GZIP_H

#include <bprop/status.h>
#include <stdbool.h>

/* Reads up to `size` packed bytes; *got is 0 at the end only. */
typedef bp_status bp_raw_read(void *source, unsigned char *to, size_t size, size_t *got,
                              bp_error *error);

typedef struct bp_gunzip bp_gunzip;

/* Unpacks what `read` gives; `name` is that of the file, borrowed. BP_ERROR_FILE if this library
 * was built without zlib. */
bp_status bp_gunzip_begin(const char *name, bp_raw_read *read, void *source, bp_gunzip **gunzip,
                          bp_error *error);
void bp_gunzip_end(bp_gunzip *gunzip); /* NULL is allowed */

/* Up to `size` unpacked bytes; *got is 0 at the end only. Members that follow one another are one
 * text. BP_ERROR_FORMAT for what is damaged or ends too early. */
bp_status bp_gunzip_read(bp_gunzip *gunzip, unsigned char *to, size_t size, size_t *got,
                         bp_error *error);

/* Takes packed bytes; false, with errno, if it cannot. */
typedef bool bp_raw_write(void *sink, const void *bytes, size_t size);

typedef struct bp_gzip bp_gzip;

/* Packs into what `write` takes. `name` is for the error: BP_ERROR_FILE without zlib. */
bp_status bp_gzip_begin(const char *name, bp_raw_write *write, void *sink, bp_gzip **gzip,
                        bp_error *error);
void bp_gzip_end(bp_gzip *gzip); /* NULL is allowed */

/* Packs bytes; with `last` all of it ends. False, with errno, if the packed ones are not taken. */
bool bp_gzip_write(bp_gzip *gzip, const void *bytes, size_t size, bool last);

#endif
