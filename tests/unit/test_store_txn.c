/* SPDX-License-Identifier: MIT */
/* Transactions, in good days and bad: undo, full disks, kills. */
#include "store_fixture.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* Publishes until that fails, at most @most times. */
static int fill(struct store *s, int64_t node, int most)
{
	static char payload[2000];
	struct item item = { .publisher = "p@h",
			     .payload = payload,
			     .payload_len = sizeof(payload) };
	int r = 0;

	memset(payload, 'x', sizeof(payload));
	for (int i = 0; i < most && !r; i++) {
		AUTO_FREE char *id = mem_printf("fill%d", i);
		bool replaced;
		int64_t seq;

		item.id = id;
		r = store_item_put(s, node, &item, 7, &seq, &replaced);
	}
	return r;
}

/* Transactions */

static void undo__one_request__others_stay(void **state)
{
	struct fixture *f = *state;
	int64_t node;

	assert_false(store_in_transaction(f->s));
	OK(store_begin(f->s));
	assert_true(store_in_transaction(f->s));
	OK(store_savepoint(f->s));
	node = add_node(f->s, "n");
	put(f->s, node, "a");
	OK(store_release(f->s));
	OK(store_savepoint(f->s));
	put(f->s, node, "b");
	OK(store_item_purge(f->s, node));
	add_node(f->s, "m");
	store_undo(f->s);
	OK(store_savepoint(f->s));
	put(f->s, node, "c");
	OK(store_release(f->s));
	OK(store_commit(f->s));
	assert_false(store_in_transaction(f->s));
	reopen(f);
	assert_int_equal(count_items(f->s, node), 2);
	assert_int_equal(sql_number(f->s->db, "SELECT group_concat(id, '') = 'ac' FROM item"), 1);
	assert_int_equal(sql_number(f->s->db, "SELECT count(*) FROM node"), 1);
	assert_consistent(f->s);
}

/* Is there an open file with @text in its name? */
static bool has_open_file(const char *text)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *e;
	bool found = false;

	assert_non_null(dir);
	while (!found && (e = readdir(dir))) {
		char target[4096] = { 0 };

		found = readlinkat(dirfd(dir), e->d_name, target, sizeof(target) - 1) > 0 &&
			strstr(target, text);
	}
	closedir(dir);
	return found;
}

static void undo__large_request__kept_on_disk_beside_the_store(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *beside = mem_printf("%s/etilqs_", f->dir);
	int64_t node;

	OK(store_begin(f->s));
	node = add_node(f->s, "n");
	OK(fill(f->s, node, 3000));
	OK(store_commit(f->s));
	OK(store_begin(f->s));
	OK(store_savepoint(f->s));
	OK(store_node_delete(f->s, node));
	assert_true(has_open_file(beside));
	store_undo(f->s);
	OK(store_commit(f->s));
	assert_false(has_open_file(beside));
	assert_int_equal(count_items(f->s, node), 3000);
	assert_consistent(f->s);
}

static void rollback__and_close__nothing_stays(void **state)
{
	struct fixture *f = *state;

	OK(store_begin(f->s));
	add_node(f->s, "n");
	store_rollback(f->s);
	store_rollback(f->s);
	assert_false(store_in_transaction(f->s));
	OK(store_begin(f->s));
	add_node(f->s, "n");
	reopen(f);
	assert_int_equal(sql_number(f->s->db, "SELECT count(*) FROM node"), 0);
}

