/* SPDX-License-Identifier: MIT */
#include "common/xmpp/link_internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>

#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/mem.h"
#include "common/xmpp/failure.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/login.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/resolve.h"
#include "common/xmpp/session.h"
#include "common/xmpp/sm.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/tap.h"
#include "common/xmpp/trace.h"
#include "common/xmpp/trust.h"
#include "common/xmpp/writer.h"

/* One block is 4096 bytes: after 256 KB, others get their turn. */
#define PUMP_TURNS 64

/* The socket callback and the certificate callback have no user data; signal handlers have none
 * either. */
static struct link *the_link;
static volatile sig_atomic_t negotiating_fd = -1;
static volatile sig_atomic_t login_cut; /* by a signal */

static void fail(struct link *l, int code, bool final, const char *text)
{
	failure_set(&l->failure, code, final, text);
}

/* Sockets */

static int on_socket(xmpp_conn_t *conn, void *sock)
{
	int fd = *(int *)sock, on = 1, idle = 60, interval = 15, probes = 4;

	(void)conn;
	if (fd >= FD_SETSIZE) { /* libstrophe uses select() */
		errno = EMFILE;
		return -1;
	}
	/* Without it requests wait up to 40 ms for each other's acknowledgement. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
	the_link->fd = fd;
	negotiating_fd = fd;
	return 0;
}

static int refuse_socket(xmpp_conn_t *conn, void *sock)
{
	(void)conn;
	(void)sock;
	return -1;
}

static void ignore_event(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
			 xmpp_stream_error_t *se, void *data)
{
	(void)conn;
	(void)event;
	(void)error;
	(void)se;
	(void)data;
}

/*
 * A component connection crashes without the stream management state that only
 * xmpp_connect_client() allocates, before it connects: so let it fail before it touches the
 * network.
 */
static bool prime(struct link *l)
{
	if (l->primed)
		return true;
	xmpp_conn_set_sockopt_callback(l->conn, refuse_socket);
	if (xmpp_connect_client(l->conn, "127.0.0.1", 9, ignore_event, NULL) >= 0)
		return false;
	l->primed = xmpp_conn_is_disconnected(l->conn);
	return l->primed;
}

void link_abort_from_signal(void)
{
	int fd = negotiating_fd;

	if (fd < 0)
		return;
	login_cut = 1;
	shutdown(fd, SHUT_RDWR);
}

static int on_bad_certificate(const xmpp_tlscert_t *cert, const char *const message)
{
	AUTO_FREE char *domain = NULL;
	const char *part;
	size_t len;

	part = jid_domain(the_link->params->jid, &len);
	domain = mem_strndup(part, len);
	if (trust_overrules(message, xmpp_tlscert_get_pem(cert), domain))
		return 1;
	snprintf(the_link->certificate, sizeof(the_link->certificate), "%s",
		 message ? message : "not trusted");
	return 0;
}

/* Failures */

/* Before login. libstrophe tells little: what the tap and the socket have seen decides. */
static void fail_before_login(struct link *l, int error)
{
	char text[64];

	if (login_cut) {
		snprintf(text, sizeof(text), "not logged in after %u s",
			 l->params->connect_timeout);
		fail(l, EX_TEMPFAIL, false, text);
	} else if (!l->connect_errno && !l->tcp_up && !error) {
		fail(l, EX_UNAVAILABLE, false, strerror(ECONNREFUSED));
		l->failure.unreachable = true;
	} else if (l->connect_errno) {
		fail(l, l->connect_errno == ETIMEDOUT ? EX_TEMPFAIL : EX_UNAVAILABLE, false,
		     strerror(l->connect_errno));
		l->failure.unreachable = true;
	} else if (!tap_stream_opened() && error == ETIMEDOUT) {
		fail(l, EX_TEMPFAIL, false, "no connection within five seconds");
		l->failure.unreachable = true;
	} else if (!tap_stream_opened()) {
		fail(l, EX_REFUSED, false, "the peer closed the connection without a word of XMPP");
	} else if (l->params->component) {
		fail(l, EX_TEMPFAIL, false, "the server closed the connection during login");
	} else {
		fail(l, EX_TEMPFAIL, false, "the connection was lost during login");
	}
}

/*
 * An address that was kept may be taken by a login of ours that was given up, and whose rest has come
 * late: no reason to end.
 */
static void fail_by_stream_error(struct link *l, xmpp_stanza_t *error)
{
	failure_by_stream_error(&l->failure, error, l->up, l->params->component);
	if (stanza_child(error, "conflict", NS_STREAMS) && l->login && login_give_way(l->login))
		l->failure.final = false;
}

static void forget_error(struct link *l)
{
	if (l->error)
		xmpp_stanza_release(l->error);
	l->error = NULL;
}

static void on_down(struct link *l, int error, xmpp_stanza_t *stream_error)
{
	if (l->aborted)
		; /* link_abort() or the login has said why */
	else if (l->closing)
		l->failure = (struct link_failure){ 0 };
	else if (stream_error)
		fail_by_stream_error(l, stream_error);
	else if (l->up)
		fail(l, EX_TEMPFAIL, false, "the connection was lost");
	else
		fail_before_login(l, error);
	if (l->closing || stream_error || !l->sm.id)
		sm_end(&l->sm); /* the server has ended it as well */
	forget_error(l);
	l->fd = -1;
	negotiating_fd = -1;
	l->up = false;
	writer_end(&l->writer);
	if (!l->freed)
		l->handler->down(l->data);
}

/* Login */

static void on_login(bool resumed, void *data)
{
	struct link *l = data;

	trust_restore(); /* what is called below may start other programs */
	negotiating_fd = -1;
	l->up = true;
	writer_begin(&l->writer, l->fd);
	if (resumed)
		link_send_again(l);
	l->handler->up(resumed, l->data);
}

static void on_login_failed(int code, bool final, const char *text, const char *condition,
			    void *data)
{
	struct link *l = data;

	if (l->certificate[0])
		failure_by_certificate(&l->failure, l->certificate);
	else if (condition)
		failure_by_sasl(&l->failure, condition, l->params);
	else
		fail(l, code, final, text);
	l->aborted = !login_cut; /* or else that is why */
	xmpp_disconnect(l->conn);
}

static void on_event(xmpp_conn_t *conn, xmpp_conn_event_t event, int error, xmpp_stream_error_t *se,
		     void *data)
{
	struct link *l = data;

	(void)conn;
	switch (event) {
	case XMPP_CONN_RAW_CONNECT:
		login_begin(l->login);
		break;
	case XMPP_CONN_CONNECT: /* of a raw connection this says only that a stream begins */
		if (l->login)
			login_opened(l->login);
		else
			on_login(false, l);
		break;
	case XMPP_CONN_DISCONNECT:
	case XMPP_CONN_FAIL:
		trust_restore();
		on_down(l, error, l->error || !se ? l->error : se->stanza);
		break;
	}
}

/* Stanzas */

static int on_stanza(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *data)
{
	struct link *l = data;

	(void)conn;
	if (l->params->trace && l->up)
		trace_received(stanza);
	if (stanza_is(stanza, "error", NS_STREAM)) {
		forget_error(l);
		l->error = xmpp_stanza_copy(stanza);
	} else if (!l->up && l->login) {
		login_take(l->login, stanza);
	} else if (l->login && !strcmp(stanza_ns(stanza), NS_SM)) {
		link_manage(l, stanza);
	} else {
		l->sm.in += l->sm.enabled;
		l->handler->stanza(stanza, l->data);
	}
	return 1;
}

/* Until login libstrophe's own log shows what it does; afterwards we know better
 * (trace_received()). */
static void on_log(void *data, xmpp_log_level_t level, const char *area, const char *message)
{
	const struct link *l = data;

	(void)level;
	/* What is sent, and what comes. */
	if (!l->up && (!strcmp(area, "conn") || !strcmp(area, "xmpp")))
		trace_login(message);
}

/* Life */

struct link *link_new(const struct session_params *params, const struct link_handler *handler,
		      void *data)
{
	static const struct login_handler login_handler = { on_login, on_login_failed };
	struct link *l = mem_zalloc(sizeof(*l));

	l->params = params;
	l->trust = trust_choose(params->ca_file);
	l->handler = handler;
	l->data = data;
	l->fd = -1;
	the_link = l;
	xmpp_initialize();
	l->log = (xmpp_log_t){ on_log, l };
	/* A log handler makes every send dearer, so only for the trace. */
	l->ctx = xmpp_ctx_new(NULL, params->trace ? &l->log : NULL);
	tap_log(params->trace);
	l->conn = xmpp_conn_new(l->ctx);
	xmpp_conn_set_jid(l->conn, params->jid);
	writer_init(&l->writer, l->conn, !params->component);
	if (!params->component) {
		xmpp_conn_set_certfail_handler(l->conn, on_bad_certificate);
		if (params->cert)
			xmpp_conn_set_client_cert(l->conn, params->cert, params->key);
		l->login = login_new(params, l->conn, &l->sm, &login_handler, l);
	} else {
		xmpp_conn_set_pass(l->conn, params->secret);
	}
	xmpp_handler_add(l->conn, on_stanza, NULL, NULL, NULL, l);
	return l;
}

void link_free(struct link *l)
{
	if (!l)
		return;
	l->freed = true;
	xmpp_conn_release(l->conn);
	login_free(l->login);
	sm_end(&l->sm);
	forget_error(l);
	xmpp_ctx_free(l->ctx);
	xmpp_shutdown();
	writer_release(&l->writer);
	free(l);
	the_link = NULL;
	negotiating_fd = -1;
}

bool link_is_lossless(struct link *l)
{
	return tap_works(l->ctx);
}

int link_connect(struct link *l, const struct endpoint *to)
{
	int r;

	tap_reset();
	l->up = l->closing = l->aborted = l->tcp_up = false;
	l->connect_errno = 0;
	login_cut = 0;
	l->certificate[0] = '\0';
	l->failure = (struct link_failure){ 0 };
	if (l->params->component && !prime(l)) {
		fail(l, EX_SOFTWARE, true,
		     "this version of libstrophe does not behave as expected");
		return -1;
	}
	xmpp_conn_set_sockopt_callback(l->conn, on_socket);
	errno = 0;
	if (l->params->component)
		r = xmpp_connect_component(l->conn, to->address, to->port, on_event, l);
	else
		r = xmpp_connect_raw(l->conn, to->address, to->port, on_event, l);
	if (r < 0) {
		fail(l, EX_UNAVAILABLE, false, errno ? strerror(errno) : "cannot connect");
		l->failure.unreachable = true;
		l->fd = -1;
		negotiating_fd = -1;
		return -1;
	}
	return 0;
}

void link_close(struct link *l, bool at_once)
{
	/* Or the server would take what it does not know that we have back from us. */
	if (l->up && !l->closing && l->sm.enabled)
		link_acknowledge(l);
	sm_end(&l->sm);
	if (l->closing || link_idle(l))
		return;
	l->closing = true;
	if (l->up) {
		writer_hand_over(&l->writer);
		xmpp_disconnect(l->conn);
		link_pump(l); /* writes the end of the stream */
		if (at_once && !link_wants_write(l)) {
			shutdown(l->fd, SHUT_RD);
			link_pump(l); /* finds nobody there */
		}
	} else if (l->fd >= 0) {
		shutdown(l->fd, SHUT_RDWR);
	}
}

void link_abort(struct link *l, int code, const char *why)
{
	if (l->fd < 0 || l->aborted)
		return;
	fail(l, code, false, why);
	l->failure.unreachable = !l->tcp_up;
	l->aborted = true;
	shutdown(l->fd, SHUT_RDWR);
}

/* The loop's side */

/* libstrophe asks for the outcome of the TCP connection and drops it, so ask first. */
static void note_connect(struct link *l)
{
	socklen_t len = sizeof(l->connect_errno);
	struct sockaddr_storage peer;
	socklen_t peer_len = sizeof(peer);

	if (l->fd < 0 || l->tcp_up || l->connect_errno)
		return;
	getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &l->connect_errno, &len);
	l->tcp_up = !getpeername(l->fd, (struct sockaddr *)&peer, &peer_len);
}

