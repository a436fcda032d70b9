/* SPDX-License-Identifier: MIT */
#include "cmd/serve/notify/multicast.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/serve/config.h"
#include "cmd/serve/notify/notify.h"
#include "cmd/serve/notify/outbox.h"
#include "cmd/serve/service.h"
#include "common/base/auto.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/strings.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/time.h"

/* Milliseconds. */
#define ASK_DELAY 100  /* from the first that flies to the question behind it */
#define PAUSE 600000   /* after a refusal */
#define A_DAY 86400000 /* section 2.3: what has been found out holds no longer */

#define ASK_BYTES ((size_t)64 * 1024)	       /* or the question goes earlier */
#define FLYING_BYTES ((size_t)512 * 1024) /* more than that waits */

#define ROOM 256	/* around addresses and content, ids included */
#define ADDRESS_ROOM 64 /* around a JID */
#define XML_GROWTH 6	/* of a character that is escaped */

/* Beginning and end */

static char *copy_server(const struct service *s)
{
	size_t len;
	const char *domain = access_server(&s->policy, &len);

	return domain ? mem_strndup(domain, len) : NULL;
}

void multicast_up(struct service *s)
{
	struct multicast *m = &s->multicast;

	m->look_at = 0;
	if (!s->config->multicast || s->away || m->address || m->search)
		return;
	if (!m->domain)
		m->domain = copy_server(s);
	if (m->domain)
		multicast_look(s);
}

static void forget(struct multicast *m)
{
	free(m->address);
	m->address = NULL;
	strings_free(m->services);
	m->services = NULL;
	m->taken = 0;
	m->look_at = 0;
}

void multicast_down(struct service *s)
{
	struct multicast *m = &s->multicast;

	forget(m);
	multicast_look_no_more(s);
	m->round++;
	m->asking = m->answered = m->carries = m->trying = m->failing = false;
	m->bytes = m->unasked = 0;
	m->ask_at = 0;
	for (size_t i = 0; i < MULTICAST_OPEN; i++) {
		parcel_free(m->open[i]);
		m->open[i] = NULL;
	}
	parcels_release(&m->flying);
	parcels_release(&m->back);
	parcels_release(&m->behind);
	map_clear(&m->to);
}

void multicast_release(struct service *s)
{
	multicast_down(s);
	str_release(&s->multicast.content);
	free(s->multicast.domain);
}

void multicast_found(struct service *s, const char *address, size_t limit, char **services)
{
	struct multicast *m = &s->multicast;

	s->changed = true;
	if (!address || limit < MULTICAST_LEAST) {
		strings_free(services);
		m->look_at = time_now() + A_DAY;
		return;
	}
	m->services = services;
	m->address = mem_strdup(address);
	m->limit = limit;
	log_info("notifications at '%s' go through '%s', to %zu at once", m->domain, m->address,
		 limit);
}

/* Putting together */

/* Also where it is not wanted any more, as long as something flies that may not be overtaken. */
bool multicast_serves(const struct service *s, const char *jid)
{
	const struct multicast *m = &s->multicast;
	bool found;

	if (!m->address || (!s->config->multicast && !m->flying.first))
		return false;
	found = jid_is_at(jid, m->domain, strlen(m->domain));
	for (char **p = m->services; p && *p && !found; p++)
		found = jid_is_at(jid, *p, strlen(*p));
	return found;
}

static uint64_t hash(const char *jid)
{
	return map_hash(jid, strlen(jid), NULL, 0);
}

static bool anything_flies(const struct multicast *m, const struct parcel *p)
{
	if (!m->flying.first)
		return false;
	for (const char *jid = p->to.p; jid; jid = parcel_next(p, jid))
		if (map_get(&m->to, hash(jid)))
			return true;
	return false;
}

static bool fits(const struct service *s, const struct parcel *p, size_t more)
{
	return p->letter->content.len + p->addresses.len + more + ROOM + CONFIG_HEAD_ROOM <=
	       s->config->max_stanza;
}

/* Beside content of that size there is room for every address, and what is around it. */
static bool is_roomy(const struct service *s, const struct str *content)
{
	return content->len + ROOM + CONFIG_HEAD_ROOM <= s->config->max_stanza;
}

static void add_copy(struct service *s, const struct parcel *p, const char *jid, uint64_t number)
{
	const struct letter_head *h = &p->letter->head;

	notify_start(s, &s->buffer, h->node, number, h->whose, jid, h->type);
	str_add(&s->buffer, p->letter->content.p, p->letter->content.len);
	str_puts(&s->buffer, "</message>");
}

static void note_recipients(struct multicast *m, const struct parcel *p)
{
	for (const char *jid = p->to.p; jid; jid = parcel_next(p, jid))
		map_put(&m->to, hash(jid));
}

