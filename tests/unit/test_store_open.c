/* SPDX-License-Identifier: MIT */
/* The store as a file: where it may be, whose it is, who else may read it, upgrades. */
#include "store_fixture.h"

#include <errno.h>
#include <sys/stat.h>

#include "disk_log.h"

/* Opening @where fails with @error, and says @why. */
static void assert_refused(const char *where, int error, const char *why)
{
	struct store *s = NULL;
	AUTO_FREE char *said = NULL;

	assert_int_equal(store_open(where, &s, &said), error);
	assert_null(s);
	assert_non_null(said);
	if (!strstr(said, where) || !strstr(said, why))
		fail_msg("'%s' does not tell of '%s'", said, why);
}

static int mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 0777;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* Where */

static void open__missing_folders__made_for_the_owner_alone(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *folder = mem_printf("%s/a", f->dir);
	AUTO_FREE char *below = mem_printf("%s/a/b", f->dir);
	AUTO_FREE char *where = mem_printf("sqlite:%s/a/b/x.sqlite3", f->dir);
	mode_t mask = umask(0);

	close_store(f);
	f->s = open_store(where);
	OK(store_begin(f->s));
	add_node(f->s, "n");
	OK(store_commit(f->s));
	umask(mask);
	assert_int_equal(mode_of(folder), 0700);
	assert_int_equal(mode_of(below), 0700);
	assert_int_equal(mode_of(where + strlen("sqlite:")), 0600);
	free(below);
	below = mem_printf("%s/a/b/x.sqlite3-wal", f->dir);
	assert_int_equal(mode_of(below), 0600);
}

/* Or else a power cut could take them away, with the store in them. */
static void open__missing_folders__on_the_disk(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *where = mem_printf("%s/a/b/x.sqlite3", f->dir);
	AUTO_FREE char *wanted = mem_printf("sync %s\nsync a\n", disk_base(f->dir));

	close_store(f);
	str_reset(&disk_log);
	f->s = open_store(where);
	disk_log.p[strlen(wanted)] = '\0';
	assert_string_equal(disk_log.p, wanted);
	str_release(&disk_log);
}

static void open__folder_that_does_not_reach_the_disk__refused(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *where = mem_printf("%s/a/x.sqlite3", f->dir);

	close_store(f);
	disk_error = EIO;
	assert_refused(where, -EIO, "Input/output error");
	disk_error = 0;
	str_release(&disk_log);
	f->s = open_store(where);
}

/* Names that mean something else to SQLite are files like any other. */
static void open__odd_names__are_files(void **state)
{
	static const char *const names[] = { "file:x?mode=memory", ":memory:", "memory:x",
					     "a b%20" };
	struct fixture *f = *state;
	AUTO_FREE char *home = getcwd(NULL, 0);

	close_store(f);
	assert_int_equal(chdir(f->dir), 0);
	for (size_t i = 0; i < N_OF(names); i++) {
		store_close(open_store(names[i]));
		assert_int_equal(mode_of(names[i]), 0600);
	}
	assert_int_equal(chdir(home), 0);
}

static void open__memory__kept_nowhere(void **state)
{
	struct fixture *f = *state;
	struct store *a = open_store("memory:"), *b = open_store("memory:");
	int64_t n;

	assert_true(store_is_lasting(f->s));
	assert_false(store_is_lasting(a));
	OK(store_begin(a));
	put(a, add_node(a, "n"), "i");
	OK(store_commit(a));
	OK(store_node_count(a, STORE_ALL_NODES, NULL, &n));
	assert_int_equal(n, 1);
	OK(store_node_count(b, STORE_ALL_NODES, NULL, &n));
	assert_int_equal(n, 0);
	store_close(a);
	store_close(b);
	store_close(NULL);
}

static void open__impossible_places__refused(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *below_file = mem_printf("%s/db/x", f->dir);

	assert_refused(f->dir, -EISDIR, "directory");
	assert_refused(below_file, -ENOTDIR, "ot a directory");
	assert_refused("sqlite:", -EISDIR, "directory");
}

