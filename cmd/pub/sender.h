/* SPDX-License-Identifier: MIT */
#ifndef PUB_SENDER_H
#define PUB_SENDER_H

/*
 * Work in the order of input, and what becomes of it: sent as requests while the window allows,
 * acknowledged in order, sent again after a lost link.
 *
 * One stream carries the requests in order and the service handles them in order, so nothing
 * overtakes anything. Where an answer decides how to go on, what follows waits for it: behind the
 * creation of a node, behind the first batch (does the service take batches?), and with a
 * retraction or a purge behind batches.
 */
#include <stdbool.h>
#include <stddef.h>

struct in_item;
struct input_source;
struct sender;
struct session;

struct sender_params {
	const char *node;	/* all goes there; NULL: where each item says */
	const char *id;		/* the one item's; NULL: not given */
	unsigned window;	/* requests in flight */
	unsigned batch;		/* items in one request */
	bool create;		/* nodes that are not there */
	bool keep_going;	/* after a refusal */
	/*
	 * As in session_params. If not 0, what may have been lost is sent again: items get an id
	 * first, so that a second copy replaces the first.
	 */
	int retries;
};

struct sender_handler {
	/*
	 * Acknowledged, in the order of input. @id: NULL where the service made one and did not
	 * tell.
	 */
	void (*published)(const char *node, const char *id, void *data);
	/* Something has been acknowledged or refused: there is room, or all is done. */
	void (*progress)(void *data);
	/* It cannot go on (an answer did not come); a message has been given. */
	void (*failed)(int code, void *data);
};

/* @p and its strings are borrowed. */
struct sender *sender_new(const struct sender_params *p, const struct sender_handler *handler,
			  void *data);
/* Before the session, which shall call nothing any more. */
void sender_free(struct sender *s);
/* The session is up; @service is borrowed. */
void sender_up(struct sender *s, struct session *session, const char *service);
/* Creates --node if that was wanted, whether or not anything follows. */
void sender_create(struct sender *s);
/*
 * 0, or an exit code after a message: it cannot be done, for want of a node or for having an id for
 * one item only.
 */
int sender_add(struct sender *s, const struct in_item *item, const struct input_source *source);
/* Sends what can be sent now. */
void sender_pump(struct sender *s);

/* Enough is held: read no more for now. */
bool sender_is_full(const struct sender *s);
/* Half of it is free again. */
bool sender_has_room(const struct sender *s);
/* Work without an answer. */
size_t sender_open(const struct sender *s);
/* It was refused and shall not go on: nothing more is sent. */
bool sender_is_stopped(const struct sender *s);
/* Nothing more will happen: all is acknowledged, or it has stopped and nothing is in flight. */
bool sender_is_done(const struct sender *s);
/* 0; the first refusal's code; EX_REFUSED where refusals were passed over. */
int sender_code(const struct sender *s);

#endif