/* libstrophe answers malformed input, and goes on reading it. */
static void check_input(struct link *l)
{
	if (tap_parse_error())
		link_abort(l, EX_REFUSED,
			   l->up ? "the server sent malformed XML"
				 : "the peer does not speak XMPP");
}

bool link_pump(struct link *l)
{
	int turns = 0;
	bool again;

	do { /* a call writes what was queued before it, then reads one block */
		unsigned long before = tap_reads();
		bool was_up = l->tcp_up;

		note_connect(l);
		writer_before_turn(&l->writer);
		if (!l->up && l->fd >= 0)
			trust_apply(l->trust, l->params->ca_file);
		xmpp_run_once(l->ctx, 0);
		trust_restore();
		check_input(l);
		writer_after_turn(&l->writer);
		/* Once the TCP connection stands, the stream header waits to be written. */
		again = tap_reads() != before || l->tcp_up != was_up || l->writer.news;
	} while ((again || writer_must_prove(&l->writer)) && !link_idle(l) && ++turns < PUMP_TURNS);
	return turns == PUMP_TURNS;
}

int link_fd(const struct link *l)
{
	return l->fd;
}

bool link_wants_write(const struct link *l)
{
	if (l->fd < 0)
		return false;
	if (!l->tcp_up || writer_is_waiting(&l->writer))
		return true;
	/* libstrophe's own elements are not counted either. */
	return (!l->up || l->closing) && !writer_is_writable(l->fd);
}

bool link_idle(const struct link *l)
{
	return xmpp_conn_is_disconnected(l->conn);
}

bool link_can_resume(const struct link *l)
{
	return l->sm.id;
}

void link_forget(struct link *l)
{
	sm_end(&l->sm);
}

const char *link_bound_jid(const struct link *l)
{
	return l->login ? login_jid(l->login) : l->params->jid;
}

const struct link_failure *link_failure(const struct link *l)
{
	return &l->failure;
}
