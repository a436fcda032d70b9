/* SPDX-License-Identifier: MIT */
#include "cmd/ctl/doc.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/xmpp/jid.h"

static void people_release(struct doc_people *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->all[i].jid);
	free(p->all);
	*p = (struct doc_people){ 0 };
}

void doc_node_release(struct doc_node *n)
{
	free(n->name);
	settings_release(&n->settings);
	people_release(&n->affiliations);
	people_release(&n->subscriptions);
	*n = (struct doc_node){ 0 };
}

static int by_jid(const void *a, const void *b)
{
	return strcmp(((const struct doc_person *)a)->jid, ((const struct doc_person *)b)->jid);
}

static int by_jid_and_age(const void *a, const void *b)
{
	const struct doc_person *x = a, *y = b;
	int order = by_jid(x, y);

	return order ? order : (x->age > y->age) - (x->age < y->age);
}

void doc_people_sort(struct doc_people *p)
{
	if (p->n)
		qsort(p->all, p->n, sizeof(*p->all), by_jid_and_age);
	p->sorted = true;
}

const char *doc_people_find(const struct doc_people *p, const char *jid)
{
	const struct doc_person key = { .jid = (char *)jid }, *found = NULL;

	if (p->sorted && p->n)
		found = bsearch(&key, p->all, p->n, sizeof(*p->all), by_jid);
	for (size_t i = 0; i < p->n && !p->sorted && !found; i++)
		if (!by_jid(&key, &p->all[i]))
			found = &p->all[i];
	while (p->sorted && found && found > p->all && !by_jid(&key, found - 1))
		found--;
	return found ? found->value : NULL;
}

bool doc_people_add(struct doc_people *p, const char *jid, const char *value)
{
	char *normal = jid ? jid_prep(jid) : NULL;

	if (!normal)
		return false;
	p->all = mem_realloc(p->all, (p->n + 1) * sizeof(*p->all));
	p->all[p->n] = (struct doc_person){ normal, value, p->n };
	p->n++;
	p->sorted = false;
	return true;
}
