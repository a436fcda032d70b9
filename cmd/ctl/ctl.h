/* SPDX-License-Identifier: MIT */
#ifndef CTL_CTL_H
#define CTL_CTL_H

/*
 * What a verb gets: a session that is up, and ways to ask and to print.
 *
 * Verbs are linear: ctl_request() turns the loop until the answer is there. A verb may as well use
 * the session by itself and turn the loop with session_step(), until that says false.
 */
#include <stdbool.h>
#include <stddef.h>

#include <strophe.h>

#include "cmd/ctl/opts.h"
#include "common/base/auto.h"
#include "common/base/str.h"
#include "common/xmpp/own.h"
#include "common/xmpp/session.h"

struct ctl {
	const struct ctl_opts *o;
	struct session *session; /* up; NULL in a verb's check() */
	const char *service;	 /* NULL: VERB_NO_SERVICE */
	const char *node;	 /* NULL: none was given, or not VERB_NODE */
	char *const *args;	 /* behind the node, ended by NULL; NULL: none */
	size_t n_args;
	/* Is told of each message of @message_from (NULL: the service); NULL: they are passed over.
	 */
	void (*message)(struct ctl *c, xmpp_stanza_t *message, void *data);
	const char *message_from;
	void *message_data;
	char *last_error;    /* NULL: there was none */
	struct str will;     /* what is still asked for, by a set, when a signal ends the run */
	const char *will_to; /* whom; NULL: the service */
	bool ends_well;	     /* by a signal: it has nothing left to do */
	bool reported;	     /* a check has printed its result */
	char *doing;	     /* for messages: ctl_doing() */
	struct str out;	     /* what is to be printed */
	int io_error;	     /* errno of the first print that failed */
};

/* "create 'n'": what the next requests are for; a message is then "cannot create 'n' at SERVICE:
 * ..." */
void ctl_doing(struct ctl *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Asks the service: an iq of @type around the element @xml. Returns 0 and the result, to be
 * released by the caller (AUTO_STANZA); or an exit code after a message that says what was being
 * done, to whom, and what came back. A get is asked again where the connection was lost and could
 * be made anew.
 */
int ctl_request(struct ctl *c, const char *type, const struct str *xml, xmpp_stanza_t **ret_reply);

/* An answer as it is: */
struct answer {
	enum session_outcome outcome; /* but for SESSION_LOST */
	xmpp_stanza_t *stanza;	      /* a result or an error; NULL: no answer in time */
};
void answer_release(struct answer *a);
#define AUTO_ANSWER AUTO_IN_PLACE(answer_release) struct answer

/*
 * The same for those who make something of errors. Returns 0 and whatever came back; or an exit
 * code where nothing can come any more: the session has ended, or was lost before the answer to a
 * set; a message has been given.
 */
int ctl_ask(struct ctl *c, const char *type, const char *to, const struct str *xml,
	    struct answer *ret);
/* The message for an answer that is no result, and its exit code. */
int ctl_refused(struct ctl *c, const char *to, const struct answer *a);
/* The same where nothing more shall be asked. @doing: as c->doing. */
int answer_report(const char *doing, const char *to, const struct answer *a);
/* Was it refused with this condition? */
bool answer_is_error(const struct answer *a, const char *condition);

/* Waits until the service has dealt with all that was sent to it. 0 or an exit code as above. */
int ctl_sync(struct ctl *c);

/* "cannot DOING at SERVICE: MESSAGE"; returns @code. */
int ctl_fail(struct ctl *c, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
