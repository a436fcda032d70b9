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

const char *doc_people_find(const struct doc_people *p, const char *jid)
{
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->all[i].jid, jid))
			return p->all[i].value;
	return NULL;
}

bool doc_people_add(struct doc_people *p, const char *jid, const char *value)
{
	char *normal = jid ? jid_prep(jid) : NULL;

	if (!normal)
		return false;
	p->all = mem_realloc(p->all, (p->n + 1) * sizeof(*p->all));
	p->all[p->n++] = (struct doc_person){ normal, value };
	return true;
}
