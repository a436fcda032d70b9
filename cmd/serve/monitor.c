/* SPDX-License-Identifier: MIT */
#include "cmd/serve/monitor.h"

#include <string.h>

#include "cmd/serve/ready.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/base/log.h"
#include "common/base/str.h"
#include "common/xmpp/tap.h"

#define WRITE_SECONDS 15. /* no more often are such files looked at */

/* Gauges */

static void measure_queue(struct monitor *m)
{
	const struct service *s = m->service;

	metrics_set(&m->metrics, METRIC_BYTES_IN, tap_bytes());
	metrics_set(&m->metrics, METRIC_QUEUE_REQUESTS, s->batch.count + s->out.count);
	metrics_set(&m->metrics, METRIC_QUEUE_BYTES,
		    s->batch.bytes + s->out.bytes + s->buffer.len + s->sink->unsent(s->sink->data));
	metrics_set(&m->metrics, METRIC_OUTBOX_EVENTS, (uint64_t)s->outbox.count);
	metrics_set(&m->metrics, METRIC_OUTBOX_BYTES, (uint64_t)s->outbox.bytes);
}

static void measure_store(struct monitor *m)
{
	/* A store that cannot be read is complained of where somebody needs it. */
	if (store_size_update(m->service->store, &m->size))
		return;
	metrics_set(&m->metrics, METRIC_NODES, (uint64_t)m->size.nodes);
	metrics_set(&m->metrics, METRIC_ITEMS, (uint64_t)m->size.items);
	metrics_set(&m->metrics, METRIC_SUBSCRIPTIONS, (uint64_t)m->size.subscriptions);
}

/* The file */

/* 0 or a negative errno; the first of several failures in a row is told. */
static int write_file(struct monitor *m)
{
	int r;

	if (!m->path)
		return 0;
	measure_queue(m);
	measure_store(m);
	r = metrics_write(&m->metrics, m->path);
	if (r && !m->failing)
		log_error("cannot write the metrics to '%s': %s", m->path, strerror(-r));
	else if (!r && m->failing)
		log_note("the metrics can be written again");
	m->failing = r;
	return r;
}

static void on_write(struct ev_loop *loop, ev_timer *t, int events)
{
	(void)loop;
	(void)events;
	write_file(t->data);
}

void monitor_report(struct monitor *m)
{
	AUTO_STR text = { 0 };

	if (!m->service)
		return;
	write_file(m);
	measure_queue(m);
	metrics_summary(&m->metrics, &text);
	log_note("%s", text.p);
}

/* The service manager */

static void tell(struct monitor *m, const char *state)
{
	AUTO_STR text = { 0 };

	measure_queue(m);
	str_printf(&text, "%sSTATUS=%s; ", state,
		   m->metrics.values[METRIC_CONNECTED] ? "Connected" : "Not connected");
	metrics_summary(&m->metrics, &text);
	ready_notify(text.p);
}

static void on_watchdog(struct ev_loop *loop, ev_timer *t, int events)
{
	(void)loop;
	(void)events;
	tell(t->data, "WATCHDOG=1\n");
}

void monitor_connected(struct monitor *m, bool connected, bool ready)
{
	metrics_set(&m->metrics, METRIC_CONNECTED, connected);
	tell(m, ready ? "READY=1\n" : "");
}

/* Beginning and end */

static void start_timer(struct monitor *m, ev_timer *t, double seconds,
			void (*fn)(struct ev_loop *loop, ev_timer *t, int events))
{
	ev_timer_init(t, fn, seconds, seconds);
	t->data = m;
	ev_timer_start(m->loop, t);
}

int monitor_start(struct monitor *m, struct service *service, struct ev_loop *loop,
		  const char *path)
{
	double watchdog = ready_watchdog();

	metrics_init(&m->metrics);
	m->service = service;
	m->loop = loop;
	m->path = path;
	service->metrics = &m->metrics;
	if (path)
		start_timer(m, &m->write, WRITE_SECONDS, on_write);
	if (watchdog > 0.)
		start_timer(m, &m->watchdog, watchdog / 2, on_watchdog);
	return write_file(m);
}

void monitor_stop(struct monitor *m)
{
	if (!m->service)
		return;
	metrics_set(&m->metrics, METRIC_CONNECTED, 0);
	write_file(m);
	m->service->metrics = NULL;
	ev_timer_stop(m->loop, &m->write);
	ev_timer_stop(m->loop, &m->watchdog);
	metrics_release(&m->metrics);
	*m = (struct monitor){ 0 };
}
