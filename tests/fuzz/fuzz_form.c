/* SPDX-License-Identifier: MIT */

/*
 * Arbitrary stanzas as what holds a data form, and as an answer to disco#info. What is read from a
 * form and written again reads the same; what capabilities stand for does not depend on the order
 * of anything, and no string stands for what is ill-formed.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <strophe.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/xmpp/caps.h"
#include "common/xmpp/form.h"
#include "common/xmpp/own.h"
#include "fuzz.h"

#define MAX_SIZE (64 * 1024)

static xmpp_ctx_t *ctx;

static void write_form(const struct form_in *f, struct str *out)
{
	str_puts(out, "<around>");
	form_open(out, f->type, f->form_type);
	for (size_t i = 0; i < f->n; i++) {
		struct form_field_out field = { .var = f->fields[i].var,
						.type = f->fields[i].type,
						.values = f->fields[i].values,
						.n_values = f->fields[i].n };

		form_field(out, &field);
	}
	form_close(out);
	str_puts(out, "</around>");
}

static void must_equal(const char *a, const char *b)
{
	MUST(!a == !b && (!a || !strcmp(a, b)));
}

static void must_be_same(const struct form_in *a, const struct form_in *b)
{
	MUST(a->type == b->type && a->n == b->n);
	must_equal(a->form_type, b->form_type);
	for (size_t i = 0; i < a->n; i++) {
		const struct form_field_in *x = &a->fields[i], *y = &b->fields[i];

		must_equal(x->var, y->var);
		must_equal(x->type, y->type);
		MUST(x->n == y->n);
		for (size_t v = 0; v < x->n; v++)
			must_equal(x->values[v], y->values[v]);
		MUST(form_find(a, x->var) == x);
	}
}

static void check_form(xmpp_stanza_t *s)
{
	AUTO_STANZA xmpp_stanza_t *again = NULL;
	AUTO_IN_PLACE(form_in_release) struct form_in f = { 0 };
	AUTO_IN_PLACE(form_in_release) struct form_in g = { 0 };
	AUTO_STR out = { 0 };
	int r = form_parse(s, &f);

	MUST(!r || r == -ENOENT || r == -EINVAL);
	if (r)
		return;
	MUST(f.n <= FORM_MAX_FIELDS);
	write_form(&f, &out);
	again = xmpp_stanza_new_from_string(ctx, out.p);
	MUST(again && !form_parse(again, &g));
	must_be_same(&f, &g);
}

#define REVERSE(array, n)                                                                          \
	do {                                                                                       \
		for (size_t i_ = 0; i_ < (n) / 2; i_++) {                                          \
			__typeof__((array)[0]) kept_ = (array)[i_];                                \
			(array)[i_] = (array)[(n)-1 - i_];                                         \
			(array)[(n)-1 - i_] = kept_;                                               \
		}                                                                                  \
	} while (0)

static void reverse(struct caps_info *info)
{
	REVERSE(info->identities, info->n_identities);
	REVERSE(info->features, info->n_features);
	REVERSE(info->forms, info->n_forms);
	for (size_t i = 0; i < info->n_forms; i++) {
		struct form_in *f = &info->forms[i];

		REVERSE(f->fields, f->n);
		for (size_t k = 0; k < f->n; k++)
			REVERSE(f->fields[k].values, f->fields[k].n);
	}
}

static int check_node(const char *node, size_t len, void *data)
{
	(void)data;
	MUST(len && !strcmp(node + len, "+notify"));
	return 0;
}

static void check_caps(xmpp_stanza_t *s)
{
	AUTO_IN_PLACE(caps_info_release) struct caps_info info = { 0 };
	char ver[CAPS_VER_SIZE], reversed[CAPS_VER_SIZE];

	if (caps_parse(s, &info) < 0)
		return;
	caps_ver(&info, ver);
	MUST(strlen(ver) == CAPS_VER_SIZE - 1);
	MUST(caps_verify(&info, CAPS_HASH, ver) == !info.ill_formed);
	MUST(!caps_each_notify(&info, check_node, NULL));
	if (info.ill_formed)
		return; /* two forms of one FORM_TYPE have no order */
	reverse(&info);
	caps_ver(&info, reversed);
	MUST(!strcmp(ver, reversed));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FREE char *text = NULL;
	AUTO_STANZA xmpp_stanza_t *s = NULL;

	if (size > MAX_SIZE)
		return 0;
	if (!ctx)
		ctx = xmpp_ctx_new(NULL, NULL);
	text = mem_strndup((const char *)data, size);
	s = xmpp_stanza_new_from_string(ctx, text);
	if (s) {
		check_form(s);
		check_caps(s);
	}
	return 0;
}
