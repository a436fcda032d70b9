/* SPDX-License-Identifier: MIT */
#include "cmd/serve/notify/parcel.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/xmpp/xml.h"

struct letter *letter_new(const struct letter_head *head, const struct str *content)
{
	struct letter *l = mem_zalloc(sizeof(*l));

	l->head = *head;
	str_add(&l->content, content->p, content->len);
	return l;
}

struct parcel *parcel_new(struct letter *letter)
{
	struct parcel *p = mem_zalloc(sizeof(*p));

	letter->refs++;
	p->letter = letter;
	return p;
}

void parcel_free(struct parcel *p)
{
	if (!p)
		return;
	if (!--p->letter->refs) {
		str_release(&p->letter->content);
		free(p->letter);
	}
	str_release(&p->to);
	str_release(&p->addresses);
	free(p);
}

void parcel_add(struct parcel *p, const char *jid)
{
	str_puts(&p->addresses, "<address type='bcc'");
	xml_attr(&p->addresses, "jid", jid);
	str_puts(&p->addresses, "/>");
	str_add(&p->to, jid, strlen(jid) + 1);
	p->n++;
}

size_t parcel_bytes(const struct parcel *p)
{
	return sizeof(*p) + p->letter->content.len + p->to.len;
}

const char *parcel_next(const struct parcel *p, const char *jid)
{
	jid += strlen(jid) + 1;
	return jid < p->to.p + p->to.len ? jid : NULL;
}

void parcels_push(struct parcels *l, struct parcel *p)
{
	p->next = NULL;
	if (l->last)
		l->last->next = p;
	else
		l->first = p;
	l->last = p;
}

struct parcel *parcels_take(struct parcels *l)
{
	struct parcel *p = l->first;

	if (!p)
		return NULL;
	l->first = p->next;
	if (!l->first)
		l->last = NULL;
	return p;
}

void parcels_release(struct parcels *l)
{
	struct parcel *p;

	while ((p = parcels_take(l)))
		parcel_free(p);
}
