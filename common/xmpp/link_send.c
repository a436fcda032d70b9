/* SPDX-License-Identifier: MIT */
/*
 * What a link sends once it is logged in: it goes to the writer, and where the server manages
 * streams, both sides tell each other what they have (sm.h).
 */
#include "common/xmpp/link_internal.h"

#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/str.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/session.h"
#include "common/xmpp/trace.h"

/* What does not count among stanzas, too. */
static void send_own(struct link *l, const char *xml, size_t len)
{
	if (l->params->trace)
		trace_sent(xml, len);
	writer_send(&l->writer, xml, len);
}

/* XEP-0198 section 4. @idle: nothing more is sent for now. */
static void ask_what_it_has(struct link *l, bool idle)
{
	static const char ask[] = "<r xmlns='" NS_SM "'/>";

	if (sm_must_ask(&l->sm, idle))
		send_own(l, ask, sizeof(ask) - 1);
}

void link_acknowledge(struct link *l)
{
	AUTO_STR answer = { 0 };

	str_printf(&answer, "<a xmlns='" NS_SM "' h='%u'/>", l->sm.in);
	send_own(l, answer.p, answer.len);
}

void link_send_again(struct link *l)
{
	size_t len;
	const char *xml = sm_again(&l->sm, &len);

	if (len)
		send_own(l, xml, len);
}

void link_manage(struct link *l, xmpp_stanza_t *element)
{
	bool asked;

	if (!sm_take(&l->sm, element, &asked)) {
		sm_end(&l->sm);
		link_abort(l, EX_TEMPFAIL, "the server has counted what was not sent");
		return;
	}
	if (asked)
		link_acknowledge(l);
	ask_what_it_has(l, l->sm.wanted);
}

void link_send(struct link *l, const char *xml, size_t len)
{
	sm_sent(&l->sm, xml, len);
	if (!l->up)
		return; /* until the session is resumed */
	send_own(l, xml, len);
	ask_what_it_has(l, false);
}

void link_hold(struct link *l, bool held)
{
	writer_hold(&l->writer, held);
}

void link_fall_silent(struct link *l)
{
	writer_fall_silent(&l->writer);
}

size_t link_queued(const struct link *l)
{
	return writer_queued(&l->writer);
}

bool link_confirms(const struct link *l)
{
	return l->sm.enabled;
}

void link_ask(struct link *l)
{
	if (l->up)
		ask_what_it_has(l, true);
}

size_t link_unconfirmed(const struct link *l)
{
	return sm_waiting(&l->sm);
}

uint64_t link_confirmed(const struct link *l)
{
	return l->sm.confirmed;
}

size_t link_piece(const struct link *l)
{
	return writer_piece(&l->writer);
}

bool link_has_news(const struct link *l)
{
	return l->writer.news;
}

bool link_is_drained(const struct link *l)
{
	return writer_is_drained(&l->writer);
}
