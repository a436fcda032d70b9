/* SPDX-License-Identifier: MIT */
#include "cmd/serve/notify/outq.h"

#include <stdlib.h>

#include "common/base/mem.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

struct out *out_new(xmpp_stanza_t *iq, const char *from)
{
	struct out *o = mem_zalloc(sizeof(*o));

	if (!iq)
		return o;
	str_puts(&o->answer, "<iq");
	xml_attr(&o->answer, "to", stanza_attr(iq, "from"));
	xml_attr(&o->answer, "from", from);
	xml_attr(&o->answer, "id", stanza_attr(iq, "id"));
	o->head = o->answer.len;
	return o;
}

void out_free(struct out *o)
{
	if (!o)
		return;
	str_release(&o->ahead);
	str_release(&o->answer);
	event_list_release(&o->events);
	free(o);
}

void out_result(struct out *o, const char *xml, size_t len)
{
	o->answer.len = o->head;
	if (!len) {
		str_puts(&o->answer, " type='result'/>");
		return;
	}
	str_reserve(&o->answer, len + 32);
	str_puts(&o->answer, " type='result'>");
	str_add(&o->answer, xml, len);
	str_puts(&o->answer, "</iq>");
}

void out_error(struct out *o, enum ps_err e, const char *detail, const char *text,
	       const char *echo)
{
	o->answer.len = o->head;
	o->outcome = e;
	str_puts(&o->answer, " type='error'>");
	if (echo)
		str_puts(&o->answer, echo);
	str_printf(&o->answer, "<error type='%s'>", ps_errs[e].type);
	ps_err_render(&o->answer, e, detail, text);
	str_puts(&o->answer, "</error></iq>");
}

void out_ahead(struct out *o, const char *xml, size_t len)
{
	str_add(&o->ahead, xml, len);
}

size_t out_bytes(const struct out *o)
{
	return o->ahead.len + o->answer.len + o->events.bytes;
}

void outq_push(struct outq *q, struct out *o)
{
	o->next = NULL;
	if (q->last)
		q->last->next = o;
	else
		q->first = o;
	q->last = o;
	q->bytes += out_bytes(o);
	q->count++;
}

struct out *outq_take(struct outq *q)
{
	struct out *o = q->first;

	if (!o)
		return NULL;
	q->first = o->next;
	if (!q->first)
		q->last = NULL;
	q->bytes -= out_bytes(o);
	q->count--;
	q->taken++;
	o->next = NULL;
	return o;
}

void outq_splice(struct outq *q, struct outq *from)
{
	if (!from->first)
		return;
	if (q->last)
		q->last->next = from->first;
	else
		q->first = from->first;
	q->last = from->last;
	q->bytes += from->bytes;
	q->count += from->count;
	*from = (struct outq){ 0 };
}

void outq_release(struct outq *q)
{
	struct out *o;

	while ((o = outq_take(q)))
		out_free(o);
}

void outq_sent(struct outq *q, size_t bytes)
{
	q->bytes -= bytes;
}

void outq_bind(struct outq *q, int64_t node, struct written *written)
{
	for (struct out *o = q->first; o; o = o->next)
		event_list_bind(&o->events, node, written);
}
