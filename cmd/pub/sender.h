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

struct sender;
struct session;
struct work;

struct sender_params {
	unsigned window;	/* requests in flight */
	unsigned batch;		/* items in one request */
	bool keep_going;	/* after a refusal */
	/*
	 * As in session_params. If not 0, what may have been lost is sent again: items should have
	 * ids then, so that a second copy replaces the first.
	 */
	int retries;
	/*
	 * All is kept elsewhere until it is settled: a refusal does not end it, and where the
	 * service is away, away() is asked what to do. What comes behind work that has to be sent
	 * again is sent again as well, so that the order stays.
	 */
	bool spooled;
};

struct sender_handler {
	/*
	 * Acknowledged (WORK_DONE) or refused (WORK_REFUSED, and why), in the order of input. The
	 * id of an item: NULL where the service made one and did not tell. Borrowed.
	 */
	void (*settled)(const struct work *w, void *data);
	/* Something has been acknowledged or refused: there is room, or all is done. */
	void (*progress)(void *data);
	/* It cannot go on (an answer did not come); a message has been given. */
	void (*failed)(int code, void *data);
	/*
	 * Spooled only: the service does not take it now, and retries are used up; no message has
	 * been given. True: go on trying all the same. False: nothing more is sent.
	 */
	bool (*away)(const char *why, int code, void *data);
};

/* @p and its strings are borrowed. */
struct sender *sender_new(const struct sender_params *p, const struct sender_handler *handler,
			  void *data);
/* Before the session, which shall call nothing any more. */
void sender_free(struct sender *s);
/* The session is up. @service: for work that names none; borrowed, may be NULL without such. */
void sender_up(struct sender *s, struct session *session, const char *service);
/* Takes @w over. */
void sender_append(struct sender *s, struct work *w);
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
