/* SPDX-License-Identifier: MIT */
#include "common/xmpp/caps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/auto.h"
#include "common/base/base64.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/xmpp/form.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

#define SHA1_SIZE 20

/* Orders are those of bytes, i;octet, which is what strcmp() does. */

static int by_string(const void *a, const void *b)
{
	const char *const *const *x = a, *const *const *y = b;

	return strcmp(**x, **y);
}

static int by_identity(const void *a, const void *b)
{
	const struct caps_identity *const *x = a, *const *y = b;
	int r = strcmp((*x)->category, (*y)->category);

	if (!r)
		r = strcmp((*x)->type, (*y)->type);
	if (!r)
		r = strcmp((*x)->lang, (*y)->lang);
	return r ? r : strcmp((*x)->name, (*y)->name);
}

static int by_form_type(const void *a, const void *b)
{
	const struct form_in *const *x = a, *const *y = b;

	return strcmp((*x)->form_type, (*y)->form_type);
}

static int by_var(const void *a, const void *b)
{
	const struct form_field_in *const *x = a, *const *y = b;

	return strcmp((*x)->var, (*y)->var);
}

/* Pointers to the @n things of @size bytes at @base, in order; the caller frees them. */
static void *sorted(const void *base, size_t n, size_t size, int (*cmp)(const void *, const void *))
{
	const void **p = mem_alloc(n * sizeof(*p) + 1);

	for (size_t i = 0; i < n; i++)
		p[i] = (const char *)base + i * size;
	qsort(p, n, sizeof(*p), cmp);
	return p;
}

static bool has_twice(const void *base, size_t n, size_t size,
		      int (*cmp)(const void *, const void *))
{
	AUTO_FREE const void **p = sorted(base, n, size, cmp);

	for (size_t i = 1; i < n; i++)
		if (!cmp(&p[i - 1], &p[i]))
			return true;
	return false;
}

static const char *attr_or_empty(xmpp_stanza_t *s, const char *name)
{
	const char *value = stanza_attr(s, name);

	return value ? value : "";
}

static void read_identity(xmpp_stanza_t *s, struct caps_info *info)
{
	info->identities[info->n_identities++] = (struct caps_identity){
		.category = attr_or_empty(s, "category"),
		.type = attr_or_empty(s, "type"),
		.lang = attr_or_empty(s, "xml:lang"),
		.name = attr_or_empty(s, "name"),
	};
}

static void read_feature(xmpp_stanza_t *s, struct caps_info *info)
{
	const char *var = stanza_attr(s, "var");

	if (var)
		info->features[info->n_features++] = var;
	else
		info->ill_formed = true;
}

/* In what is submitted FORM_TYPE counts without being hidden; such a form is no information. */
static void read_form(xmpp_stanza_t *s, struct caps_info *info)
{
	struct form_in f;

	if (form_read(s, &f) < 0)
		info->ill_formed = true;
	else if (f.form_type && (f.type == FORM_RESULT || f.type == FORM_FORM))
		info->forms[info->n_forms++] = f;
	else
		form_in_release(&f);
}

static bool is_identity(xmpp_stanza_t *s)
{
	return stanza_is(s, "identity", NS_DISCO_INFO);
}

static bool is_feature(xmpp_stanza_t *s)
{
	return stanza_is(s, "feature", NS_DISCO_INFO);
}

static bool is_form(xmpp_stanza_t *s)
{
	return stanza_is(s, "x", NS_DATA);
}

/* Room for all, which is counted first. */
static int reserve(xmpp_stanza_t *query, struct caps_info *info)
{
	size_t identities = 0, features = 0, forms = 0;

	for (xmpp_stanza_t *s = stanza_first(query); s; s = stanza_next(s)) {
		identities += is_identity(s);
		features += is_feature(s);
		forms += is_form(s);
	}
	if (identities > CAPS_MAX_IDENTITIES || features > CAPS_MAX_FEATURES ||
	    forms > CAPS_MAX_FORMS)
		return -EINVAL;
	info->identities = mem_alloc(identities * sizeof(*info->identities) + 1);
	info->features = mem_alloc(features * sizeof(*info->features) + 1);
	info->forms = mem_alloc(forms * sizeof(*info->forms) + 1);
	return 0;
}