static void fly(struct service *s, struct parcel *p)
{
	struct multicast *m = &s->multicast;
	const struct letter *l = p->letter;
	struct str *out = &s->buffer;

	notify_start(s, out, l->head.node, l->head.number, l->head.whose, m->address, l->head.type);
	str_puts(out, "<addresses xmlns='" NS_ADDRESS "'>");
	str_add(out, p->addresses.p, p->addresses.len);
	str_puts(out, "</addresses>");
	str_add(out, l->content.p, l->content.len);
	str_puts(out, "</message>");
	str_release(&p->addresses);
	note_recipients(m, p);
	m->trying = m->trying || p->n > m->taken;
	m->bytes += parcel_bytes(p);
	m->unasked += parcel_bytes(p);
	parcels_push(&m->flying, p);
}

static void dispatch(struct service *s, struct parcel *p)
{
	if (!p->n) {
		parcel_free(p);
		return;
	}
	if (anything_flies(&s->multicast, p) && !fits(s, p, 0)) {
		parcels_push(&s->multicast.behind, p);
		return;
	}
	if (fits(s, p, 0) && ((p->n >= MULTICAST_LEAST && s->config->multicast) ||
			      anything_flies(&s->multicast, p))) {
		fly(s, p);
		return;
	}
	for (const char *jid = p->to.p; jid; jid = parcel_next(p, jid))
		add_copy(s, p, jid, p->letter->head.once ? ++s->messages : p->letter->head.number);
	parcel_free(p);
}

static bool is_like(const struct letter_head *a, const struct letter_head *b)
{
	return a->node == b->node && a->number == b->number && a->whose == b->whose &&
	       a->type == b->type;
}

static bool is_same(const struct parcel *p, const struct letter_head *head,
		    const struct str *content)
{
	const struct letter *l = p->letter;

	return is_like(&l->head, head) && l->content.len == content->len &&
	       !memcmp(l->content.p, content->p, content->len);
}

/* Where there are too many kinds, the one with the fewest recipients goes. */
static struct parcel **place_for(struct service *s, const struct letter_head *head)
{
	struct multicast *m = &s->multicast;
	struct parcel **least = NULL;

	for (size_t i = 0; i < MULTICAST_OPEN; i++) {
		struct parcel **p = &m->open[i];

		if (*p && is_same(*p, head, &m->content))
			return p;
		if (!least || (*least && (!*p || (*p)->n < (*least)->n)))
			least = p;
	}
	if (*least)
		dispatch(s, *least);
	*least = parcel_new(letter_new(head, &m->content));
	return least;
}

/* It goes, and others with the same in them may follow. */
static void renew(struct service *s, struct parcel **place)
{
	struct parcel *p = *place;

	*place = parcel_new(p->letter);
	dispatch(s, p);
}

static void add(struct service *s, struct parcel **place, const char *jid)
{
	size_t len = strlen(jid);
	struct parcel *p = *place;

	if (p->n && !fits(s, p, ADDRESS_ROOM + XML_GROWTH * len)) {
		renew(s, place);
		p = *place;
	}
	parcel_add(p, jid);
	if (p->n >= s->multicast.limit)
		renew(s, place);
}

bool multicast_fits(struct service *s, const struct letter_head *head, const char *jid)
{
	size_t start = s->buffer.len, len = s->multicast.content.len + strlen("</message>");

	if (is_roomy(s, &s->multicast.content))
		return true;
	notify_start(s, &s->buffer, head->node, head->number, head->whose, jid, head->type);
	len += s->buffer.len - start;
	s->buffer.len = start;
	return len <= s->config->max_stanza;
}

void multicast_add(struct service *s, const struct letter_head *head, const char *jid)
{
	add(s, place_for(s, head), jid);
}

bool multicast_add_alike(struct service *s, const struct letter_head *head, const char *jid)
{
	struct multicast *m = &s->multicast;

	for (size_t i = 0; i < MULTICAST_OPEN && head->kind; i++) {
		struct parcel *p = m->open[i];

		if (!p || p->letter->head.kind != head->kind || !is_like(&p->letter->head, head) ||
		    !is_roomy(s, &p->letter->content))
			continue;
		add(s, &m->open[i], jid);
		return true;
	}
	return false;
}

void multicast_flush(struct service *s)
{
	struct multicast *m = &s->multicast;

	for (size_t i = 0; i < MULTICAST_OPEN; i++) {
		struct parcel *p = m->open[i];

		m->open[i] = NULL;
		if (p)
			dispatch(s, p);
	}
}

/* What is waited for */

bool multicast_holds(const struct service *s)
{
	const struct multicast *m = &s->multicast;

	return m->flying.first &&
	       (m->trying || m->failing || m->behind.first || m->bytes > FLYING_BYTES);
}

bool multicast_is_back(const struct service *s)
{
	return s->multicast.back.first && !s->multicast.flying.first;
}

bool multicast_is_open(const struct service *s)
{
	const struct multicast *m = &s->multicast;

	return m->flying.first || m->back.first || m->behind.first;
}

void multicast_send_back(struct service *s)
{
	struct multicast *m = &s->multicast;
	struct parcel *p = m->back.first;
	const char *jid = p->to.p + p->sent;

	add_copy(s, p, jid, p->letter->head.number);
	p->sent += strlen(jid) + 1;
	if (p->sent == p->to.len)
		parcel_free(parcels_take(&m->back));
}

