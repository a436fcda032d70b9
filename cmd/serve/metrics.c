/* SPDX-License-Identifier: MIT */
#include "cmd/serve/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cmd/serve/op/op_label.h"
#include "cmd/serve/op/ops.h"
#include "common/base/auto.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/out.h"
#include "common/base/str.h"

#define N_OF(list) (sizeof(list) / sizeof((list)[0]))

/* Bounds of the buckets, in seconds. */
static const double bounds[METRICS_COMMIT_BUCKETS - 1] = { .0005, .001, .0025, .005, .01, .025,
							   .05,	  .1,	.25,   .5,   1.,  2.5 };

static void render_requests(const struct metrics *m, const char *name, struct str *out);
static void render_commits(const struct metrics *m, const char *name, struct str *out);

/* clang-format off */
static const struct family { /* name, type, help; then the values and their labels, or a function */
	const char *name, *type, *help;
	enum metric first;
	const char *labels[9]; /* NULL ends them; none: a value without labels */
	void (*render)(const struct metrics *m, const char *name, struct str *out);
} families[] = {
	{ "pubsub_requests_total", "counter", "Requests answered, by operation and outcome.",
	  .render = render_requests },
	{ "pubsub_notifications_total", "counter", "Notifications sent, one for each recipient, by what they tell.",
	  .first = METRIC_NOTIFIED_ITEMS, .labels = { "kind=\"items\"", "kind=\"retract\"", "kind=\"purge\"", "kind=\"delete\"",
	  "kind=\"configuration\"", "kind=\"collection\"", "kind=\"subscription\"", "kind=\"other\"" } },
	{ "pubsub_bounces_total", "counter", "Notifications that came back, by what became of the subscription.",
	  .first = METRIC_BOUNCES_ENDED, .labels = { "effect=\"ended\"", "effect=\"counted\"", "effect=\"ignored\"" } },
	{ "pubsub_bytes_total", "counter", "Bytes of XML from and to the server.",
	  .first = METRIC_BYTES_IN, .labels = { "direction=\"in\"", "direction=\"out\"" } },
	{ "pubsub_stanzas_total", "counter", "Stanzas taken, answers and notifications sent.",
	  .first = METRIC_STANZAS_IN, .labels = { "direction=\"in\"", "direction=\"out\"" } },
	{ "pubsub_commit_seconds", "histogram", "How long commits to the store have taken.",
	  .render = render_commits },
	{ "pubsub_queue_requests", "gauge", "Requests whose answers or notifications wait to be sent.",
	  .first = METRIC_QUEUE_REQUESTS },
	{ "pubsub_queue_bytes", "gauge", "Bytes that wait to be sent.", .first = METRIC_QUEUE_BYTES },
	{ "pubsub_outbox_events", "gauge", "Events that the server may not have yet.",
	  .first = METRIC_OUTBOX_EVENTS },
	{ "pubsub_outbox_bytes", "gauge", "Bytes of them.", .first = METRIC_OUTBOX_BYTES },
	{ "pubsub_outbox_read_total", "counter", "Events read back from the outbox, to be sent late or once more.",
	  .first = METRIC_OUTBOX_READ },
	{ "pubsub_connected", "gauge", "Is there a connection to the server?", .first = METRIC_CONNECTED },
	{ "pubsub_nodes", "gauge", "Nodes in the store.", .first = METRIC_NODES },
	{ "pubsub_items", "gauge", "Items in the store.", .first = METRIC_ITEMS },
	{ "pubsub_subscriptions", "gauge", "Subscriptions in the store.", .first = METRIC_SUBSCRIPTIONS },
	{ "pubsub_start_time_seconds", "gauge", "When the service was started, since 1970.", .first = METRIC_START },
	{ "pubsub_build_info", "gauge", "Always 1; the label has the version.",
	  .first = METRIC_BUILD, .labels = { "version=\"" PUBSUB_VERSION "\"" } },
};

static const struct { /* element in <event/>, what it counts as */
	const char *element;
	enum metric metric;
} kinds[] = {
	{ "items",	   METRIC_NOTIFIED_ITEMS },
	{ "purge",	   METRIC_NOTIFIED_PURGE },
	{ "delete",	   METRIC_NOTIFIED_DELETE },
	{ "configuration", METRIC_NOTIFIED_CONFIGURATION },
	{ "collection",	   METRIC_NOTIFIED_COLLECTION },
	{ "subscription",  METRIC_NOTIFIED_SUBSCRIPTION },
};
/* clang-format on */

/* Beginning and end */

static size_t find_name(const struct metrics *m, const char *name)
{
	size_t i = 0;

	while (i < m->n_ops && strcmp(m->ops[i], name))
		i++;
	return i;
}

static size_t add_name(struct metrics *m, const struct op *op)
{
	AUTO_STR name = { 0 };
	size_t at;

	op_label(op, &name);
	at = find_name(m, name.p);
	if (at == m->n_ops)
		m->ops[m->n_ops++] = str_steal(&name);
	return at;
}

void metrics_init(struct metrics *m)
{
	size_t n = 0;

	*m = (struct metrics){
		.values = { [METRIC_BUILD] = 1, [METRIC_START] = (uint64_t)time(NULL) }
	};
	while (ops[n].type)
		n++;
	m->ops = mem_zalloc((n + 1) * sizeof(*m->ops));
	m->op_at = mem_zalloc((n + 1) * sizeof(*m->op_at));
	for (size_t i = 0; i < n; i++)
		m->op_at[i] = add_name(m, &ops[i]);
	m->op_at[n] = add_name(m, NULL);
	m->requests = mem_zalloc(m->n_ops * sizeof(*m->requests));
}