int caps_parse(xmpp_stanza_t *query, struct caps_info *ret)
{
	struct caps_info info = { 0 };
	int r;

	if (!stanza_is(query, "query", NS_DISCO_INFO))
		return -EINVAL;
	r = reserve(query, &info);
	if (r < 0)
		return r;
	for (xmpp_stanza_t *s = stanza_first(query); s; s = stanza_next(s)) {
		if (is_identity(s))
			read_identity(s, &info);
		else if (is_feature(s))
			read_feature(s, &info);
		else if (is_form(s))
			read_form(s, &info);
	}
	if (has_twice(info.identities, info.n_identities, sizeof(*info.identities), by_identity) ||
	    has_twice(info.features, info.n_features, sizeof(*info.features), by_string) ||
	    has_twice(info.forms, info.n_forms, sizeof(*info.forms), by_form_type))
		info.ill_formed = true;
	*ret = info;
	return 0;
}

void caps_info_release(struct caps_info *info)
{
	for (size_t i = 0; i < info->n_forms; i++)
		form_in_release(&info->forms[i]);
	free(info->identities);
	free(info->features);
	free(info->forms);
	*info = (struct caps_info){ 0 };
}

bool caps_has(const struct caps_info *info, const char *feature)
{
	for (size_t i = 0; i < info->n_features; i++)
		if (!strcmp(info->features[i], feature))
			return true;
	return false;
}

/* '<' separates, and must not be had from within (the note of section 5.1). */
static void add(struct str *s, const char *text, char end)
{
	size_t n;

	for (; text[n = strcspn(text, "<")]; text += n + 1) {
		str_add(s, text, n);
		str_puts(s, "&lt;");
	}
	str_add(s, text, n);
	str_putc(s, end);
}

static void add_identities(struct str *s, const struct caps_info *info)
{
	AUTO_FREE const struct caps_identity **p = sorted(info->identities, info->n_identities,
							  sizeof(*info->identities), by_identity);

	for (size_t i = 0; i < info->n_identities; i++) {
		add(s, p[i]->category, '/');
		add(s, p[i]->type, '/');
		add(s, p[i]->lang, '/');
		add(s, p[i]->name, '<');
	}
}

static void add_strings(struct str *s, const char **strings, size_t n)
{
	AUTO_FREE const char ***p = sorted(strings, n, sizeof(*strings), by_string);

	for (size_t i = 0; i < n; i++)
		add(s, *p[i], '<');
}

static void add_form(struct str *s, const struct form_in *f)
{
	AUTO_FREE const struct form_field_in **p =
		sorted(f->fields, f->n, sizeof(*f->fields), by_var);

	add(s, f->form_type, '<');
	for (size_t i = 0; i < f->n; i++) {
		add(s, p[i]->var, '<');
		add_strings(s, p[i]->values, p[i]->n);
	}
}

static void add_forms(struct str *s, const struct caps_info *info)
{
	AUTO_FREE const struct form_in **p =
		sorted(info->forms, info->n_forms, sizeof(*info->forms), by_form_type);

	for (size_t i = 0; i < info->n_forms; i++)
		add_form(s, p[i]);
}

void caps_ver(const struct caps_info *info, char ret_ver[static CAPS_VER_SIZE])
{
	unsigned char digest[SHA1_SIZE];
	AUTO_FREE char *text = NULL;
	AUTO_STR s = { 0 };

	str_reserve(&s, 0); /* nothing is a string, too */
	add_identities(&s, info);
	add_strings(&s, info->features, info->n_features);
	add_forms(&s, info);
	xmpp_sha1_digest((const unsigned char *)s.p, s.len, digest);
	text = base64_encode(digest, sizeof(digest));
	memcpy(ret_ver, text, CAPS_VER_SIZE);
}

bool caps_verify(const struct caps_info *info, const char *hash, const char *ver)
{
	char ours[CAPS_VER_SIZE];

	if (info->ill_formed || !hash || !ver || strcmp(hash, CAPS_HASH) != 0)
		return false;
	caps_ver(info, ours);
	return !strcmp(ours, ver);
}

void caps_render(struct str *out, const char *node, const char *ver)
{
	str_puts(out, "<c xmlns='" NS_CAPS "'");
	xml_attr(out, "hash", CAPS_HASH);
	xml_attr(out, "node", node);
	xml_attr(out, "ver", ver);
	str_puts(out, "/>");
}

int caps_each_notify(const struct caps_info *info,
		     int (*fn)(const char *node, size_t len, void *data), void *data)
{
	static const char suffix[] = "+notify";
	int r = 0;

	for (size_t i = 0; i < info->n_features && !r; i++) {
		const char *var = info->features[i];
		size_t len = strlen(var), tail = sizeof(suffix) - 1;

		if (len > tail && !strcmp(var + len - tail, suffix))
			r = fn(var, len - tail, data);
	}
	return r;
}