static void open__files_of_others__refused_and_untouched(void **state)
{
	static const char text[] =
		"Dear diary, this is longer than the header of a database, which has "
		"one hundred bytes; so it cannot be taken for one that is cut.\n";
	struct fixture *f = *state;
	AUTO_FREE char *diary = mem_printf("%s/diary", f->dir);
	char back[sizeof(text)] = { 0 };
	sqlite3 *db = NULL;
	FILE *file;

	write_file(diary, text);
	assert_refused(diary, -EMEDIUMTYPE, "another program");
	file = fopen(diary, "re");
	assert_non_null(file);
	assert_int_equal(fread(back, 1, sizeof(back), file), sizeof(text) - 1);
	fclose(file);
	assert_string_equal(back, text);

	edit(f, "PRAGMA application_id = 77");
	assert_refused(f->path, -EMEDIUMTYPE, "another program");
	edit(f, "PRAGMA application_id = 0");
	assert_refused(f->path, -EMEDIUMTYPE, "another program");
	unlink(f->path);
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	sql_run(db, "CREATE TABLE t (x)");
	sqlite3_close(db);
	assert_refused(f->path, -EMEDIUMTYPE, "another program");
}

static void open__empty_file__is_a_new_store(void **state)
{
	struct fixture *f = *state;

	close_store(f);
	assert_int_equal(truncate(f->path, 0), 0);
	f->s = open_store(f->path);
	assert_int_equal(sql_number(f->s->db, "SELECT count(*) FROM node"), 0);
}

static void open__settings__durable_and_small(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		sql_number(f->s->db, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1);
	assert_int_equal(sql_number(f->s->db, "PRAGMA synchronous"), 2);
	assert_int_equal(sql_number(f->s->db, "PRAGMA mmap_size"), 0);
	assert_in_range(-sql_number(f->s->db, "PRAGMA cache_size"), 256, 2048);
}

/* Upgrades */

static void open__newer_schema__refused(void **state)
{
	struct fixture *f = *state;

	edit(f, "PRAGMA user_version = 99");
	assert_refused(f->path, -EPROTONOSUPPORT, "newer version");
}

static const struct store_migration later[] = {
	{ 2, "this one has been done, and is not looked at" },
	{ 3, "ALTER TABLE item ADD COLUMN lang TEXT; CREATE INDEX item_by_lang ON item (lang)" },
	{ 4, "UPDATE item SET lang = 'en'" },
};

static void migrate__older_schema__missing_steps_in_turn(void **state)
{
	struct fixture *f = *state;
	int64_t node;

	assert_int_equal(sql_number(f->s->db, "PRAGMA user_version"), 2);
	OK(store_begin(f->s));
	node = add_node(f->s, "n");
	put(f->s, node, "i");
	OK(store_commit(f->s));
	reopen(f);
	for (int i = 0; i < 2; i++) {
		OK(store_migrate(f->s, later, N_OF(later)));
		assert_int_equal(sql_number(f->s->db, "PRAGMA user_version"), 4);
		assert_int_equal(
			sql_number(f->s->db, "SELECT count(*) FROM item WHERE lang = 'en'"), 1);
	}
	assert_int_equal(count_items(f->s, node), 1);
	assert_int_equal(store_migrate(f->s, later, 2), -EPROTONOSUPPORT);
	close_store(f);
	assert_refused(f->path, -EPROTONOSUPPORT, "newer version");
}

static void migrate__step_fails__as_before(void **state)
{
	static const struct store_migration broken[] = {
		{ 2, "" },
		{ 3, "DELETE FROM node" },
		{ 4, "UPDATE missing SET x = 1" },
	};
	struct fixture *f = *state;

	OK(store_begin(f->s));
	add_node(f->s, "n");
	OK(store_commit(f->s));
	assert_int_equal(store_migrate(f->s, broken, N_OF(broken)), -EIO);
	assert_string_equal(store_error(f->s), "no such table: missing");
	assert_false(store_in_transaction(f->s));
	assert_int_equal(sql_number(f->s->db, "PRAGMA user_version"), 2);
	assert_int_equal(sql_number(f->s->db, "SELECT count(*) FROM node"), 1);
}

