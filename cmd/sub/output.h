/* SPDX-License-Identifier: MIT */
#ifndef SUB_OUTPUT_H
#define SUB_OUTPUT_H

/*
 * Events as text (pubsub-items(5)), on standard output: one write for each, so that what is printed
 * is there.
 */
#include <stdbool.h>

#include "common/base/str.h"

struct event;
struct template;
struct xpath;

enum output_format {
	OUTPUT_XML,
	OUTPUT_PRETTY,
	OUTPUT_PAYLOAD,
	OUTPUT_ID,
	OUTPUT_VALUE, /* a template, of items alone */
	OUTPUT_TEMPLATE,
};

struct output {
	int fd;
	enum output_format format;
	unsigned kinds;		/* 1 << enum event_kind: which to print; 0: the first four */
	bool stamp, colour;
	const struct template *template; /* for the last two formats */
	const char *service;		 /* for it; NULL: not known */
	const struct xpath *where;	 /* items for which it is not true are not printed; or NULL */
	bool warned;			 /* of an expression that costs too much */
	bool (*stop)(void);	/* as out_write() takes it */
	struct str buf;
};

/* "item,retract": as a set; false: one of the words is none. */
bool output_kinds_parse(const char *list, unsigned *ret);
/* False: no such format, or not one that has a name. */
bool output_format_parse(const char *name, enum output_format *ret);
/* Is it to be printed? In payload, id and value only items are. */
bool output_takes(struct output *o, const struct event *e);
/* Does it need an item's payload? */
bool output_wants_payload(const struct output *o);

/*
 * Appends the text of @e with its line feed. Configurations and subscriptions are printed as they
 * were sent. A raw line feed in a payload becomes "&#10;" on one line: payloads are markup in which
 * line feeds occur in text alone. In markup, controls of eight bits are references (plain.h).
 */
void output_render(struct output *o, const struct event *e, struct str *out);
/*
 * Renders and writes it out; 0 or a negative errno (-EPIPE: the reader has gone, -EINTR: stop()
 * said so).
 */
int output_event(struct output *o, const struct event *e);
void output_release(struct output *o);

#endif
