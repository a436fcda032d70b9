/* SPDX-License-Identifier: MIT */
#ifndef PUB_ASIDE_H
#define PUB_ASIDE_H

/*
 * What a spool cannot send, put aside in it: in refused/ what the service did not take, in damaged/
 * what is not as it was written.
 *
 * @fd is the spool's folder and @dir its name, for messages, which are given here. What is written
 * is on the disk. False: it could not be put aside, and must stay where it is.
 */
#include <stdbool.h>
#include <stddef.h>

struct work;

/* Moves all of the file @name, of which nothing can be read. */
bool aside_file(const char *dir, int fd, const char *name, const char *why);
/* Copies an entry of the file @name, a line without its end, behind others of it. */
bool aside_entry(const char *dir, int fd, const char *name, const char *line, size_t len);
/* Writes @w, and why it was refused, as input for pubsub-pub: the file @name with ".xml" behind. */
bool aside_refused(const char *dir, int fd, const char *name, const struct work *w);

#endif
