/* SPDX-License-Identifier: MIT */
#include "follow_peer.h"

#include <stdlib.h>
#include <string.h>

#include <strophe.h>

#include "common/base/str.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/own.h"
#include "common/xmpp/session.h"

static xmpp_ctx_t *ctx;
struct follow *follow;
char *request; /* that waits for its answer */
static session_reply_fn *reply_to;
static void *reply_data;
bool settled;
static struct str printed;
enum retry_hope hope;
int failure; /* the exit code that goes with it */

bool session_request(struct session *s, const char *type, const char *to, const char *xml,
		     size_t len, session_reply_fn *reply, void *data)
{
	(void)s;
	(void)type;
	(void)len;
	assert_string_equal(to, "service");
	assert_null(request);
	request = strdup(xml);
	reply_to = reply;
	reply_data = data;
	return true;
}

const char *session_jid(const struct session *s)
{
	(void)s;
	return "me@localhost/x";
}

/* NULL: the link is lost. */
void answer(const char *content)
{
	AUTO_STR text = { 0 };
	AUTO_STANZA xmpp_stanza_t *s = NULL;
	bool error = content && strstr(content, "<error");

	assert_non_null(request);
	free(request);
	request = NULL;
	if (!content) {
		reply_to(NULL, SESSION_LOST, NULL, reply_data);
		return;
	}
	str_printf(&text, "<iq xmlns='jabber:client' type='%s'>%s</iq>", error ? "error" : "result",
		   content);
	s = xmpp_stanza_new_from_string(ctx, text.p);
	assert_non_null(s);
	reply_to(NULL, error ? SESSION_ERROR : SESSION_RESULT, s, reply_data);
}

void answer_never(void)
{
	assert_non_null(request);
	free(request);
	request = NULL;
	reply_to(NULL, SESSION_TIMEOUT, NULL, reply_data);
}

void answer_items(const char *ids)
{
	AUTO_STR xml = { 0 };

	assert_non_null(strstr(request, "<items "));
	str_puts(&xml, "<pubsub xmlns='" NS_PUBSUB "'><items node='n'>");
	for (; *ids; ids++)
		str_printf(&xml, "<item id='%c'/>", *ids);
	str_puts(&xml, "</items></pubsub>");
	answer(xml.p);
}

void on_event(const struct event *e, void *data)
{
	(void)data;
	str_puts(&printed, e->kind == EVENT_ITEM ? e->id : e->kind == EVENT_PURGE ? "!" : "-");
}

void on_settled(struct follow *f, void *data)
{
	(void)f;
	(void)data;
	settled = true;
}

void on_caught_up(struct follow *f, void *data)
{
	(void)f;
	(void)data;
}

void on_failed(struct follow *f, int code, enum retry_hope h, void *data)
{
	(void)f;
	(void)data;
	failure = code;
	hope = h;
}

const struct follow_handler handler = {
	.event = on_event,
	.settled = on_settled,
	.caught_up = on_caught_up,
	.failed = on_failed,
};

void arrives(enum event_kind kind, const char *id)
{
	follow_event(follow, &(struct event){ .kind = kind, .node = "n", .id = id });
}

void subscribe(void)
{
	settled = false;
	follow_up(follow, NULL, "service");
	assert_non_null(strstr(request, "<subscribe "));
	answer("<pubsub xmlns='" NS_PUBSUB "'><subscription node='n' subscription='subscribed'/>"
	       "</pubsub>");
}

void check_printed(const char *wanted)
{
	assert_string_equal(printed.p ? printed.p : "", wanted);
}

char *place;

void on_placed(struct follow *f, const char *where, void *data)
{
	(void)f;
	(void)data;
	free(place);
	place = strdup(where);
}

void on_gone(struct follow *f, void *data)
{
	(void)f;
	(void)data;
	str_puts(&printed, "gone");
}

const struct follow_handler placed_handler = {
	.event = on_event,
	.settled = on_settled,
	.caught_up = on_caught_up,
	.failed = on_failed,
	.placed = on_placed,
	.gone = on_gone,
};

void arrives_at(const char *id, const char *archive_id)
{
	follow_event(follow,
		     &(struct event){
			     .kind = EVENT_ITEM, .node = "n", .id = id, .archive_id = archive_id });
}

/* A result of the query that waits for its answer. */
void result(const char *id, const char *archive_id, bool taken)
{
	const char *query = strstr(request, "queryid='");
	AUTO_STR text = { 0 };
	AUTO_STANZA xmpp_stanza_t *s = NULL;

	assert_non_null(query);
	query += strlen("queryid='");
	str_printf(&text,
		   "<message xmlns='jabber:client'><result xmlns='" NS_MAM
		   "' queryid='%.*s%s' id='%s'>"
		   "<forwarded xmlns='" NS_FORWARD "'><delay xmlns='" NS_DELAY
		   "' stamp='2026-01-01T00:00:00Z'/><message xmlns='jabber:client'><event "
		   "xmlns='" NS_PUBSUB_EVENT "'><items node='n'><item "
		   "id='%s'/></items></event></message></forwarded></result></message>",
		   (int)strcspn(query, "'"), query, taken ? "" : "x", archive_id, id);
	s = xmpp_stanza_new_from_string(ctx, text.p);
	assert_non_null(s);
	assert_int_equal(follow_message(follow, s), taken);
}

void fin(const char *last, bool complete)
{
	AUTO_STR text = { 0 };

	str_printf(&text, "<fin xmlns='" NS_MAM "' complete='%s'><set xmlns='" NS_RSM "'>",
		   complete ? "true" : "false");
	if (last)
		str_printf(&text, "<first>1</first><last>%s</last>", last);
	str_puts(&text, "</set></fin>");
	answer(text.p);
}

/* An empty node with an archive. */
void answer_empty(void)
{
	answer_items("");
	fin(NULL, true);
}

void start_placed(void)
{
	struct follow_params p = {
		.node = "n", .subscribe = true, .all = true, .place = true, .patient = true
	};

	follow = follow_new(&p, &placed_handler, NULL);
	subscribe();
	assert_true(follow_read(follow));
}

void cut_and_replay(const char *after)
{
	AUTO_STR wanted = { 0 };

	follow_down(follow);
	subscribe();
	assert_true(follow_read(follow));
	str_printf(&wanted, "<after>%s</after>", after);
	assert_non_null(strstr(request, wanted.p));
}

void arrives_numbered(uint64_t number, const char *id, const char *archive_id)
{
	follow_event(follow, &(struct event){
				     .node = "n", .id = id, .number = number, .archive_id = archive_id });
}

void cut(const char *stored)
{
	follow_down(follow);
	subscribe();
	assert_true(settled);
	assert_true(follow_read(follow));
	answer_items(stored);
	assert_null(request);
}

int set_up(void **state)
{
	(void)state;
	ctx = xmpp_ctx_new(NULL, NULL);
	return !ctx;
}

int tear_down(void **state)
{
	(void)state;
	follow_free(follow);
	free(request);
	request = NULL;
	settled = false;
	free(place);
	place = NULL;
	str_release(&printed);
	xmpp_ctx_free(ctx);
	return 0;
}
