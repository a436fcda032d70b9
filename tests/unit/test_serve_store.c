/* SPDX-License-Identifier: MIT */
/*
 * A store that fails: whoever is answered is told what has come to be.
 */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/serve/metrics.h"
#include "cmd/serve/op/ops.h"
#include "cmd/serve/store/store_internal.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/xmpp/ns.h"
#include "serve_bench.h"

#define FAILED(to) ERROR(to, "wait", CONDITION("internal-server-error"))

/* A service whose store is a file, and a disk that can be made full for it. */
struct disk {
	char folder[32];
	struct rlimit before;
};

static void disk_start(struct disk *d, struct bench *b)
{
	strcpy(d->folder, "/tmp/pubsub-test-XXXXXX");
	assert_non_null(mkdtemp(d->folder));
	bench_init(b);
	b->config.given.store = mem_printf("%s/s.sqlite3", d->folder);
	bench_start(b, SVC, false);
	TAKE(b, SET(OWNER, PS("<create node='n'/>")), SUBSCRIBE(USER, USER), PUBLISH(OWNER, "1"));
	service_turn(b->service);
	str_reset(&b->sent);
}

static void disk_fill(struct disk *d)
{
	AUTO_FREE char *file = mem_printf("%s/s.sqlite3-wal", d->folder);
	struct rlimit full;
	struct stat st;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &d->before), 0);
	assert_int_equal(stat(file, &st), 0);
	full = (struct rlimit){ .rlim_cur = (rlim_t)st.st_size, .rlim_max = d->before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
}

static void disk_free(struct disk *d)
{
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &d->before), 0);
}

static void disk_stop(struct disk *d, struct bench *b)
{
	AUTO_FREE char *clean = mem_printf("rm -r %s", d->folder);

	bench_stop(b);
	assert_int_equal(system(clean), 0);
}

static uint64_t counted(const struct metrics *m, const struct op *op, enum ps_err outcome)
{
	return m->requests[m->op_at[op - ops]][outcome];
}

static void commit__fails__nobody_is_told_otherwise(void **state)
{
	const struct op *publish = op_find("set", NS_PUBSUB, "publish");
	const struct op *items = op_find("get", NS_PUBSUB, "items");
	struct metrics m;
	struct disk d;
	struct bench b;

	(void)state;
	disk_start(&d, &b);
	metrics_init(&m);
	b.service->metrics = &m;
	disk_fill(&d);
	TAKE(&b, ITEMS(EVE, "", ""), PUBLISH(OWNER, "2"), ITEMS(EVE, "", ""), PUBLISH(EVE, "3"));
	service_turn(b.service);
	disk_free(&d);
	/*
	 * What was read before the first change holds; what comes behind may tell of what did not
	 * come to be.
	 */
	bench_expect(&b, "no commit", ITEMS_ARE(EVE, ONE("1"), "") FAILED(OWNER) FAILED(EVE) FAILED(EVE));
	assert_int_equal(counted(&m, publish, PS_OK), 0);
	assert_int_equal(counted(&m, publish, PS_INTERNAL), 2);
	assert_int_equal(counted(&m, items, PS_OK), 1);
	assert_int_equal(counted(&m, items, PS_INTERNAL), 1);

	TAKE(&b, ITEMS(EVE, "", ""), PUBLISH(OWNER, "4"));
	service_turn(b.service);
	bench_expect(&b, "and on it goes", ITEMS_ARE(EVE, ONE("1"), "") PUBLISHED(OWNER, "4")
		     EVENT(USER, "<items node='n'>" ONE("4") "</items>"));
	assert_int_equal(counted(&m, publish, PS_OK), 1);
	disk_stop(&d, &b);
	metrics_release(&m);
}

/* What SQLite rolls back by itself takes the requests along that came before. */
static void change__disk_full_in_the_middle__earlier_ones_are_told(void **state)
{
	struct disk d;
	struct bench b;

	(void)state;
	disk_start(&d, &b);
	/* Changes go to the disk before the commit. */
	assert_int_equal(sqlite3_exec(b.store->db, "PRAGMA cache_size = 8", NULL, NULL, NULL), SQLITE_OK);
	disk_fill(&d);
	TAKE(&b, ITEMS(EVE, "", ""), PUBLISH(OWNER, "2"));
	bench_take_large(&b, OWNER, "3", 240 * 1024);
	disk_free(&d);
	TAKE(&b, ITEMS(EVE, "", ""), PUBLISH(OWNER, "4"));
	service_turn(b.service);
	bench_expect(&b, "no change", ITEMS_ARE(EVE, ONE("1"), "") FAILED(OWNER) FAILED(OWNER)
		     ITEMS_ARE(EVE, ONE("1"), "") PUBLISHED(OWNER, "4")
		     EVENT(USER, "<items node='n'>" ONE("4") "</items>"));
	disk_stop(&d, &b);
}