/* A store as version 0.1 left it. */
static const char first_version[] =
	"PRAGMA journal_mode = WAL; PRAGMA application_id = 1348621154; PRAGMA user_version = 1;"
	"CREATE TABLE node (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,"
	"	creator TEXT NOT NULL, created INTEGER NOT NULL, items INTEGER NOT NULL DEFAULT 0);"
	"CREATE INDEX node_by_creator ON node (creator);"
	"CREATE TABLE node_config (node INTEGER NOT NULL, var TEXT NOT NULL, value TEXT NOT NULL,"
	"	PRIMARY KEY (node, var)) WITHOUT ROWID;"
	"CREATE TABLE affiliation (node INTEGER NOT NULL, jid TEXT NOT NULL, affiliation TEXT NOT "
	"NULL,"
	"	PRIMARY KEY (node, jid)) WITHOUT ROWID;"
	"CREATE TABLE subscription (key INTEGER PRIMARY KEY AUTOINCREMENT, node INTEGER NOT NULL,"
	"	jid TEXT NOT NULL, bare TEXT NOT NULL, subid TEXT NOT NULL, state TEXT NOT NULL,"
	"	created INTEGER NOT NULL);"
	"CREATE INDEX subscription_by_node ON subscription (node);"
	"CREATE INDEX subscription_by_jid ON subscription (node, jid);"
	"CREATE INDEX subscription_by_bare ON subscription (bare);"
	"CREATE TABLE item (seq INTEGER PRIMARY KEY AUTOINCREMENT, node INTEGER NOT NULL,"
	"	id TEXT NOT NULL, publisher TEXT NOT NULL, created INTEGER NOT NULL,"
	"	published INTEGER NOT NULL, payload TEXT, UNIQUE (node, id));"
	"CREATE INDEX item_by_node ON item (node);"
	"INSERT INTO node VALUES (1, 'open', 'o@h', 5, 1), (2, 'closed', 'o@h', 6, 0);"
	"INSERT INTO node_config VALUES (1, 'pubsub#publish_model', 'open');"
	"INSERT INTO affiliation VALUES (1, 'o@h', 'owner'), (2, 'o@h', 'owner');"
	"INSERT INTO subscription VALUES (7, 1, 'u@h/r', 'u@h', 's', 'subscribed', 8);"
	"INSERT INTO item VALUES (9, 1, 'i', 'p@h', 10, 11, '<a/>');";

static int check_kept_sub(const struct subscription *sub, void *data)
{
	(void)data;
	assert_int_equal(sub->key, 7);
	assert_int_equal(sub->state, SUB_SUBSCRIBED);
	assert_string_equal(sub->options, "");
	assert_int_equal(sub->expires, 0);
	assert_false(sub->is_public || sub->warning || sub->bounces.n);
	return 0;
}

static int check_kept_item(const struct item *item, void *data)
{
	(void)data;
	assert_int_equal(item->seq, 9);
	assert_int_equal(item->first, 9);
	assert_int_equal(item->created, 10);
	assert_int_equal(item->published, 11);
	assert_int_equal(item->expires, 0);
	assert_string_equal(item->payload, "<a/>");
	return 0;
}

