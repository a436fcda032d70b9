/* SPDX-License-Identifier: MIT */
/* What the service counts, and how it tells of it. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/serve/metrics.h"
#include "cmd/serve/op/op_label.h"
#include "cmd/serve/op/ops.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/store/store_size.h"
#include "common/base/auto.h"
#include "common/xmpp/ns.h"
#include "serve_bench.h"

/* The lines of the text that begin with @prefix, and no others, are these. */
static void expect_lines(const struct metrics *m, const char *prefix, const char *expected)
{
	AUTO_STR all = { 0 }, found = { 0 };

	metrics_render(m, &all);
	for (char *line = strtok(all.p, "\n"); line; line = strtok(NULL, "\n"))
		if (!strncmp(line, prefix, strlen(prefix)))
			str_printf(&found, "%s\n", line);
	assert_string_equal(found.p ? found.p : "", expected);
}

static void request__outcomes__by_operation_and_condition(void **state)
{
	const struct op *publish = op_find("set", NS_PUBSUB, "publish");
	struct metrics m;

	(void)state;
	metrics_init(&m);
	expect_lines(&m, "pubsub_requests_total{op=\"publish\"",
		     "pubsub_requests_total{op=\"publish\",outcome=\"ok\"} 0\n");
	metrics_request(&m, publish, PS_OK);
	metrics_request(&m, publish, PS_OK);
	metrics_request(&m, publish, PS_FORBIDDEN);
	/* One condition with and without more to say is one series. */
	metrics_request(&m, publish, PS_PAYLOAD_REQUIRED);
	metrics_request(&m, publish, PS_BAD_REQUEST);
	metrics_request(&m, NULL, PS_BAD_REQUEST);
	metrics_request(&m, op_find("set", NS_PUBSUB_OWNER, "purge"), PS_OK);
	expect_lines(&m, "pubsub_requests_total{op=\"publish\"",
		     "pubsub_requests_total{op=\"publish\",outcome=\"ok\"} 2\n"
		     "pubsub_requests_total{op=\"publish\",outcome=\"bad-request\"} 2\n"
		     "pubsub_requests_total{op=\"publish\",outcome=\"forbidden\"} 1\n");
	expect_lines(&m, "pubsub_requests_total{op=\"none\"",
		     "pubsub_requests_total{op=\"none\",outcome=\"ok\"} 0\n"
		     "pubsub_requests_total{op=\"none\",outcome=\"bad-request\"} 1\n");
	expect_lines(&m, "pubsub_requests_total{op=\"owner-purge\"",
		     "pubsub_requests_total{op=\"owner-purge\",outcome=\"ok\"} 1\n");
	metrics_release(&m);
}

/* A name for two operations would make one series of them. */
static void op_label__whole_table__one_name_for_each_element(void **state)
{
	(void)state;
	for (const struct op *a = ops; a->type; a++)
		for (const struct op *b = ops; b->type; b++) {
			AUTO_STR x = { 0 }, y = { 0 };
			bool same = !strcmp(a->ns, b->ns) && !strcmp(a->element, b->element);

			op_label(a, &x);
			op_label(b, &y);
			assert_int_equal(!strcmp(x.p, y.p), same);
			/* Nothing that would have to be escaped. */
			assert_int_equal(strspn(x.p, "abcdefghijklmnopqrstuvwxyz-"), x.len);
		}
}

#define EVENT_OF(inner) "<event xmlns='http://jabber.org/protocol/pubsub#event'>" inner "</event>"

