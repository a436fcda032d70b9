/* SPDX-License-Identifier: MIT */
#include "common/xmpp/tap_names.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"

void expat_name_split(const char *name, struct expat_name *ret)
{
	const char *first = strchr(name, EXPAT_NAME_SEP);
	const char *local = first ? first + 1 : name;
	const char *second = first ? strchr(local, EXPAT_NAME_SEP) : NULL;

	*ret = (struct expat_name){
		.ns = name,
		.ns_len = first ? (size_t)(first - name) : 0,
		.local = local,
		.local_len = second ? (size_t)(second - local) : strlen(local),
		.prefix = second ? second + 1 : "",
	};
}

static bool equal(const char *piece, size_t len, const char *s)
{
	return strlen(s) == len && !memcmp(piece, s, len);
}

bool expat_name_is_ns(const struct expat_name *n, const char *ns)
{
	return equal(n->ns, n->ns_len, ns);
}

bool expat_name_is_local(const struct expat_name *n, const char *local)
{
	return equal(n->local, n->local_len, local);
}

void expat_name_add(struct str *out, const struct expat_name *n)
{
	if (n->prefix[0]) {
		str_puts(out, n->prefix);
		str_putc(out, ':');
	}
	str_add(out, n->local, n->local_len);
}

void scope_push(struct scope *s, unsigned depth, const char *prefix, const char *uri)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 8;
		s->v = mem_realloc(s->v, s->cap * sizeof(*s->v));
	}
	s->v[s->n++] = (struct declaration){
		.prefix = mem_strdup(prefix),
		.uri = mem_strdup(uri),
		.depth = depth,
	};
}

void scope_pop(struct scope *s, unsigned depth)
{
	for (; s->n && s->v[s->n - 1].depth >= depth; s->n--) {
		free(s->v[s->n - 1].prefix);
		free(s->v[s->n - 1].uri);
	}
	if (s->stream > s->n)
		s->stream = s->n;
}

size_t scope_own(const struct scope *s, unsigned depth)
{
	size_t i = s->n;

	while (i && s->v[i - 1].depth >= depth)
		i--;
	return i;
}

const struct declaration *scope_find(const struct scope *s, const char *prefix)
{
	for (size_t i = s->n; i; i--)
		if (!strcmp(s->v[i - 1].prefix, prefix))
			return &s->v[i - 1];
	return NULL;
}

void scope_release(struct scope *s)
{
	scope_pop(s, 0);
	free(s->v);
	*s = (struct scope){ 0 };
}

/* Room for @count attributes and @size bytes of names: the names must not move afterwards. */
static void attributes_begin(struct attributes *a, size_t count, size_t size)
{
	if (2 * count + 1 > a->cap) {
		a->cap = 2 * count + 1;
		a->v = mem_realloc(a->v, a->cap * sizeof(*a->v));
	}
	a->n = 0;
	a->v[0] = NULL;
	str_reset(&a->names);
	str_reserve(&a->names, size);
}

void attributes_release(struct attributes *a)
{
	free(a->v);
	str_release(&a->names);
	*a = (struct attributes){ 0 };
}

static void add(struct attributes *a, const char *name, const char *value)
{
	assert(a->n + 2 < a->cap);
	a->v[a->n++] = name;
	a->v[a->n++] = value;
	a->v[a->n] = NULL;
}

static bool has(const struct attributes *a, const char *name)
{
	for (size_t i = 0; i < a->n; i += 2)
		if (!strcmp(a->v[i], name))
			return true;
	return false;
}

/* FIRST BETWEEN LAST as one string; a NUL between them is left out. */
static const char *join(struct attributes *a, const char *first, size_t first_len, char between,
			const char *last, size_t last_len)
{
	size_t at = a->names.len;

	assert(at + first_len + last_len + 2 < a->names.cap);
	str_add(&a->names, first, first_len);
	if (between)
		str_putc(&a->names, between);
	str_add(&a->names, last, last_len);
	str_putc(&a->names, '\0');
	return a->names.p + at;
}

/* An upper bound of what join() makes of one name: PREFIX:LOCAL, xmlns:PREFIX and NS. */
static size_t room_for(const char *name)
{
	return 2 * strlen(name) + strlen(NS_TAP_FOREIGN) + 16;
}

static const char *join_xmlns(struct attributes *a, const char *prefix)
{
	return join(a, "xmlns", 5, ':', prefix, strlen(prefix));
}

/* "NS US LOCAL", the form that libstrophe has asked for. */
static const char *join_pair(struct attributes *a, const char *name)
{
	struct expat_name n;

	expat_name_split(name, &n);
	if (!n.ns_len)
		return name;
	if (expat_name_is_ns(&n, NS_TAP)) {
		n.ns = NS_TAP_FOREIGN;
		n.ns_len = strlen(NS_TAP_FOREIGN);
	}
	return join(a, n.ns, n.ns_len, EXPAT_NAME_SEP, n.local, n.local_len);
}

/* libstrophe keeps the name of an attribute whole if there is no separator in it. */
static void add_qualified(struct attributes *a, const char *name, const char *value)
{
	const char *xmlns;
	struct expat_name n;

	expat_name_split(name, &n);
	if (!n.prefix[0]) {
		add(a, name, value);
		return;
	}
	add(a, join(a, n.prefix, strlen(n.prefix), ':', n.local, n.local_len), value);
	if (!strcmp(n.prefix, "xml"))
		return;
	xmlns = join_xmlns(a, n.prefix);
	if (!has(a, xmlns))
		add(a, xmlns, join(a, n.ns, n.ns_len, '\0', "", 0));
}

const char *attributes_plain(struct attributes *a, const char *name, const char **atts)
{
	size_t count = 0, size = room_for(name);

	for (; atts && atts[2 * count]; count++)
		size += room_for(atts[2 * count]);
	attributes_begin(a, count, size);
	for (size_t i = 0; i < count; i++)
		add(a, join_pair(a, atts[2 * i]), atts[2 * i + 1]);
	return join_pair(a, name);
}

const char *attributes_qualified(struct attributes *a, const char *name, const char **atts,
				 size_t count, const struct scope *s, size_t own)
{
	size_t size = room_for(name);
	bool has_ns = strchr(name, EXPAT_NAME_SEP);

	for (size_t i = 0; i < count; i++)
		size += room_for(atts[2 * i]);
	for (size_t i = own; i < s->n; i++)
		size += room_for(s->v[i].prefix);
	attributes_begin(a, s->n - own + 2 * count + 1, size);
	if (!has_ns)
		add(a, "xmlns", "");
	for (size_t i = own; i < s->n; i++)
		if (s->v[i].prefix[0])
			add(a, join_xmlns(a, s->v[i].prefix), s->v[i].uri);
	for (size_t i = 0; i < count; i++)
		add_qualified(a, atts[2 * i], atts[2 * i + 1]);
	return join_pair(a, name);
}
