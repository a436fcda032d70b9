/* SPDX-License-Identifier: MIT */
#include "cmd/serve/message.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "cmd/serve/config.h"
#include "cmd/serve/service.h"
#include "cmd/serve/subs/approve.h"
#include "cmd/serve/subs/bounce.h"
#include "common/base/auto.h"
#include "common/base/log.h"
#include "common/pubsub/errors.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

/* Each is a change like any other (service_change()), and knows who has sent it. */
struct kind {
	bool (*is)(const struct service *s, xmpp_stanza_t *message);
	int (*take)(struct request *r, xmpp_stanza_t *message);
	bool silent; /* never answered, as it is an answer itself */
};

static const struct kind kinds[] = {
	{ approve_is_answer, approve_take_answer, false },
	{ bounce_is, bounce_take, true },
};

struct arrival {
	const struct kind *kind;
	xmpp_stanza_t *message;
	enum ps_err error;
};

static int carry_out(struct request *r, void *data)
{
	const struct arrival *a = data;
	const struct sender *from = &r->service->sender;

	r->bare = from->bare;
	r->who = (struct subject){ .jid = from->jid, .admin = from->admin };
	return a->kind->take(r, a->message);
}

static int send_back(struct request *r, void *data)
{
	const struct arrival *a = data;
	AUTO_STR xml = { 0 };

	str_puts(&xml, "<message type='error'");
	xml_attr(&xml, "from", r->service->config->jid);
	xml_attr(&xml, "to", stanza_attr(a->message, "from"));
	xml_attr(&xml, "id", stanza_attr(a->message, "id"));
	str_printf(&xml, "><error type='%s'>", ps_errs[a->error].type);
	ps_err_render(&xml, a->error, NULL, NULL);
	str_puts(&xml, "</error></message>");
	event_stanza(&r->events, &xml);
	return 0;
}

static void take(struct service *s, struct arrival *a)
{
	int e = service_is_too_fast(s) ? PS_TOO_FAST : service_change(s, carry_out, a);

	if (!e)
		return;
	if (e < 0)
		log_error("a message has failed: %s", strerror(-e));
	a->error = e < 0 ? PS_INTERNAL : (enum ps_err)e;
	if (!a->kind->silent)
		service_change(s, send_back, a);
}

void message_take(struct service *s, xmpp_stanza_t *message)
{
	const char *from = stanza_attr(message, "from");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct arrival a = { .kind = &kinds[i], .message = message };

		if (!kinds[i].is(s, message))
			continue;
		if (from && service_is_for_us(s, stanza_attr(message, "to")) &&
		    service_find_sender(s, from))
			take(s, &a);
		return;
	}
}
