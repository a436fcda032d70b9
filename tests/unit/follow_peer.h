/* SPDX-License-Identifier: MIT */
#ifndef FOLLOW_PEER_H
#define FOLLOW_PEER_H

/*
 * A follower of one node, "n", over cuts: what it asks the service, which is played here, and what it
 * prints.
 */
#include "unit.h"

#include <stdbool.h>
#include <stdint.h>

#include "cmd/sub/follow.h"
#include "cmd/sub/seen.h"
#include "common/pubsub/event.h"
#include "common/pubsub/retry.h"
#include "common/xmpp/ns.h"

extern struct follow *follow;
extern char *request; /* that waits for its answer */
extern bool settled;
extern enum retry_hope hope; /* of the last failure, */
extern int failure;	     /* and the exit code that goes with it */
extern char *place;	     /* in the archive, as placed() was told it */

/* What is handed out goes where check_printed() looks: ids, "!" for a purge, "-" for another event. */
extern const struct follow_handler handler, placed_handler;
void on_event(const struct event *e, void *data);
void on_settled(struct follow *f, void *data);
void on_caught_up(struct follow *f, void *data);
void on_failed(struct follow *f, int code, enum retry_hope h, void *data);
void on_gone(struct follow *f, void *data); /* "gone" */
void on_placed(struct follow *f, const char *where, void *data);
void check_printed(const char *wanted);

#define NO_OPTIONS "<error type='cancel'><feature-not-implemented xmlns='" NS_STANZAS "'/></error>"

/* The answer to @request; NULL: the link is lost. */
void answer(const char *content);
void answer_never(void);
/* An item for each letter. */
void answer_items(const char *ids);
/* An empty node with an archive. */
void answer_empty(void);
/* Of a query of the archive: a result, and whether it shall be taken for one; the end. */
void result(const char *id, const char *archive_id, bool taken);
void fin(const char *last, bool complete);

/* Live events. */
void arrives(enum event_kind kind, const char *id);
void arrives_at(const char *id, const char *archive_id);
void arrives_numbered(uint64_t number, const char *id, const char *archive_id);

void subscribe(void);
/* The link is cut and comes back; then @stored is there. */
void cut(const char *stored);
/* One of all items, that looks for its place. */
void start_placed(void);
/* The link is cut and comes back; the archive is read behind @after. */
void cut_and_replay(const char *after);

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int set_up(void **state);
int tear_down(void **state);

#endif
