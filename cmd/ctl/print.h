/* SPDX-License-Identifier: MIT */
#ifndef CTL_PRINT_H
#define CTL_PRINT_H

/*
 * Results on standard output: lines of columns with a TAB between, or of XML. Nothing that came
 * from the network drives the terminal or makes a second line.
 *
 * A write that failed is remembered (c->io_error), and nothing is written after it.
 */
#include <stddef.h>

struct ctl;
struct event;
struct str;

/* A line of columns; NULL is an empty one. */
void print_cells(struct ctl *c, const char *const *cells, size_t n);
#define print_row(c, ...)                                                                          \
	print_cells((c), (const char *const[]){ __VA_ARGS__ },                                     \
		    sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))
/* A line of markup; in it, line feeds and controls of eight bits (plain.h) are references. */
void print_xml(struct ctl *c, const char *xml, size_t len);

/* An <item/> and what is in it; @ns and @node may be NULL. */
void print_item(struct ctl *c, const struct event *item, const char *ns, const char *node);

/* Writes what is left. @code, or EX_IOERR after a message, where that could not be done. */
int print_end(struct ctl *c, int code);

#endif