static void migrate__version_1__all_is_kept(void **state)
{
	struct fixture *f = *state;
	struct node n = { 0 };
	enum affiliation a = AFF_NONE;
	AUTO_STR got = { 0 };

	close_store(f);
	unlink(f->path);
	edit(f, first_version);
	f->s = open_store(f->path);
	assert_int_equal(sql_number(f->s->db, "PRAGMA user_version"), 2);
	OK(store_node_get(f->s, "open", &n));
	assert_int_equal(n.id, 1);
	assert_int_equal(n.created, 5);
	assert_int_equal(n.items, 1);
	assert_int_equal(n.config.publish, PUBLISH_OPEN);
	node_release(&n);
	OK(store_node_get(f->s, "closed", &n));
	assert_int_equal(n.config.publish, PUBLISH_PUBLISHERS);
	assert_true(n.config.persist);
	node_release(&n);
	OK(store_affiliation_get(f->s, 2, "o@h", &a));
	assert_int_equal(a, AFF_OWNER);
	OK(store_sub_find(f->s, 1, "u@h/r", add_sub, &got));
	assert_rows(&got, "u@h/r");
	OK(store_sub_find(f->s, 1, "u@h/r", check_kept_sub, NULL));
	OK(store_item_get(f->s, 1, "i", check_kept_item, NULL));
	OK(store_begin(f->s));
	put(f->s, 1, "j");
	OK(store_commit(f->s));
	assert_consistent(f->s);
}

/* A file that was left before its first step, as a kill at the very start leaves it. */
static void migrate__version_0__from_the_start(void **state)
{
	struct fixture *f = *state;

	close_store(f);
	unlink(f->path);
	edit(f, "PRAGMA journal_mode = WAL; PRAGMA application_id = 1348621154"); /* 'PbSb' */
	f->s = open_store(f->path);
	assert_int_equal(sql_number(f->s->db, "PRAGMA user_version"), 2);
	OK(store_begin(f->s));
	put(f->s, add_node(f->s, "n"), "i");
	OK(store_commit(f->s));
}

static void open__held_by_another_process__busy(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *other = mem_printf("%s/link", f->dir);
	char byte;
	pid_t pid;
	int in;

	OK(store_begin(f->s));
	add_node(f->s, "n");
	OK(store_commit(f->s));
	close_store(f);
	assert_int_equal(symlink(f->path, other), 0);
	pid = publisher(f->path, &in);
	assert_int_equal(read(in, &byte, 1), 1);
	assert_refused(f->path, -EBUSY, "another process");
	assert_refused(other, -EBUSY, "another process");
	kill_publisher(pid, in, 1);
	f->s = open_store(other);
}

/* An administrator's shell may read at any time; while it writes, the service waits, and then says
 * so. */
static void open__beside_a_shell__it_reads_and_may_write_in_turn(void **state)
{
	struct fixture *f = *state;
	sqlite3 *db;
	int64_t node;

	assert_int_equal(sqlite3_open_v2(f->path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	OK(store_begin(f->s));
	node = add_node(f->s, "n");
	put(f->s, node, "a");
	assert_int_equal(sql_number(db, "SELECT count(*) FROM item"), 0);
	OK(store_commit(f->s));
	assert_int_equal(sql_number(db, "SELECT count(*) FROM item"), 1);

	sqlite3_busy_timeout(f->s->db, 1);
	sql_run(db, "BEGIN IMMEDIATE");
	assert_int_equal(store_begin(f->s), -EBUSY);
	assert_false(store_in_transaction(f->s));
	assert_int_equal(count_items(f->s, node), 1);
	sql_run(db, "COMMIT");
	sqlite3_close(db);
	OK(store_begin(f->s));
	put(f->s, node, "b");
	OK(store_commit(f->s));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(open__missing_folders__made_for_the_owner_alone),
		TEST(open__missing_folders__on_the_disk),
		TEST(open__folder_that_does_not_reach_the_disk__refused),
		TEST(open__odd_names__are_files),
		TEST(open__memory__kept_nowhere),
		TEST(open__impossible_places__refused),
		TEST(open__files_of_others__refused_and_untouched),
		TEST(open__empty_file__is_a_new_store),
		TEST(open__settings__durable_and_small),
		TEST(open__newer_schema__refused),
		TEST(migrate__older_schema__missing_steps_in_turn),
		TEST(migrate__step_fails__as_before),
		TEST(migrate__version_1__all_is_kept),
		TEST(migrate__version_0__from_the_start),
		TEST(open__held_by_another_process__busy),
		TEST(open__beside_a_shell__it_reads_and_may_write_in_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
