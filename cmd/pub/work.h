/* SPDX-License-Identifier: MIT */
#ifndef PUB_WORK_H
#define PUB_WORK_H

/* One thing to do at the service, and the list of them in the order of input. */
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

struct str;

enum work_kind { WORK_CREATE, WORK_ITEM, WORK_RETRACT, WORK_PURGE };
enum work_state { WORK_WAITING, WORK_SENT, WORK_DONE, WORK_REFUSED };

struct work {
	TAILQ_ENTRY(work) link;
	enum work_kind kind;
	enum work_state state;
	char *service;		/* NULL: the one that is found */
	char *node, *id;	/* @id: NULL where the service shall make one */
	char *form;		/* publish-options; of WORK_CREATE the configuration; NULL: none */
	char *payload;
	size_t len;
	char *place;		/* "line 3 of 'x.xml'"; NULL: not from input */
	char *why;		/* it was refused */
	bool doubted;		/* refused once, by the service or for want of one */
	void *segment;		/* of the spool, and where in it; NULL: it is not from there */
	size_t offset;
};
TAILQ_HEAD(work_list, work);

struct work *work_new(enum work_kind kind, const char *node, const char *id);
void work_free(struct work *w);
/* "publish item 'a' (line 3) to 'n'": what was being done, to whom. */
void work_describe(const struct work *w, struct str *out);
/* The request for it alone. */
void work_render(const struct work *w, struct str *out);
/* An id that does not come twice (a UUID as in RFC 9562 section 5.7). New string. */
char *work_new_id(void);

#endif