/* Its question */

static void on_answer(struct service *s, xmpp_stanza_t *answer, void *data)
{
	struct multicast *m = &s->multicast;
	size_t limit;

	if (m->round != (unsigned)(uintptr_t)data)
		return;
	m->answered = true;
	/* Any other answer may be somebody else's, who knows of nothing. */
	m->good = multicast_read(s, answer, &limit);
	if (m->good)
		m->limit = limit;
	s->changed = true;
}

static void ask(struct service *s)
{
	static const char xml[] = "<query xmlns='" NS_DISCO_INFO "'/>";
	struct multicast *m = &s->multicast;

	m->ask_at = 0;
	m->asking = service_ask(s, "get", m->address, xml, sizeof(xml) - 1, on_answer,
				(void *)(uintptr_t)m->round);
	if (!m->asking)
		return;
	for (struct parcel *p = m->flying.first; p; p = p->next)
		p->asked = true;
	m->unasked = 0;
	m->carries = outbox_carry(s);
}

void multicast_flushed(struct service *s)
{
	struct multicast *m = &s->multicast;
	int64_t now = time_now();

	if (m->look_at && m->look_at <= now)
		multicast_up(s);
	if (m->asking || !m->flying.first)
		return;
	if (multicast_holds(s) || s->outbox.leaving || m->unasked >= ASK_BYTES ||
	    (m->ask_at && m->ask_at <= now)) {
		ask(s);
	} else if (!m->ask_at) {
		m->ask_at = now + ASK_DELAY;
		s->changed = true;
	}
}

/* All that flew has arrived, or is known not to have. */
static void give_up(struct service *s)
{
	struct multicast *m = &s->multicast;

	log_warn("'%s' does not take what it is to send on: notifications go to each by itself",
		 m->address);
	forget(m);
	m->failing = false;
	m->look_at = time_now() + PAUSE;
}

static void land(struct multicast *m, struct parcel *p)
{
	m->bytes -= parcel_bytes(p);
	if (!m->good || p->refused) {
		m->failing = true;
		parcels_push(&m->back, p);
		return;
	}
	m->taken = p->n > m->taken ? p->n : m->taken;
	parcel_free(p);
}

void multicast_settle(struct service *s)
{
	struct multicast *m = &s->multicast;

	if (!m->answered)
		return;
	m->asking = m->answered = false;
	while (m->flying.first && m->flying.first->asked)
		land(m, parcels_take(&m->flying));
	m->trying = false;
	map_clear(&m->to);
	for (const struct parcel *p = m->flying.first; p; p = p->next) {
		m->trying = m->trying || p->n > m->taken;
		note_recipients(m, p);
	}
	if (m->failing && !m->flying.first)
		give_up(s);
	while (!m->flying.first && m->behind.first)
		parcels_push(&m->back, parcels_take(&m->behind));
	s->changed = true;
	if (m->carries)
		outbox_carried(s, !m->back.first);
	m->carries = false;
}

static bool is_about(const struct service *s, const struct parcel *p, const char *id,
		     const char *first)
{
	AUTO_STR own = { 0 };

	if (first && strcmp(p->to.p, first) != 0)
		return false;
	notify_id(s, &own, p->letter->head.node, p->letter->head.number, p->letter->head.whose);
	return !strcmp(own.p, id);
}

/* @first: of the recipients. NULL, where they do not come back: all with the same id are meant. */
static bool refuse(struct service *s, const char *id, const char *first)
{
	bool any = false;

	for (struct parcel *p = s->multicast.flying.first; p; p = p->next)
		if (is_about(s, p, id, first))
			p->refused = any = true;
	return any;
}

static void log_refusal(xmpp_stanza_t *message)
{
	struct stanza_error error;
	AUTO_STR text = { 0 };

	stanza_error_parse(message, &error);
	stanza_error_describe(&text, &error);
	stanza_error_release(&error);
	log_info("a message to many comes back: %s", text.p);
}

bool multicast_refused(struct service *s, xmpp_stanza_t *message)
{
	struct multicast *m = &s->multicast;
	const char *type = stanza_attr(message, "type"), *id = stanza_attr(message, "id");
	xmpp_stanza_t *addresses = stanza_child(message, "addresses", NS_ADDRESS);
	const char *first = stanza_attr(stanza_child(addresses, "address", NS_ADDRESS), "jid");
	AUTO_FREE char *from = NULL;
	bool any;

	if (!m->flying.first || !id || !type || strcmp(type, "error") != 0)
		return false;
	from = jid_prep(stanza_attr(message, "from"));
	if (!from || strcmp(from, m->address) != 0)
		return false;
	any = refuse(s, id, first) || (first && refuse(s, id, NULL));
	if (any && !m->failing)
		log_refusal(message);
	m->failing = m->failing || any;
	s->changed = true;
	return any;
}

int64_t multicast_due(const struct service *s)
{
	const struct multicast *m = &s->multicast;
	int64_t first = m->ask_at && !m->asking ? m->ask_at : INT64_MAX;

	return m->look_at && m->look_at < first ? m->look_at : first;
}
