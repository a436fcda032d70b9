/* SPDX-License-Identifier: MIT */
#ifndef SERVE_COMMAND_H
#define SERVE_COMMAND_H

/*
 * Ad-hoc commands (XEP-0050) of one stage: a form is handed out, and what comes back is carried
 * out. In between there is a session, which belongs to the full JID that began it, and which is
 * kept in memory for a while after its end, to say so.
 */
#include <stdbool.h>
#include <stdint.h>

#include "common/base/random.h"
#include "common/base/str.h"

struct form_in;
struct request;
struct service;

#define COMMAND_SESSION (10 * 60 * 1000) /* milliseconds that a session waits for its form */
#define COMMAND_KEPT (30 * 60 * 1000)	 /* after which nobody remembers it */
#define COMMAND_EACH 8			 /* sessions of a bare JID; the oldest makes room */
#define COMMAND_ALL 4096		 /* of all together: then PS_RESOURCE_CONSTRAINT */

struct command {
	const char *node, *name;
	const char *feature; /* that it takes */
	/* May it be executed by who asks? PS_OK, PS_FORBIDDEN_HERE or a negative errno. */
	int (*check)(struct request *r);
	/* Adds the form to @out. PS_OK, an error to be answered, or a negative errno. */
	int (*begin)(struct request *r, struct str *out);
	/*
	 * The form has come back, submitted. Also PS_BAD_COMMAND_FORM; after an error the session
	 * goes on.
	 */
	int (*complete)(struct request *r, const struct form_in *form);
};
extern const struct command command_pending; /* pending.c */

struct command_session {
	struct command_session *next; /* older */
	const struct command *command;
	char *jid; /* full, or what the requester had */
	char id[RANDOM_ID_LEN + 1];
	int64_t begun;
	bool done;
};
void command_sessions_free(struct command_session *list);

/* The operation <command/>. */
int command_execute(struct request *r);

/*
 * Service discovery of the commands and of the list of them, into r->result (X0050-02, X0050-03).
 * -ENOMSG: something else is asked for.
 */
int command_disco_info(struct request *r);
int command_disco_items(struct request *r);

#endif
