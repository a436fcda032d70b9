/* SPDX-License-Identifier: MIT */
#ifndef PUB_INPUT_H
#define PUB_INPUT_H

/*
 * Where items come from: arguments, files, standard input, one after the other, as libev finds them
 * readable. Nothing is read before input_start(), or while it is paused.
 */
#include <stdbool.h>
#include <stddef.h>

#include <ev.h>

#include "common/pubsub/item_reader.h"

struct input_source {
	enum { SOURCE_PAYLOAD, SOURCE_FILE, SOURCE_STDIN } kind;
	const char *text;	/* the markup, or the file's name; borrowed */
};

/* "line 3 of 'x.xml'", "line 3": where an item began, for messages. */
char *input_place(const struct input_source *source, unsigned long line);

struct input_handler {
	/*
	 * As item_reader_fn: 0, 1 (taken, but pause now) or a negative errno (the end; a message
	 * has been given).
	 */
	int (*item)(const struct in_item *item, const struct input_source *source, void *data);
	/* All that is at hand has been handed out, or it paused: the time to send. */
	void (*rest)(void *data);
	/* The end of all input, or an error after a message: an exit code. Called once, last. */
	void (*ended)(int code, void *data);
};

struct input;

/*
 * @sources is borrowed. @lines: NULL, or the name (lines.h) under which files and standard input
 * are text. Checks all that can be checked before anything is sent. NULL with an exit code after a
 * message: EX_NOTFOUND (no such file), EX_DATAERR (an argument is malformed), EX_USAGE.
 */
struct input *input_new(const struct input_source *sources, size_t count, const char *lines,
			const struct input_handler *handler, void *data, int *ret_code);
void input_free(struct input *in);
void input_start(struct input *in, struct ev_loop *loop);
/* After an item() that returned 1. */
void input_resume(struct input *in);
/* Reads no more; ended() is not called. */
void input_stop(struct input *in);

#endif
