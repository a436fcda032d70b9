/* SPDX-License-Identifier: MIT */
#include "cmd/serve/notify/filter.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/notify/event.h"
#include "cmd/serve/service.h"
#include "common/base/auto.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/pubsub/sub_fields.h"
#include "common/pubsub/xpath.h"

/* Compiled expressions; the one that was needed least recently goes. */
#define KEPT 64

struct kept {
	char *key;	     /* expression and prefixes; NULL: free */
	struct xpath *xpath; /* NULL: it is none (any more) */
	uint64_t used;
};

struct filters {
	struct kept kept[KEPT];
	uint64_t uses;
	bool warned;
};

struct filter_docs {
	size_t n;
	struct {
		struct xpath_doc *doc;
		bool tried;
	} docs[];
};

struct filters *filters_new(void)
{
	return mem_zalloc(sizeof(struct filters));
}

static void forget(struct kept *k)
{
	free(k->key);
	xpath_free(k->xpath);
	*k = (struct kept){ 0 };
}

void filters_free(struct filters *f)
{
	for (size_t i = 0; f && i < KEPT; i++)
		forget(&f->kept[i]);
	free(f);
}

void filter_docs_free(struct filter_docs *d)
{
	for (size_t i = 0; d && i < d->n; i++)
		xpath_doc_free(d->docs[i].doc);
	free(d);
}

/* Expressions */

static int compile(const struct sub_options *o, struct str *why, struct xpath **ret)
{
	return xpath_compile(o->filter, (const char *const *)o->filter_ns, why, ret);
}

int filter_check(const struct sub_options *o, struct str *why)
{
	struct xpath *x;
	int e = o->filter ? compile(o, why, &x) : 0;

	if (!e && o->filter)
		xpath_free(x);
	return e;
}

static char *key_of(const struct sub_options *o)
{
	AUTO_STR key = { 0 };

	str_puts(&key, o->filter);
	for (char **ns = o->filter_ns; ns && *ns; ns++)
		str_printf(&key, "\n%s", *ns);
	return str_steal(&key);
}

/* NULL: it is not one. */
static const struct xpath *find(struct filters *f, const struct sub_options *o)
{
	AUTO_FREE char *key = key_of(o);
	struct kept *place = &f->kept[0];
	AUTO_STR why = { 0 };

	for (struct kept *k = f->kept; k < f->kept + KEPT; k++) {
		if (k->key && !strcmp(k->key, key)) {
			k->used = ++f->uses;
			return k->xpath;
		}
		place = k->used < place->used ? k : place;
	}
	forget(place);
	place->used = ++f->uses;
	place->key = steal(key);
	compile(o, &why, &place->xpath);
	return place->xpath;
}

/* Payloads */

static void warn(struct filters *f)
{
	if (!f->warned)
		log_warn("a subscriber's filter costs too much on a payload, which is not "
			 "delivered to "
			 "it; there will be no warning of others");
	f->warned = true;
}

/* NULL: there is none, or it cannot be read. */
static struct xpath_doc *doc_of(struct filters *f, struct event *e, size_t i)
{
	const struct event_entry *entry = &e->entries[i];
	int r = 0;

	if (!e->docs) {
		e->docs = mem_zalloc(sizeof(*e->docs) + e->n_entries * sizeof(e->docs->docs[0]));
		e->docs->n = e->n_entries;
	}
	if (!e->docs->docs[i].tried && entry->payload)
		r = xpath_doc_new(e->xml.p + entry->payload, entry->payload_len,
				  &e->docs->docs[i].doc);
	e->docs->docs[i].tried = true;
	if (r == -E2BIG)
		warn(f);
	return e->docs->docs[i].doc;
}

static bool is_retract(const struct event *e, const struct event_entry *entry)
{
	return !strncmp(e->xml.p + entry->start, "<retract", strlen("<retract"));
}

static bool passes(struct filters *f, struct event *e, size_t i, const struct xpath *x)
{
	struct xpath_doc *doc;
	int r;

	if (is_retract(e, &e->entries[i]))
		return true;
	doc = x ? doc_of(f, e, i) : NULL;
	r = doc ? xpath_test(x, doc) : 0;
	if (r == -E2BIG)
		warn(f);
	return r == 1;
}

bool filter_pick(struct service *s, struct event *e, const struct sub_options *o, bool *picked)
{
	const struct xpath *x = find(s->filters, o);
	bool any = false;

	for (size_t i = 0; i < e->n_entries; i++) {
		if (!passes(s->filters, e, i, x))
			continue;
		picked[i] = true;
		any = true;
	}
	return any;
}
