/* SPDX-License-Identifier: MIT */
#include "cmd/serve/notify/summary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/config.h"
#include "cmd/serve/notify/body.h"
#include "cmd/serve/notify/event.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/subject.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/xmpp/xml.h"

struct summaries {
	size_t n;
	struct {
		struct str text;
		bool tried;
	} list[];
};

void summaries_free(struct summaries *t)
{
	for (size_t i = 0; t && i < t->n; i++)
		str_release(&t->list[i].text);
	free(t);
}

static const struct str *text_of(struct service *s, struct event *e, size_t i)
{
	const struct event_entry *entry = &e->entries[i];

	if (!e->summaries) {
		e->summaries = mem_zalloc(sizeof(*e->summaries) +
					  e->n_entries * sizeof(e->summaries->list[0]));
		e->summaries->n = e->n_entries;
	}
	if (!e->summaries->list[i].tried && entry->payload)
		body_render(&s->config->body, e->xml.p + entry->payload, entry->payload_len,
			    &e->summaries->list[i].text);
	e->summaries->list[i].tried = true;
	return &e->summaries->list[i].text;
}

void summary_add(struct service *s, struct event *e, const bool *picked, struct str *out)
{
	AUTO_STR all = { 0 };

	for (size_t i = 0; i < e->n_entries && all.len < BODY_MAX; i++) {
		const struct str *text = !picked || picked[i] ? text_of(s, e, i) : NULL;

		if (!text || !text->len)
			continue;
		if (all.len)
			str_puts(&all, "\n\n");
		str_add(&all, text->p, text->len);
	}
	if (!all.len)
		return;
	str_puts(out, "<body>");
	xml_text(out, all.p, all.len);
	str_puts(out, "</body>");
}

struct sample {
	const struct body *body;
	bool understood;
};

static int try_item(const struct item *item, void *data)
{
	struct sample *sample = data;
	AUTO_STR text = { 0 };

	if (item->payload)
		sample->understood =
			body_render(sample->body, item->payload, item->payload_len, &text) == 1;
	return 0;
}

int summary_offered(struct request *r, const struct node *n, bool *ret)
{
	const struct body *body = &r->service->config->body;
	struct sample sample = { .body = body };
	int e;

	if (!n || n->config.semantic) {
		*ret = !n || body_understands(body, n->config.semantic);
		return 0;
	}
	/* Who may not read the items need not know of what kind they are (GEN-12). */
	e = subject_check(r->service, PRIV_READ, n, r->who.jid);
	if (!e)
		e = store_item_last(r->service->store, n->id, try_item, &sample);
	if (e < 0 && e != -ENOENT)
		return e;
	*ret = sample.understood;
	return 0;
}
