/* SPDX-License-Identifier: MIT */
#include "common/xmpp/login.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/base/str.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/sasl.h"
#include "common/xmpp/session.h"
#include "common/xmpp/sm.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

#define BIND_ID "bind"
#define SESSION_ID "session"

/* What is waited for. */
enum step {
	WANT_TLS, /* features of the first stream */
	WANT_PROCEED,
	WANT_SASL, /* features of the stream that is secure now */
	WANT_SUCCESS,
	WANT_BIND, /* features of the last stream */
	WANT_RESUMED,
	WANT_JID,
	WANT_SESSION, /* which RFC 3921 had */
	DONE,
};

struct login {
	const struct session_params *params;
	const struct login_handler *handler;
	void *data;
	xmpp_conn_t *conn;
	struct sm *sm;
	enum step step;
	struct sasl *sasl;
	char *jid;
	char *kept;		     /* what it asks for in place of params->jid; NULL: nothing */
	bool open;		     /* the server has begun the stream that is meant */
	bool manages, wants_session; /* the features say */
};

struct login *login_new(const struct session_params *params, xmpp_conn_t *conn, struct sm *sm,
			const struct login_handler *handler, void *data)
{
	struct login *l = mem_zalloc(sizeof(*l));

	l->params = params;
	l->conn = conn;
	l->sm = sm;
	l->handler = handler;
	l->data = data;
	if (params->keep_address)
		l->kept = mem_strdup(params->in_place_of);
	return l;
}

void login_free(struct login *l)
{
	if (!l)
		return;
	sasl_free(l->sasl);
	free(l->jid);
	free(l->kept);
	free(l);
}

const char *login_jid(const struct login *l)
{
	return l->jid;
}

bool login_give_way(struct login *l)
{
	AUTO_FREE char *kept = steal(l->kept);

	return kept && strcmp(kept, l->params->jid) != 0;
}

static void fail(struct login *l, int code, bool final, const char *text)
{
	l->step = DONE;
	l->handler->failed(code, final, text, NULL, l->data);
}

static void misunderstood(struct login *l)
{
	fail(l, EX_REFUSED, false, "the server does not keep to the rules of a login");
}

static void done(struct login *l, bool resumed)
{
	l->step = DONE;
	l->handler->done(resumed, l->data);
}

static void open_stream(struct login *l, enum step next)
{
	l->step = next;
	l->open = false;
	if (xmpp_conn_open_stream_default(l->conn) != XMPP_EOK)
		fail(l, EX_SOFTWARE, true,
		     "this version of libstrophe does not behave as expected");
}

/* --- TLS --- */

static void start_tls(struct login *l)
{
	if (xmpp_conn_tls_start(l->conn) != XMPP_EOK)
		fail(l, l->params->tls == SESSION_DIRECT_TLS ? EX_REFUSED : EX_TEMPFAIL, false,
		     l->params->tls == SESSION_DIRECT_TLS
			     ? "the TLS handshake failed; does that port take direct TLS?"
			     : "the TLS handshake failed");
	else
		open_stream(l, WANT_SASL);
}

void login_begin(struct login *l)
{
	sasl_free(l->sasl);
	l->sasl = NULL;
	if (l->params->tls == SESSION_DIRECT_TLS)
		start_tls(l);
	else
		open_stream(l, l->params->tls == SESSION_STARTTLS ? WANT_TLS : WANT_SASL);
}

void login_opened(struct login *l)
{
	l->open = true;
}

static void ask_for_tls(struct login *l, xmpp_stanza_t *features)
{
	if (!stanza_child(features, "starttls", NS_TLS)) {
		fail(l, EX_DENIED, true, "the server offers no TLS");
		return;
	}
	l->step = WANT_PROCEED;
	xmpp_send_raw_string(l->conn, "<starttls xmlns='%s'/>", NS_TLS);
}

/* --- SASL --- */

static void no_way(struct login *l)
{
	fail(l, EX_DENIED, true,
	     l->params->cert && !l->params->secret
		     ? "the server takes no certificates (SASL EXTERNAL), and no password was given"
		     : "the server offers no way to log in that can be used here");
}

static void go_on(struct login *l, enum sasl_state state, const char *xml)
{
	switch (state) {
	case SASL_GOES_ON:
		if (xml)
			xmpp_send_raw(l->conn, xml, strlen(xml));
		break;
	case SASL_DONE:
		open_stream(l, WANT_BIND);
		break;
	case SASL_NO_WAY:
		no_way(l);
		break;
	case SASL_REFUSED:
		l->step = DONE;
		l->handler->failed(0, false, NULL, sasl_condition(l->sasl), l->data);
		break;
	case SASL_FORGED:
		fail(l, EX_DENIED, true,
		     "the server does not know the password itself: it is not what it claims to "
		     "be");
		break;
	}
}

static void cleanse(char *xml)
{
	if (xml)
		OPENSSL_cleanse(xml, strlen(xml));
	free(xml);
}
AUTO_DEFINE(char *, cleanse);

/* Does the certificate say this account, and no other? (XEP-0178 section 2, step 9) */
static bool cert_names_account(const struct login *l)
{
	AUTO_FREE char *bare = jid_bare(l->params->jid);
	char *named = xmpp_conn_cert_xmppaddr(l->conn, 0);
	bool same = !named || (xmpp_conn_cert_xmppaddr_num(l->conn) == 1 && !strcmp(named, bare));

	if (named)
		xmpp_free(xmpp_conn_get_context(l->conn), named);
	return same;
}

