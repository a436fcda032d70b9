/* SPDX-License-Identifier: MIT */
#ifndef XMPP_SESSION_H
#define XMPP_SESSION_H

/*
 * One XMPP session, as an account (RFC 6120) or as an external component (XEP-0114).
 *
 * session_run() connects, logs in and turns libev's default loop, to which the applet adds its own
 * watchers (ev_io on standard input, ev_timer, ...), until session_finish() or a failure that no
 * retry can mend. It reconnects with growing, jittered pauses. It answers ping (XEP-0199), version
 * (XEP-0092), disco#info (XEP-0030) and refuses other requests that the applet does not take.
 *
 * Stanzas come as libstrophe's trees, mended by the tap; what goes out is text (common/xmpp/xml.h).
 * One session at a time per process: libstrophe is not thread-safe, and neither is this.
 */
#include <stdbool.h>
#include <stddef.h>

#include <ev.h>
#include <strophe.h>

struct session;

enum session_tls { SESSION_STARTTLS, SESSION_DIRECT_TLS, SESSION_NO_TLS };

/* Strings are borrowed and must outlive the session. */
struct session_params {
	const char *jid;    /* normal form (jid_prep); a component's is its domain */
	const char *secret; /* password or component secret; NULL only with a certificate */
	bool component;
	bool fixed_resource;	/* refuse to run under another resource than asked for (ACCT-02) */
	/*
	 * Accounts: the address of the first login is asked for at later ones, too. So the server ends
	 * what it still has of a lost connection (RFC 6120 section 7.7.2.2), and does not take that behind
	 * what is sent again. The first one asks for @in_place_of, the address of another run of the
	 * account that was lost. Where it is not to be had, @jid is what counts. NULL: @jid from the
	 * beginning.
	 */
	bool keep_address;
	const char *in_place_of;
	const char *host;	/* NULL: DNS SRV of the JID's domain, else the domain; components:
				   localhost */
	unsigned port;		/* 0: 5222, 5223 with direct TLS, 5347 for components */
	enum session_tls tls;	/* accounts only; certificates are always verified */
	const char *ca_file;	/* NULL: the system's */
	const char *cert, *key; /* SASL EXTERNAL; NULL: none */
	unsigned connect_timeout, request_timeout; /* seconds */
	unsigned quiet; /* seconds without a sign of the server's before it is asked for one; half
			   of that without an answer: the connection is dead. 0: 60 */
	int retries;	/* reconnections in a row that may fail; -1: no end */
	bool host_must_exist; /* a host name not found on the first attempt ends the run */
	bool confined;	      /* from the first login on the process is (base/confine.h) */
	bool trace;	      /* stanzas on standard error, secrets blanked */
	/*
	 * Accounts: where the server can (XEP-0198), a connection that is cut for less than a
	 * minute is made again without the applet's notice: what either side had not got is sent
	 * then.
	 */
	bool resume;
	/*
	 * While there is much that the server was sent and has not taken, what arrives is left unread
	 * for up to a quarter of a second, until it is some kilobytes: what comes of it would wait
	 * behind that anyway, and together it is less work.
	 */
	bool gather;
};

/* What the applet is told; any may be NULL. @data is the pointer given to session_new(). */
struct session_handler {
	/* Logged in; session_jid() is known. Called again after each reconnect. */
	void (*up)(struct session *s, void *data);
	/* The session was lost or has ended. Pending requests have got their SESSION_LOST before.
	 */
	void (*down)(struct session *s, void *data);
	/* A stanza that is no answer to a request of ours; borrowed. True: taken care of. */
	bool (*stanza)(struct session *s, xmpp_stanza_t *stanza, void *data);
	/* All stanzas that have arrived so far have been handed out: the time to commit and to
	 * answer. */
	void (*turn)(struct session *s, void *data);
	/* session_queued() has fallen below half of SESSION_QUEUE_HIGH after having been above it.
	 */
	void (*drained)(struct session *s, void *data);
	/* SIGINT, SIGTERM. Without it: session_finish(s, 0). A second signal ends the process at
	 * once. */
	void (*interrupted)(struct session *s, int signo, void *data);
	/* SIGHUP, SIGUSR1; ignored (USR1) or taken as interruption (HUP) without it. */
	void (*signalled)(struct session *s, int signo, void *data);
	/* Retries are used up: shall it go on trying all the same? NULL: no. */
	bool (*persists)(struct session *s, void *data);
	/* Out of retries or cannot be mended: about to return @code, which this may replace. NULL:
	 * keep. With 0 the reason is a warning, no error. */
	int (*failed)(struct session *s, int code, void *data);
};

