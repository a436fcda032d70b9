/* SPDX-License-Identifier: MIT */
#include "cmd/serve/notify/proof.h"

#include "cmd/serve/config.h"
#include "cmd/serve/service.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"

static void on_confirmed(bool has, void *data)
{
	const struct proof *p = data;

	p->reply(p->service, has);
}

/* An error says as much as a result. */
static void on_answer(struct service *s, xmpp_stanza_t *answer, void *data)
{
	(void)s;
	on_confirmed(answer, data);
}

static bool ping(struct service *s, struct proof *p)
{
	static const char xml[] = "<ping xmlns='" NS_PING "'/>";
	size_t len;
	const char *part = jid_domain(s->config->jid, &len);
	AUTO_FREE char *domain = mem_strndup(part, len);

	return service_ask(s, "get", domain, xml, sizeof(xml) - 1, on_answer, p);
}

bool proof_ask(struct service *s, struct proof *p, proof_fn *reply)
{
	const struct sink *sink = s->sink;

	*p = (struct proof){ .service = s, .reply = reply };
	return (sink->confirm && sink->confirm(on_confirmed, p, sink->data)) || ping(s, p);
}
