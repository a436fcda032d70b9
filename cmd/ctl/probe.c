/* SPDX-License-Identifier: MIT */
#include "cmd/ctl/probe.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/ctl/ctl.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/random.h"
#include "common/pubsub/request.h"

static void on_event(const struct event *e, void *data)
{
	struct probe *p = data;

	if (p->seen || e->kind != p->kind || strcmp(e->node, p->node) != 0)
		return;
	if (p->id && (!e->id || strcmp(e->id, p->id) != 0))
		return;
	p->seen = true;
	p->at = clock_now();
}

static void on_message(struct ctl *c, xmpp_stanza_t *message, void *data)
{
	(void)c;
	event_parse(message, on_event, data);
}

static char *new_name(void)
{
	char id[RANDOM_ID_LEN + 1];

	random_id(id);
	return mem_printf("pubsub-ctl-%s", id);
}

void probe_init(struct probe *p, struct ctl *c, const char *node)
{
	*p = (struct probe){ .c = c, .node = node ? mem_strdup(node) : new_name() };
	c->message = on_message;
	c->message_data = p;
}

int probe_create(struct probe *p)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_STR xml = { 0 };
	int code;

	ctl_doing(p->c, "create '%s'", p->node);
	request_delete(&p->c->will, p->node, NULL);
	request_create(&xml, p->node);
	code = ctl_request(p->c, "set", &xml, &reply);
	p->made = !code;
	if (code)
		str_reset(&p->c->will);
	return code;
}

int probe_end(struct probe *p)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_STR xml = { 0 };
	int code = 0;

	if (p->made && !session_finishing(p->c->session)) {
		ctl_doing(p->c, "delete '%s'", p->node);
		request_delete(&xml, p->node, NULL);
		code = ctl_request(p->c, "set", &xml, &reply);
	}
	str_reset(&p->c->will);
	p->c->message = NULL;
	free(p->node);
	p->node = NULL;
	return code;
}

void probe_expect(struct probe *p, enum event_kind kind, const char *id)
{
	p->kind = kind;
	p->id = id;
	p->seen = false;
}

static void on_over(struct ev_loop *loop, ev_timer *t, int events)
{
	(void)loop;
	(void)t;
	(void)events;
}

int probe_wait(struct probe *p, double seconds)
{
	struct session *s = p->c->session;
	bool goes_on = true;
	ev_timer t;

	ev_timer_init(&t, on_over, seconds, 0.);
	ev_now_update(session_loop(s));
	ev_timer_start(session_loop(s), &t);
	while (!p->seen && ev_is_active(&t) && goes_on)
		goes_on = session_step(s);
	ev_timer_stop(session_loop(s), &t);
	return goes_on && !session_finishing(s) ? 0 : session_code(s);
}