static void notify__events__by_kind(void **state)
{
	static const struct {
		const char *event;
		bool retracts;
		enum metric metric;
	} rows[] = {
		{ EVENT_OF("<items node='n'><item id='1'/></items>"), false,
		  METRIC_NOTIFIED_ITEMS },
		{ EVENT_OF("<items node='n'><retract id='1'/></items>"), true,
		  METRIC_NOTIFIED_RETRACT },
		{ EVENT_OF("<purge node='n'/>"), false, METRIC_NOTIFIED_PURGE },
		{ EVENT_OF("<delete node='n'/>"), false, METRIC_NOTIFIED_DELETE },
		{ EVENT_OF("<delete node='n'><redirect uri='><items '/></delete>"), false,
		  METRIC_NOTIFIED_DELETE },
		{ EVENT_OF("<configuration node='n'/>"), false, METRIC_NOTIFIED_CONFIGURATION },
		{ EVENT_OF("<collection node='n'/>"), false, METRIC_NOTIFIED_COLLECTION },
		{ EVENT_OF("<subscription node='n'/>"), false, METRIC_NOTIFIED_SUBSCRIPTION },
		{ EVENT_OF("<itemsets/>"), false, METRIC_NOTIFIED_OTHER },
		{ "<event/>", false, METRIC_NOTIFIED_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct metrics m;

		metrics_init(&m);
		metrics_notify(&m, rows[i].event, rows[i].retracts);
		for (int id = METRIC_NOTIFIED_ITEMS; id <= METRIC_NOTIFIED_OTHER; id++)
			assert_int_equal(m.values[id], id == (int)rows[i].metric);
		assert_int_equal(m.values[METRIC_STANZAS_OUT], 1);
		metrics_release(&m);
	}
}

static void commit__times__cumulative_buckets(void **state)
{
	struct metrics m;

	(void)state;
	metrics_init(&m);
	metrics_commit(&m, .0001);
	metrics_commit(&m, .0005); /* a bound belongs to its bucket */
	metrics_commit(&m, .002);
	metrics_commit(&m, 4.5);
	expect_lines(&m, "pubsub_commit_seconds",
		     "pubsub_commit_seconds_bucket{le=\"0.0005\"} 2\n"
		     "pubsub_commit_seconds_bucket{le=\"0.001\"} 2\n"
		     "pubsub_commit_seconds_bucket{le=\"0.0025\"} 3\n"
		     "pubsub_commit_seconds_bucket{le=\"0.005\"} 3\n"
		     "pubsub_commit_seconds_bucket{le=\"0.01\"} 3\n"
		     "pubsub_commit_seconds_bucket{le=\"0.025\"} 3\n"
		     "pubsub_commit_seconds_bucket{le=\"0.05\"} 3\n"
		     "pubsub_commit_seconds_bucket{le=\"0.1\"} 3\n"
		     "pubsub_commit_seconds_bucket{le=\"0.25\"} 3\n"
		     "pubsub_commit_seconds_bucket{le=\"0.5\"} 3\n"
		     "pubsub_commit_seconds_bucket{le=\"1\"} 3\n"
		     "pubsub_commit_seconds_bucket{le=\"2.5\"} 3\n"
		     "pubsub_commit_seconds_bucket{le=\"+Inf\"} 4\n"
		     "pubsub_commit_seconds_sum 4.5026\n"
		     "pubsub_commit_seconds_count 4\n");
	metrics_release(&m);
}

/* Each family has its HELP and TYPE once, in front; each line of values is "name{labels} number".
 */
static void render__text__is_in_the_exposition_format(void **state)
{
	AUTO_STR text = { 0 };
	char family[64] = "", help[64] = "", type[16], end;
	struct metrics m;
	int families = 0;

	(void)state;
	metrics_init(&m);
	metrics_render(&m, &text);
	assert_int_equal(text.p[text.len - 1], '\n');
	for (char *line = strtok(text.p, "\n"); line; line = strtok(NULL, "\n")) {
		if (sscanf(line, "# HELP %63s", help) == 1) {
			assert_string_not_equal(help, family);
			continue;
		}
		if (sscanf(line, "# TYPE %63s %15s%c", family, type, &end) == 2) {
			assert_string_equal(family, help);
			families++;
			continue;
		}
		assert_int_equal(strncmp(line, family, strlen(family)), 0);
		assert_non_null(strchr(" {_", line[strlen(family)]));
		assert_int_equal(strspn(strrchr(line, ' ') + 1, "0123456789."),
				 strlen(strrchr(line, ' ') + 1));
	}
	assert_int_equal(families, 17);
	metrics_release(&m);
}

static void count__without_metrics__nothing_happens(void **state)
{
	(void)state;
	metrics_request(NULL, NULL, PS_OK);
	metrics_notify(NULL, "", false);
	metrics_commit(NULL, 1.);
	metrics_add(NULL, METRIC_BYTES_IN, 1);
	metrics_set(NULL, METRIC_NODES, 1);
}

static void write__file__replaced_whole_and_readable(void **state)
{
	char dir[] = "/tmp/pubsub-metrics.XXXXXX", buf[16384];
	AUTO_STR path = { 0 }, text = { 0 };
	struct metrics m;
	struct stat st;
	FILE *f;
	size_t n;

	(void)state;
	assert_non_null(mkdtemp(dir));
	str_printf(&path, "%s/file", dir);
	metrics_init(&m);
	umask(077);
	assert_int_equal(metrics_write(&m, path.p), 0);
	metrics_set(&m, METRIC_NODES, 4711);
	assert_int_equal(metrics_write(&m, path.p), 0);
	assert_int_equal(stat(path.p, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	f = fopen(path.p, "r");
	assert_non_null(f);
	n = fread(buf, 1, sizeof(buf) - 1, f);
	buf[n] = '\0';
	fclose(f);
	metrics_render(&m, &text);
	assert_string_equal(buf, text.p);
	unlink(path.p);
	/* Nothing is left behind by it, nor by a failure. */
	assert_int_equal(mkdir(path.p, 0700), 0);
	assert_true(metrics_write(&m, path.p) < 0);
	assert_int_equal(rmdir(path.p), 0);
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(metrics_write(&m, path.p), -ENOENT);
	metrics_release(&m);
}

static void service__requests__counted_with_what_they_came_to(void **state)
{
	struct bench b;
	struct metrics m;
	AUTO_STR summary = { 0 };

	(void)state;
	bench_init(&b);
	bench_start(&b, SVC, false);
	metrics_init(&m);
	b.service->metrics = &m;
	TAKE(&b, SET(OWNER, PS("<create node='n'/>")), SUBSCRIBE(USER, USER), SUBSCRIBE(EVE, EVE),
	     PUBLISH(OWNER, "1"), PUBLISH(EVE, "2"), SET(OWNER, OWN("<delete node='n'/>")),
	     SET(OWNER, PS("<nonsense/>")));
	/* Not before it is certain. */
	assert_int_equal(m.requests[m.op_at[op_find("set", NS_PUBSUB, "publish") - ops]][PS_OK], 0);
	service_turn(b.service);
	expect_lines(&m, "pubsub_requests_total{op=\"publish\"",
		     "pubsub_requests_total{op=\"publish\",outcome=\"ok\"} 1\n"
		     "pubsub_requests_total{op=\"publish\",outcome=\"forbidden\"} 1\n");
	expect_lines(&m, "pubsub_requests_total{op=\"subscribe\"",
		     "pubsub_requests_total{op=\"subscribe\",outcome=\"ok\"} 2\n");
	expect_lines(&m, "pubsub_requests_total{op=\"none\",outcome=\"bad",
		     "pubsub_requests_total{op=\"none\",outcome=\"bad-request\"} 1\n");
	expect_lines(&m, "pubsub_notifications_total{kind=\"items",
		     "pubsub_notifications_total{kind=\"items\"} 2\n");
	expect_lines(&m, "pubsub_notifications_total{kind=\"delete",
		     "pubsub_notifications_total{kind=\"delete\"} 2\n");
	expect_lines(&m, "pubsub_stanzas_total{direction=\"out",
		     "pubsub_stanzas_total{direction=\"out\"} 11\n");
	expect_lines(&m, "pubsub_commit_seconds_count", "pubsub_commit_seconds_count 1\n");
	metrics_summary(&m, &summary);
	assert_string_equal(summary.p, "requests: 7, refused: 2, notifications: 4, "
				       "bytes waiting to be sent: 0");
	bench_stop(&b);
	metrics_release(&m);
}

static void store_size__after_changes__counts_again(void **state)
{
	struct store_size size = { 0 };
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_start(&b, SVC, false);
	assert_int_equal(store_size_update(b.store, &size), 0);
	assert_int_equal(size.nodes + size.items + size.subscriptions, 0);
	TAKE(&b, SET(OWNER, PS("<create node='n'/>")), SET(OWNER, PS("<create node='m'/>")),
	     SUBSCRIBE(USER, USER), PUBLISH(OWNER, "1"), PUBLISH(OWNER, "2"), PUBLISH(OWNER, "3"));
	service_turn(b.service);
	assert_int_equal(store_size_update(b.store, &size), 0);
	assert_int_equal(size.nodes, 2);
	assert_int_equal(size.items, 3);
	assert_int_equal(size.subscriptions, 1);
	/* Without a change it is not counted. */
	size.nodes = 4711;
	assert_int_equal(store_size_update(b.store, &size), 0);
	assert_int_equal(size.nodes, 4711);
	bench_stop(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request__outcomes__by_operation_and_condition),
		cmocka_unit_test(op_label__whole_table__one_name_for_each_element),
		cmocka_unit_test(notify__events__by_kind),
		cmocka_unit_test(commit__times__cumulative_buckets),
		cmocka_unit_test(render__text__is_in_the_exposition_format),
		cmocka_unit_test(count__without_metrics__nothing_happens),
		cmocka_unit_test(write__file__replaced_whole_and_readable),
		cmocka_unit_test(service__requests__counted_with_what_they_came_to),
		cmocka_unit_test(store_size__after_changes__counts_again),
	};

	return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