void metrics_release(struct metrics *m)
{
	for (size_t i = 0; i < m->n_ops; i++)
		free(m->ops[i]);
	free(m->ops);
	free(m->op_at);
	free(m->requests);
	*m = (struct metrics){ 0 };
}

/* Counting */

/* Several errors have the same condition. */
static enum ps_err outcome_of(enum ps_err e)
{
	enum ps_err first = PS_OK + 1;

	if (!e)
		return PS_OK;
	while (first < e && strcmp(ps_errs[first].condition, ps_errs[e].condition))
		first++;
	return first;
}

void metrics_request(struct metrics *m, const struct op *op, enum ps_err outcome)
{
	if (!m)
		return;
	/* The last name is that of requests without an operation. */
	m->requests[op ? m->op_at[op - ops] : m->n_ops - 1][outcome_of(outcome)]++;
}

static enum metric kind_of(const char *event)
{
	const char *inner = strstr(event, "><");

	for (size_t i = 0; inner && i < N_OF(kinds); i++) {
		size_t len = strlen(kinds[i].element);

		if (!strncmp(inner + 2, kinds[i].element, len) && strchr(" />", inner[2 + len]))
			return kinds[i].metric;
	}
	return METRIC_NOTIFIED_OTHER;
}

void metrics_notify(struct metrics *m, const char *event, bool retracts)
{
	if (!m)
		return;
	m->values[retracts ? METRIC_NOTIFIED_RETRACT : kind_of(event)]++;
	m->values[METRIC_STANZAS_OUT]++;
}

void metrics_commit(struct metrics *m, double seconds)
{
	size_t i = 0;

	if (!m)
		return;
	while (i < N_OF(bounds) && seconds > bounds[i])
		i++;
	m->commits[i]++;
	m->commit_seconds += seconds;
}

void metrics_add(struct metrics *m, enum metric id, uint64_t n)
{
	if (m)
		m->values[id] += n;
}

void metrics_set(struct metrics *m, enum metric id, uint64_t value)
{
	if (m)
		m->values[id] = value;
}

/* Telling */

static void render_requests(const struct metrics *m, const char *name, struct str *out)
{
	for (size_t i = 0; i < m->n_ops; i++)
		for (size_t e = 0; e < PS_ERR_MAX; e++)
			if (e == PS_OK || m->requests[i][e])
				str_printf(out, "%s{op=\"%s\",outcome=\"%s\"} %" PRIu64 "\n", name,
					   m->ops[i], e == PS_OK ? "ok" : ps_errs[e].condition,
					   m->requests[i][e]);
}

static void render_commits(const struct metrics *m, const char *name, struct str *out)
{
	uint64_t sum = 0;

	/* Each bucket has what is in those before it. */
	for (size_t i = 0; i < N_OF(bounds); i++) {
		sum += m->commits[i];
		str_printf(out, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name, bounds[i], sum);
	}
	sum += m->commits[N_OF(bounds)];
	str_printf(out, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", name, sum);
	str_printf(out, "%s_sum %.9g\n", name, m->commit_seconds);
	str_printf(out, "%s_count %" PRIu64 "\n", name, sum);
}

static void render_values(const struct metrics *m, const struct family *f, struct str *out)
{
	if (!f->labels[0])
		str_printf(out, "%s %" PRIu64 "\n", f->name, m->values[f->first]);
	for (size_t i = 0; f->labels[i]; i++)
		str_printf(out, "%s{%s} %" PRIu64 "\n", f->name, f->labels[i],
			   m->values[f->first + i]);
}

void metrics_render(const struct metrics *m, struct str *out)
{
	for (size_t i = 0; i < N_OF(families); i++) {
		const struct family *f = &families[i];

		str_printf(out, "# HELP %s %s\n# TYPE %s %s\n", f->name, f->help, f->name, f->type);
		if (f->render)
			f->render(m, f->name, out);
		else
			render_values(m, f, out);
	}
}

void metrics_summary(const struct metrics *m, struct str *out)
{
	uint64_t requests = 0, refused = 0, notifications = 0;

	for (size_t i = 0; i < m->n_ops; i++)
		for (size_t e = 0; e < PS_ERR_MAX; e++) {
			requests += m->requests[i][e];
			refused += e == PS_OK ? 0 : m->requests[i][e];
		}
	for (size_t i = METRIC_NOTIFIED_ITEMS; i <= METRIC_NOTIFIED_OTHER; i++)
		notifications += m->values[i];
	str_printf(out,
		   "requests: %" PRIu64 ", refused: %" PRIu64 ", notifications: %" PRIu64
		   ", bytes waiting to be sent: %" PRIu64,
		   requests, refused, notifications, m->values[METRIC_QUEUE_BYTES]);
}

/* The file */

static int fill_file(int fd, const struct str *text)
{
	if (fchmod(fd, 0644) < 0)
		return -errno;
	return out_write(fd, text->p, text->len, NULL);
}

int metrics_write(const struct metrics *m, const char *path)
{
	AUTO_FREE char *made = mem_printf("%s.XXXXXX", path);
	AUTO_STR text = { 0 };
	int fd, r;

	metrics_render(m, &text);
	fd = mkostemp(made, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = fill_file(fd, &text);
	if (close(fd) < 0 && !r)
		r = -errno;
	if (!r && rename(made, path) < 0)
		r = -errno;
	if (r)
		unlink(made);
	return r;
}