/* Never NULL; nothing is connected yet. @params and @handler are borrowed and must outlive it. */
struct session *session_new(const struct session_params *params,
			    const struct session_handler *handler, void *data);
void session_free(struct session *s);

/*
 * Runs until session_finish() has been carried out or until nothing can mend a failure; returns the
 * exit code (base/exits.h). Failures have been reported with log_error(), once.
 */
int session_run(struct session *s);

/*
 * The same in steps, for those who wait in the middle of what they do: session_start(), then
 * session_step(), which waits for something to happen and deals with it, until it says false: the
 * run has ended, with session_code(). Not from within a handler or a reply.
 */
void session_start(struct session *s);
bool session_step(struct session *s);
int session_code(const struct session *s);

/*
 * Ends the run: what is queued is sent, the stream is closed (at most a few seconds; at once, where
 * all that was sent has been answered), session_run() returns @code. The first call wins. With
 * nothing connected it ends at once.
 */
void session_finish(struct session *s, int code);
bool session_finishing(const struct session *s);
/* It pauses before it connects again. */
bool session_is_resting(const struct session *s);
/*
 * A signal has come that asks for the end, of which interrupted() will tell: for those who wait by
 * themselves.
 */
bool session_interrupted(void);

/* The address as bound by the server (normal form), and its bare form. NULL before the first login.
 */
const char *session_jid(const struct session *s);
bool session_is_up(const struct session *s);
struct ev_loop *session_loop(struct session *s);

/*
 * Queues whole stanzas as text; copied. False, and nothing is sent, where the session is not up.
 * Never blocks. Above SESSION_QUEUE_HIGH queued bytes a producer should wait for drained().
 */
bool session_send(struct session *s, const char *xml, size_t len);
/* Bytes that wait, or that the server has not confirmed where it confirms; and those that wait. */
size_t session_queued(const struct session *s);
size_t session_unsent(const struct session *s);
/* So much text at once is sent with the least effort. */
size_t session_piece(const struct session *s);
#define SESSION_QUEUE_HIGH (512 * 1024)

/*
 * Calls @fn once, later, when the server has all that was sent before (XEP-0198), or with false
 * where the session has ended. One at a time. False, and no call, where the server confirms nothing:
 * then a request to it tells the same by its answer.
 */
typedef void session_confirm_fn(struct session *s, bool has, void *data);
bool session_confirm(struct session *s, session_confirm_fn *fn, void *data);

enum session_outcome {
	SESSION_RESULT,	 /* @reply is of type result */
	SESSION_ERROR,	 /* @reply is of type error */
	SESSION_TIMEOUT, /* no answer within the request time-out; @reply is NULL */
	SESSION_LOST, /* the link was lost before an answer; @reply is NULL. Sent or not: not known
		       */
};
typedef void session_reply_fn(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
			      void *data);
/*
 * Sends an iq of @type ("get", "set") to @to (NULL: the own account's server side) around the
 * element
 * @xml. Answers are matched by id and sender. @reply is called exactly once, later, and never from
 * within this call, except from session_free(), which drops requests without calling. False, and no
 * call, where the session is not up.
 */
bool session_request(struct session *s, const char *type, const char *to, const char *xml,
		     size_t len, session_reply_fn *reply, void *data);

#endif