static void log_in(struct login *l, xmpp_stanza_t *features)
{
	const struct sasl_account account = {
		.jid = l->params->jid,
		.password = l->params->secret,
		.cert = l->params->cert,
		.cert_names_itself = l->params->cert && cert_names_account(l),
	};
	AUTO(cleanse) char *xml = NULL;
	enum sasl_state state;

	l->step = WANT_SUCCESS;
	l->sasl = sasl_new(&account, stanza_child(features, "mechanisms", NS_SASL));
	state = sasl_begin(l->sasl, &xml);
	go_on(l, state, xml);
}

static void take_sasl(struct login *l, xmpp_stanza_t *stanza)
{
	AUTO(cleanse) char *xml = NULL;
	enum sasl_state state = sasl_take(l->sasl, stanza, &xml);

	go_on(l, state, xml);
}

/* --- the session --- */

static void bind(struct login *l)
{
	const char *resource = jid_resource(l->kept ? l->kept : l->params->jid);
	AUTO_STR out = { 0 };

	str_puts(&out, "<iq type='set' id='" BIND_ID "'><bind xmlns='" NS_BIND "'>");
	if (resource) {
		str_puts(&out, "<resource>");
		xml_text(&out, resource, strlen(resource));
		str_puts(&out, "</resource>");
	}
	str_puts(&out, "</bind></iq>");
	l->step = WANT_JID;
	xmpp_send_raw(l->conn, out.p, out.len);
}

static void resume(struct login *l)
{
	AUTO_STR out = { 0 };

	str_printf(&out, "<resume xmlns='" NS_SM "' h='%u'", l->sm->in);
	xml_attr(&out, "previd", l->sm->id);
	str_puts(&out, "/>");
	l->step = WANT_RESUMED;
	xmpp_send_raw(l->conn, out.p, out.len);
}

static void begin_session(struct login *l, xmpp_stanza_t *features)
{
	xmpp_stanza_t *session = stanza_child(features, "session", NS_SESSION);

	if (!stanza_child(features, "bind", NS_BIND)) {
		misunderstood(l);
		return;
	}
	l->wants_session = session && !stanza_child(session, "optional", NULL);
	l->manages = stanza_child(features, "sm", NS_SM);
	if (l->manages && l->sm->id)
		resume(l);
	else
		bind(l);
}

static void take_resumed(struct login *l, xmpp_stanza_t *stanza)
{
	const char *h = stanza_attr(stanza, "h");
	uint64_t taken;

	if (stanza_is(stanza, "resumed", NS_SM) && h && !parse_uint(h, 0, UINT32_MAX, &taken) &&
	    sm_acked(l->sm, (uint32_t)taken)) {
		done(l, true);
	} else if (stanza_is(stanza, "failed", NS_SM)) {
		sm_end(l->sm);
		bind(l);
	} else {
		sm_end(l->sm);
		misunderstood(l);
	}
}

static bool is_result_of(xmpp_stanza_t *stanza, const char *id)
{
	const char *its = stanza_attr(stanza, "id");

	return stanza_is(stanza, "iq", NULL) && stanza_is_result(stanza) && its &&
	       !strcmp(its, id);
}

static void have_session(struct login *l)
{
	sm_end(l->sm);
	if (!l->params->resume || !l->manages) {
		done(l, false);
		return;
	}
	sm_begin(l->sm);
	xmpp_send_raw_string(l->conn, "<enable xmlns='%s' resume='true'/>", NS_SM);
	done(l, false);
}

static void take_jid(struct login *l, xmpp_stanza_t *stanza)
{
	const char *jid = stanza_child_text(stanza_child(stanza, "bind", NS_BIND), "jid", NULL);

	if (!is_result_of(stanza, BIND_ID) || !jid) {
		if (login_give_way(l))
			bind(l); /* RFC 6120 section 7.7.2.2: and try again */
		else
			fail(l, EX_TEMPFAIL, false, "the server gave no address");
		return;
	}
	free(l->jid);
	l->jid = mem_strdup(jid);
	if (l->params->keep_address && !l->kept)
		l->kept = mem_strdup(jid);
	if (!l->wants_session) {
		have_session(l);
		return;
	}
	l->step = WANT_SESSION;
	xmpp_send_raw_string(l->conn,
			     "<iq type='set' id='" SESSION_ID "'><session xmlns='%s'/></iq>",
			     NS_SESSION);
}

static void take_session(struct login *l, xmpp_stanza_t *stanza)
{
	if (is_result_of(stanza, SESSION_ID))
		have_session(l);
	else
		fail(l, EX_TEMPFAIL, false, "the server gave no session");
}

/*
 * What has come in the open with the word that TLS begins is nobody's (RFC 6120 section 5.4.3.3):
 * only behind the header of the next stream it is the server that speaks.
 */
static void take_features(struct login *l, xmpp_stanza_t *features)
{
	if (!l->open)
		return;
	if (l->step == WANT_TLS)
		ask_for_tls(l, features);
	else if (l->step == WANT_SASL)
		log_in(l, features);
	else
		begin_session(l, features);
}

void login_take(struct login *l, xmpp_stanza_t *stanza)
{
	switch (l->step) {
	case WANT_TLS:
	case WANT_SASL:
	case WANT_BIND:
		if (stanza_is(stanza, "features", NS_STREAM))
			take_features(l, stanza);
		break;
	case WANT_PROCEED:
		if (stanza_is(stanza, "proceed", NS_TLS))
			start_tls(l);
		else if (stanza_is(stanza, "failure", NS_TLS))
			fail(l, EX_DENIED, true, "the server offers TLS, and refuses it");
		else
			misunderstood(l);
		break;
	case WANT_SUCCESS:
		take_sasl(l, stanza);
		break;
	case WANT_RESUMED:
		take_resumed(l, stanza);
		break;
	case WANT_JID:
		take_jid(l, stanza);
		break;
	case WANT_SESSION:
		take_session(l, stanza);
		break;
	case DONE:
		break;
	}
}