static int64_t log_size(struct fixture *f)
{
	AUTO_FREE char *path = mem_printf("%s-wal", f->path);
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

/* Pages that found no room in memory are in the log, and the last of them are still to be written
 * when all is given up: not later, over what others have written there meanwhile. */
static void rollback__more_than_memory_takes__nothing_over_what_others_write(void **state)
{
	struct fixture *f = *state;
	sqlite3 *db;
	int64_t node;

	OK(store_begin(f->s));
	node = add_node(f->s, "n");
	OK(fill(f->s, node, 1000));
	OK(store_commit(f->s));
	/* A rollback that has to read there would write them itself. */
	sql_run(f->s->db, "PRAGMA wal_checkpoint(TRUNCATE)");
	assert_int_equal(log_size(f), 0);

	OK(store_begin(f->s));
	OK(fill(f->s, add_node(f->s, "m"), 700));
	assert_true(log_size(f) > 0);
	store_rollback(f->s);
	assert_int_equal(sqlite3_open_v2(f->path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	sql_run(db, "UPDATE item SET publisher = 'other@h'"); /* more pages than those were */
	sqlite3_close(db);

	OK(store_begin(f->s));
	put(f->s, node, "after");
	OK(store_commit(f->s));
	assert_int_equal(
		sql_number(f->s->db, "SELECT count(*) FROM item WHERE publisher = 'other@h'"),
		1000);
	assert_int_equal(count_items(f->s, node), 1001);
	assert_consistent(f->s);
	reopen(f);
	assert_consistent(f->s);
}

/* What breaks the contract aborts, before it has written anything. */
static void assert_aborts(struct fixture *f, void (*fn)(struct store *s))
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		struct rlimit none = { 0, 0 };

		setrlimit(RLIMIT_CORE, &none);
		signal(SIGABRT, SIG_DFL); /* cmocka catches it */
		if (freopen("/dev/null", "w", stderr))
			fn(f->s);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void write_outside(struct store *s)
{
	add_node(s, "n");
}

static int write_inside(const struct node *n, void *data)
{
	put(data, n->id, "i");
	return 0;
}

static void write_from_callback(struct store *s)
{
	store_begin(s);
	add_node(s, "n");
	store_node_page(s, STORE_ALL_NODES, NULL, NULL, false, 1, write_inside, s);
}

static int commit_inside(const struct node *n, void *data)
{
	(void)n;
	return store_commit(data);
}

static void commit_from_callback(struct store *s)
{
	store_begin(s);
	add_node(s, "n");
	store_node_page(s, STORE_ALL_NODES, NULL, NULL, false, 1, commit_inside, s);
}

static void contract__broken__aborts(void **state)
{
	struct fixture *f = *state;
	struct store *s = f->s;

	f->s = open_store("memory:"); /* a child must not share a file's connection */
	assert_aborts(f, write_outside);
	assert_aborts(f, write_from_callback);
	assert_aborts(f, commit_from_callback);
	store_close(f->s);
	f->s = s;
}

/* Failures */

static void full__in_a_transaction__all_of_it_is_gone(void **state)
{
	struct fixture *f = *state;
	struct node n = { 0 };
	int64_t node;

	OK(store_begin(f->s));
	node = add_node(f->s, "n");
	put(f->s, node, "a");
	OK(store_commit(f->s));
	sql_run(f->s->db, "PRAGMA max_page_count = 40");

	OK(store_begin(f->s));
	put(f->s, node, "b");
	OK(store_savepoint(f->s));
	assert_int_equal(fill(f->s, node, 1000), -ENOSPC);
	assert_non_null(strstr(store_error(f->s), "full"));
	/* Nobody may go on as if the earlier request were still there. */
	assert_false(store_in_transaction(f->s));
	assert_int_equal(store_node_get(f->s, "n", &n), -ENOSPC);
	store_undo(f->s);
	assert_int_equal(store_savepoint(f->s), -ENOSPC);
	assert_int_equal(store_commit(f->s), -ENOSPC);
	assert_non_null(strstr(store_error(f->s), "full"));

	assert_int_equal(count_items(f->s, node), 1);
	OK(store_begin(f->s));
	put(f->s, node, "c");
	OK(store_commit(f->s));
	assert_int_equal(count_items(f->s, node), 2);
	assert_consistent(f->s);
	/* The same, ended by a rollback. */
	OK(store_begin(f->s));
	assert_int_equal(fill(f->s, node, 1000), -ENOSPC);
	store_rollback(f->s);
	sql_run(f->s->db, "PRAGMA max_page_count = 100000");
	OK(store_begin(f->s));
	OK(fill(f->s, node, 1000));
	OK(store_commit(f->s));
	assert_int_equal(count_items(f->s, node), 1002);
	assert_consistent(f->s);
}

static void limit_file_size(rlim_t bytes, struct rlimit *ret_old)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, ret_old), 0);
	limit = *ret_old;
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void commit__cannot_be_written__rolled_back_and_usable(void **state)
{
	struct fixture *f = *state;
	struct rlimit old;
	int64_t node;

	signal(SIGXFSZ, SIG_IGN);
	OK(store_begin(f->s));
	node = add_node(f->s, "n");
	OK(store_commit(f->s));
	for (int i = 0; i < 2; i++) {
		int r;

		OK(store_begin(f->s));
		OK(fill(f->s, node, 20)); /* stays in the page cache until the commit */
		limit_file_size(4096, &old);
		r = store_commit(f->s);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
		assert_int_equal(r, -EIO);
		assert_non_null(strstr(store_error(f->s), "I/O"));
		assert_false(store_in_transaction(f->s));
		assert_int_equal(count_items(f->s, node), i);
		OK(store_begin(f->s));
		put(f->s, node, i ? "b" : "a");
		OK(store_commit(f->s));
	}
	reopen(f);
	assert_int_equal(count_items(f->s, node), 2);
	assert_consistent(f->s);
}

static void read__unknown_values__error_not_guess(void **state)
{
	struct fixture *f = *state;
	struct node n = { 0 };
	enum affiliation a = AFF_NONE;

	OK(store_begin(f->s));
	OK(store_affiliation_set(f->s, add_node(f->s, "n"), "u@h", AFF_OUTCAST));
	OK(store_commit(f->s));
	edit(f, "UPDATE affiliation SET affiliation = 'emperor'; "
		"UPDATE node SET config = 'pubsub#publish_model' || char(31) || 'lottery' || "
		"char(30)");
	f->s = open_store(f->path);
	assert_int_equal(store_affiliation_get(f->s, 1, "u@h", &a), -EIO);
	assert_non_null(strstr(store_error(f->s), "emperor"));
	assert_int_equal(store_node_get(f->s, "n", &n), -EIO);
	assert_non_null(strstr(store_error(f->s), "settings of node 'n'"));
}

static void kill__while_it_publishes__what_was_told_is_there(void **state)
{
	static const int64_t least[] = { 1, 7, 100, 400 };
	struct fixture *f = *state;

	OK(store_begin(f->s));
	assert_int_equal(add_node(f->s, "n"), 1);
	OK(store_commit(f->s));
	for (size_t i = 0; i < N_OF(least); i++) {
		int64_t told, kept;
		pid_t pid;
		int in;

		OK(store_begin(f->s));
		OK(store_item_purge(f->s, 1));
		OK(store_commit(f->s));
		close_store(f);
		pid = publisher(f->path, &in);
		told = kill_publisher(pid, in, least[i]);
		assert_true(told >= least[i]);
		f->s = open_store(f->path); /* the dead hold no lock */
		kept = count_items(f->s, 1);
		assert_in_range(kept, told, told + 1);
		assert_consistent(f->s);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(undo__one_request__others_stay),
		TEST(undo__large_request__kept_on_disk_beside_the_store),
		TEST(rollback__and_close__nothing_stays),
		TEST(rollback__more_than_memory_takes__nothing_over_what_others_write),
		TEST(contract__broken__aborts),
		TEST(full__in_a_transaction__all_of_it_is_gone),
		TEST(commit__cannot_be_written__rolled_back_and_usable),
		TEST(read__unknown_values__error_not_guess),
		TEST(kill__while_it_publishes__what_was_told_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
