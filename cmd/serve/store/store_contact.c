/* SPDX-License-Identifier: MIT */
/* Contacts: who shares presence with the service. */
#include "cmd/serve/store/store.h"

#include <string.h>

#include "cmd/serve/store/store_internal.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/base/strings.h"

enum contact_stmt {
	CONTACT_GET,
	CONTACT_SET,
	CONTACT_REMOVE,
	CONTACT_EACH,
	CONTACT_COUNT,
	CONTACT_STMT_MAX
};

/* clang-format off */
static const char *const contact_sql[CONTACT_STMT_MAX] = {
	[CONTACT_GET] = "SELECT subscription, asked, groups, jid FROM contact WHERE jid = ?1",
	[CONTACT_SET] = "REPLACE INTO contact (jid, subscription, asked, groups) VALUES (?1, ?2, ?3, ?4)",
	[CONTACT_REMOVE] = "DELETE FROM contact WHERE jid = ?1",
	[CONTACT_EACH] = "SELECT subscription, asked, groups, jid FROM contact ORDER BY jid",
	[CONTACT_COUNT] = "SELECT count(*) FROM contact",
};
/* clang-format on */
_Static_assert(CONTACT_STMT_MAX <= STORE_STMTS, "a place for each statement");

/* As rosters have it; the bits are those of "from" and "to". */
static const char *const states[] = { "none", "from", "to", "both", NULL };

static struct query contact_query(struct store *s, enum contact_stmt stmt)
{
	return query_new(s, STORE_CONTACTS, stmt, contact_sql[stmt]);
}

void contact_release(struct contact *c)
{
	strings_free(c->groups);
	c->groups = NULL;
}

static void split(const char *text, char ***ret)
{
	AUTO_FREE char *copy = mem_strdup(text);
	char *rest = copy, *part;

	while (*text && (part = strsep(&rest, "\x1f")))
		strings_add(ret, part);
}

static int contact_of(struct query *q, struct contact *ret)
{
	int state;

	if (query_name(q, 0, states, 4, &state))
		return q->r;
	*ret = (struct contact){ .from = state & 1, .to = state & 2, .asked = query_int(q, 1) };
	split(query_text(q, 2), &ret->groups);
	return 0;
}

int store_contact_get(struct store *s, const char *bare_jid, struct contact *ret)
{
	AUTO_QUERY q = contact_query(s, CONTACT_GET);
	int r;

	query_bind_text(&q, 1, bare_jid);
	r = query_step(&q);
	if (r > 0)
		return contact_of(&q, ret);
	if (!r)
		*ret = (struct contact){ 0 };
	return r;
}

static int contact_remove(struct store *s, const char *bare_jid)
{
	AUTO_QUERY q = contact_query(s, CONTACT_REMOVE);

	query_bind_text(&q, 1, bare_jid);
	return query_run(&q);
}

static int contact_put(struct store *s, const char *bare_jid, const struct contact *c)
{
	AUTO_QUERY q = contact_query(s, CONTACT_SET);
	AUTO_STR groups = { 0 };

	for (char **group = c->groups; group && *group; group++) {
		if (groups.len)
			str_putc(&groups, '\x1f');
		str_puts(&groups, *group);
	}
	query_bind_text(&q, 1, bare_jid);
	query_bind_text(&q, 2, states[c->from | c->to << 1]);
	query_bind_int(&q, 3, c->asked);
	query_bind_text(&q, 4, groups.p ? groups.p : "");
	return query_run(&q);
}

int store_contact_set(struct store *s, const char *bare_jid, const struct contact *c)
{
	if (!c->from && !c->to && !c->asked && !c->groups)
		return contact_remove(s, bare_jid);
	return contact_put(s, bare_jid, c);
}

int store_contact_each(struct store *s, store_contact_fn *fn, void *data)
{
	AUTO_QUERY q = contact_query(s, CONTACT_EACH);
	int r;

	while ((r = query_step(&q)) > 0) {
		AUTO_IN_PLACE(contact_release) struct contact c = { 0 };

		r = contact_of(&q, &c);
		if (!r)
			r = fn(query_text(&q, 3), &c, data);
		if (r)
			return r < 0 ? r : 0;
	}
	return r;
}

int store_contact_count(struct store *s, int64_t *ret_count)
{
	AUTO_QUERY q = contact_query(s, CONTACT_COUNT);

	return query_value(&q, ret_count);
}
