/* SPDX-License-Identifier: MIT */
#include "cmd/serve/op/list.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/op/page.h"
#include "cmd/serve/service.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/rsm.h"
#include "common/xmpp/xml.h"

void list_release(struct list *l)
{
	str_release(&l->xml);
	str_release(&l->names);
	free(l->entries);
}

void list_add(struct list *l, const char *name)
{
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 16;
		l->entries = mem_realloc(l->entries, l->cap * sizeof(*l->entries));
	}
	l->entries[l->n++] = (struct list_entry){ .xml = l->xml.len, .name = l->names.len };
	str_add(&l->names, name, strlen(name) + 1);
}

static const char *name_of(const struct list *l, size_t i)
{
	return l->names.p + l->entries[i].name;
}

/* The text of the entries from @start up to @end, which is no part of it. */
static size_t bytes_of(const struct list *l, size_t start, size_t end)
{
	size_t until = end < l->n ? l->entries[end].xml : l->xml.len;

	return start < end ? until - l->entries[start].xml : 0;
}

static int find(const struct list *l, const char *name, size_t *ret)
{
	for (size_t i = 0; i < l->n; i++) {
		if (strcmp(name_of(l, i), name))
			continue;
		*ret = i;
		return PS_OK;
	}
	return PS_ITEM_NOT_FOUND;
}

/* Where the page may begin and must end, or the other way round with rsm->before. */
static int find_bounds(const struct list *l, const struct rsm_request *rsm, size_t *start,
		       size_t *end)
{
	int e = PS_OK;

	*start = 0;
	*end = l->n;
	if (rsm->before && *rsm->before)
		e = find(l, rsm->before, end);
	else if (rsm->after)
		e = find(l, rsm->after, start);
	if (!e && rsm->after)
		++*start;
	if (rsm->has_index)
		*start = rsm->index < l->n ? rsm->index : l->n;
	return e;
}

static void fit(const struct list *l, const struct rsm_request *rsm, size_t *start, size_t *end)
{
	uint64_t max = rsm->has_max && rsm->max < PAGE_MAX ? rsm->max : PAGE_MAX;

	while (*end - *start > max ||
	       (*end - *start > 1 && bytes_of(l, *start, *end) > PAGE_BYTES)) {
		if (rsm->before)
			++*start;
		else
			--*end;
	}
}

void list_open(struct str *out, const char *ns, const char *what, const char *node)
{
	str_printf(out, "<pubsub xmlns='%s'><%s", ns, what);
	xml_attr(out, "node", node);
	str_putc(out, '>');
}

static void end(struct str *out, const char *what, const struct str *set)
{
	str_printf(out, "</%s>", what);
	str_add(out, set->p, set->len);
	str_puts(out, "</pubsub>");
}

void list_close(struct str *out, const char *what)
{
	end(out, what, &(struct str){ 0 });
}

/* The entries go to @entries, and what page it is to @set. */
static int page_of(const struct list *l, xmpp_stanza_t *wrapper, struct str *entries,
		   struct str *set)
{
	struct rsm_page page = { .count = l->n };
	struct rsm_request rsm;
	size_t start, end;
	int e = rsm_parse(wrapper, &rsm) ? PS_BAD_REQUEST : find_bounds(l, &rsm, &start, &end);

	if (e)
		return e;
	fit(l, &rsm, &start, &end);
	if (start < end) {
		str_add(entries, l->xml.p + l->entries[start].xml, bytes_of(l, start, end));
		page.first = name_of(l, start);
		page.last = name_of(l, end - 1);
		page.index = start;
	}
	if (rsm.present || end - start < l->n)
		rsm_render(set, &page);
	return PS_OK;
}

int list_answer(struct request *r, const struct list *l, const char *ns, const char *what,
		const char *node)
{
	AUTO_STR set = { 0 };
	int e;

	list_open(&r->result, ns, what, node);
	e = page_of(l, r->wrapper, &r->result, &set);
	end(&r->result, what, &set);
	return e;
}