static int count_wait(void *data, int tries)
{
	++*(int *)data;
	return tries < 0; /* no more of them */
}

/* An administrator's shell that writes. */
static void store__locked__waited_for_once(void **state)
{
	struct disk d;
	struct bench b;
	sqlite3 *shell;
	int waits = 0;

	(void)state;
	disk_start(&d, &b);
	assert_int_equal(sqlite3_open(b.config.store, &shell), SQLITE_OK);
	assert_int_equal(sqlite3_exec(shell, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_busy_handler(b.store->db, count_wait, &waits);
	TAKE(&b, PUBLISH(OWNER, "2"), PUBLISH(OWNER, "3"), ITEMS(EVE, "", ""));
	service_turn(b.service);
	bench_expect(&b, "locked", FAILED(OWNER) FAILED(OWNER) ITEMS_ARE(EVE, ONE("1"), ""));
	assert_int_equal(waits, 1);
	assert_int_equal(sqlite3_exec(shell, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	TAKE(&b, PUBLISH(OWNER, "4"));
	service_turn(b.service);
	bench_expect(&b, "free again", PUBLISHED(OWNER, "4") EVENT(USER, "<items node='n'>" ONE("4") "</items>"));
	disk_stop(&d, &b);
	assert_int_equal(sqlite3_close(shell), SQLITE_OK);
}

static int refuse_release(void *data, int action, const char *operation, const char *savepoint,
			  const char *database, const char *trigger)
{
	(void)data, (void)savepoint, (void)database, (void)trigger;
	return action == SQLITE_SAVEPOINT && !strcmp(operation, "RELEASE") ? SQLITE_DENY : SQLITE_OK;
}

/* MAFF-10: what stays in spite of the error stays only if it can. */
static void keep__cannot_be_kept__nobody_is_told(void **state)
{
#define AFFILIATE(list) SET(OWNER, OWN("<affiliations node='n'>" list "</affiliations>"))
	struct disk d;
	struct bench b;

	(void)state;
	disk_start(&d, &b);
	sqlite3_set_authorizer(b.store->db, refuse_release, NULL);
	TAKE(&b, AFFILIATE("<affiliation jid='user@example.com' affiliation='member'/>"
			   "<affiliation jid='eve@evil.example' affiliation='king'/>"));
	sqlite3_set_authorizer(b.store->db, NULL, NULL);
	service_turn(b.service);
	bench_expect(&b, "MAFF-10", FAILED(OWNER));
	TAKE(&b, GET(OWNER, OWN("<affiliations node='n'/>")));
	service_turn(b.service);
	bench_expect(&b, "MAFF-01", RESULT(OWNER, OWN("<affiliations node='n'>"
		     "<affiliation jid='" OWNED "' affiliation='owner'/></affiliations>")));
	disk_stop(&d, &b);
}

static int do_nothing_but_fail(struct request *r, void *data)
{
	(void)r, (void)data;
	return -EIO;
}

/* What others wait for is not held on to when there is nothing to commit. */
static void change__fails_alone__the_store_is_let_go(void **state)
{
	struct disk d;
	struct bench b;

	(void)state;
	disk_start(&d, &b);
	assert_int_equal(service_change(b.service, do_nothing_but_fail, NULL), -EIO);
	service_turn(b.service);
	assert_false(store_in_transaction(b.store));
	bench_expect(&b, "nothing", "");
	disk_stop(&d, &b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commit__fails__nobody_is_told_otherwise),
		cmocka_unit_test(change__disk_full_in_the_middle__earlier_ones_are_told),
		cmocka_unit_test(store__locked__waited_for_once),
		cmocka_unit_test(keep__cannot_be_kept__nobody_is_told),
		cmocka_unit_test(change__fails_alone__the_store_is_let_go),
	};

	return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
