/* SPDX-License-Identifier: MIT */
#include "cmd/serve/notify/available.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/xmpp/jid.h"

struct available {
	size_t n, cap, max;
	void (*unref)(struct interest *i);
	struct resource **list; /* by JID */
};

struct available *available_new(size_t max, void (*unref)(struct interest *i))
{
	struct available *a = mem_zalloc(sizeof(*a));

	a->max = max;
	a->unref = unref;
	return a;
}

static void resource_free(const struct available *a, struct resource *r)
{
	if (r->interest)
		a->unref(r->interest);
	free(r->jid);
	free(r->caps_hash);
	free(r->caps_node);
	free(r->caps_ver);
	free(r);
}

void available_clear(struct available *a)
{
	for (size_t i = 0; i < a->n; i++)
		resource_free(a, a->list[i]);
	a->n = 0;
}

void available_free(struct available *a)
{
	if (!a)
		return;
	available_clear(a);
	free(a->list);
	free(a);
}

/* How many come before @jid. */
static size_t place_of(const struct available *a, const char *jid)
{
	size_t low = 0, high = a->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(a->list[middle]->jid, jid) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct available *a, size_t at, const char *jid)
{
	return at < a->n && !strcmp(a->list[at]->jid, jid);
}

struct resource *available_find(const struct available *a, const char *jid)
{
	size_t at = place_of(a, jid);

	return is_at(a, at, jid) ? a->list[at] : NULL;
}

static bool has_room(const struct available *a, const char *jid)
{
	AUTO_FREE char *bare = jid_bare(jid);
	size_t n;

	available_of(a, bare, &n);
	return a->n < a->max && n < AVAILABLE_MAX_RESOURCES;
}

struct resource *available_add(struct available *a, const char *jid)
{
	size_t at = place_of(a, jid);
	struct resource *r;

	if (!has_room(a, jid))
		return NULL;
	if (a->n == a->cap) {
		a->cap = a->cap ? a->cap * 2 : 16;
		a->list = mem_realloc(a->list, a->cap * sizeof(struct resource *));
	}
	r = mem_zalloc(sizeof(*r));
	r->jid = mem_strdup(jid);
	memmove(a->list + at + 1, a->list + at, (a->n - at) * sizeof(struct resource *));
	a->list[at] = r;
	a->n++;
	return r;
}

void available_remove(struct available *a, struct resource *r)
{
	size_t at = place_of(a, r->jid);

	memmove(a->list + at, a->list + at + 1, (a->n - at - 1) * sizeof(struct resource *));
	a->n--;
	resource_free(a, r);
}

size_t available_count(const struct available *a)
{
	return a->n;
}

struct resource *available_at(const struct available *a, size_t at)
{
	return a->list[at];
}

size_t available_behind(const struct available *a, const char *jid)
{
	size_t at;

	if (!jid)
		return 0;
	at = place_of(a, jid);
	return at + is_at(a, at, jid);
}

size_t available_of(const struct available *a, const char *bare_jid, size_t *ret_n)
{
	/* '/' and '0' follow each other. */
	AUTO_FREE char *from = mem_printf("%s/", bare_jid);
	AUTO_FREE char *to = mem_printf("%s0", bare_jid);
	size_t at = place_of(a, from);

	*ret_n = place_of(a, to) - at;
	return at;
}

static bool shows(const struct resource *r, unsigned wanted)
{
	return wanted & 1u << r->show;
}

bool available_reaches(const struct available *a, const char *jid, unsigned wanted)
{
	const struct resource *r;
	size_t n, at;

	if (jid_resource(jid)) {
		r = available_find(a, jid);
		return r && shows(r, wanted);
	}
	at = available_of(a, jid, &n);
	for (size_t i = at; i < at + n; i++)
		if (a->list[i]->priority >= 0 && shows(a->list[i], wanted))
			return true;
	return false;
}
