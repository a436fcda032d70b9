/* SPDX-License-Identifier: MIT */
#ifndef PUB_INTAKE_H
#define PUB_INTAKE_H

/*
 * From what was read to what is to be done: the node that it goes to, the id that it has, and the
 * creation of nodes before what is published there.
 */
#include <stdbool.h>

struct in_item;
struct input_source;
struct intake;
struct work;

struct intake_params {
	const char *service;	/* NULL: the one that is found */
	const char *node;	/* all goes there; NULL: where each item says */
	const char *id;		/* the one item's; NULL: not given */
	bool create;		/* nodes that are not there */
	/*
	 * Items get an id in any case, so that one that is sent twice replaces itself.
	 */
	bool need_ids;
	const char *options;	/* the form of publish-options; NULL: none */
	const char *config;	/* the form of new nodes' configuration; NULL: the defaults */
};

/* Gets the work, in order. */
typedef void intake_fn(struct work *w, void *data);

/* @p and its strings are borrowed. */
struct intake *intake_new(const struct intake_params *p, intake_fn *fn, void *data);
void intake_free(struct intake *in);
/* Creates --node if that was wanted, whether or not anything follows. */
void intake_create(struct intake *in);
/*
 * 0, or EX_DATAERR after a message: it cannot be done, for want of a node or for having an id for
 * one item only.
 */
int intake_take(struct intake *in, const struct in_item *item, const struct input_source *source);

#endif
