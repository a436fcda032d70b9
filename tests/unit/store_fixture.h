/* SPDX-License-Identifier: MIT */
#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

/* What the tests of the store share: a folder of its own for each test, and short names for common
 * steps. */
#include "unit.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/serve/store/store_internal.h"
#include "common/base/mem.h"
#include "common/base/str.h"

#define OK(call) assert_int_equal(call, 0)
#define N_OF(list) (sizeof(list) / sizeof((list)[0]))

struct fixture {
	char *dir, *path;
	struct store *s;
};

static inline struct store *open_store(const char *where)
{
	struct store *s = NULL;
	char *why = NULL;

	if (store_open(where, &s, &why))
		fail_msg("%s", why);
	return s;
}

/* An empty store in a new file. */
static inline int set_up(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct fixture *f = mem_zalloc(sizeof(*f));

	f->dir = mem_printf("%s/test-store-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(f->dir))
		return -1;
	f->path = mem_printf("%s/db", f->dir);
	f->s = open_store(f->path);
	*state = f;
	return 0;
}

static inline void remove_tree(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		char *below = mem_printf("%s/%s", path, e->d_name);

		if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..") && unlink(below))
			remove_tree(below);
		free(below);
	}
	if (dir)
		closedir(dir);
	rmdir(path);
}

static inline int tear_down(void **state)
{
	struct fixture *f = *state;

	store_close(f->s);
	remove_tree(f->dir);
	free(f->dir);
	free(f->path);
	free(f);
	return 0;
}

static inline void close_store(struct fixture *f)
{
	store_close(f->s);
	f->s = NULL;
}

static inline void reopen(struct fixture *f)
{
	close_store(f);
	f->s = open_store(f->path);
}

static inline int64_t add_node(struct store *s, const char *name)
{
	struct node n = { .name = (char *)name, .creator = (char *)"owner@h", .created = 5 };
	int64_t id;

	node_config_init(&n.config, NODE_LEAF);
	OK(store_node_create(s, &n, &id));
	return id;
}

/* Returns the key. */
static inline int64_t subscribe(struct store *s, int64_t node, const char *jid)
{
	const struct new_subscription sub = {
		.node = node, .jid = jid, .subid = "s", .state = SUB_SUBSCRIBED, .created = 1
	};
	int64_t key;

	OK(store_sub_add(s, &sub, &key));
	return key;
}

static inline void put(struct store *s, int64_t node, const char *id)
{
	struct item item = { .id = id, .publisher = "p@h", .payload = "<a/>", .payload_len = 4 };
	bool replaced;
	int64_t seq;

	OK(store_item_put(s, node, &item, 7, &seq, &replaced));
}

static inline int64_t count_items(struct store *s, int64_t node)
{
	int64_t count;

	OK(store_item_count(s, node, &count));
	return count;
}

/* Runs SQL on a connection, as an administrator could. */
static inline void sql_run(sqlite3 *db, const char *sql)
{
	char *error = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &error))
		fail_msg("%s: %s", sql, error);
}

static inline int64_t sql_number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt;
	int64_t n;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	n = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return n;
}

/* Rows of any kind, written one behind the other: "a b c". */

static inline void add_word(struct str *out, const char *word)
{
	if (out->len)
		str_putc(out, ' ');
	str_puts(out, word);
}

static inline void assert_rows(struct str *got, const char *want)
{
	assert_string_equal(got->p ? got->p : "", want);
	str_reset(got);
}

static inline int add_node_name(const struct node *n, void *data)
{
	add_word(data, n->name);
	return 0;
}

static inline int add_item_id(const struct item *item, void *data)
{
	add_word(data, item->id);
	return 0;
}

static inline int add_sub(const struct subscription *sub, void *data)
{
	add_word(data, sub->jid);
	return 0;
}

static inline int add_affiliation(const char *jid, enum affiliation affiliation, void *data)
{
	add_word(data, jid);
	str_printf(data, "=%s", affiliation_names[affiliation]);
	return 0;
}

/* The items' counts, the tables and the indexes agree. */
static inline void assert_consistent(struct store *s)
{
	assert_int_equal(sql_number(s->db, "SELECT count(*) FROM pragma_integrity_check "
					   "WHERE integrity_check <> 'ok'"),
			 0);
	assert_int_equal(sql_number(s->db, "SELECT count(*) FROM node WHERE items <> "
					   "(SELECT count(*) FROM item WHERE node = node.id)"),
			 0);
	assert_int_equal(
		sql_number(s->db, "SELECT count(*) FROM node WHERE subscriptions <> "
				  "(SELECT count(*) FROM subscription WHERE node = node.id)"),
		0);
	assert_int_equal(sql_number(s->db, "SELECT count(*) FROM creator WHERE items <> "
					   "(SELECT ifnull(sum(items), -1) FROM node "
					   "WHERE creator = creator.jid)"),
			 0);
	assert_int_equal(sql_number(s->db, "SELECT count(*) FROM node WHERE items > 0 AND creator "
					   "NOT IN (SELECT jid FROM creator)"),
			 0);
	assert_int_equal(sql_number(s->db, "SELECT count(*) FROM node WHERE past <> "
					   "(SELECT count(*) FROM past WHERE node = node.id)"),
			 0);
}

/* The file of a store that is closed, changed by hand. */
static inline void edit(struct fixture *f, const char *sql)
{
	sqlite3 *db = NULL;

	close_store(f);
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	sql_run(db, sql);
	sqlite3_close(db);
}

/* A second process */

/* Opens the store, publishes without end, one commit each, and tells of each by a
 * byte. */
static inline void publish_for_ever(const char *path, int out)
{
	struct store *s;
	char *why;

	if (store_open(path, &s, &why))
		_exit(1);
	for (uint64_t i = 0;; i++) {
		struct item item = { .publisher = "p@h", .payload = "<a/>", .payload_len = 4 };
		AUTO_FREE char *id = mem_printf("%llu", (unsigned long long)i);
		bool replaced;
		int64_t seq;

		item.id = id;
		if (store_begin(s) || store_savepoint(s) ||
		    store_item_put(s, 1, &item, 7, &seq, &replaced) || store_release(s) ||
		    store_commit(s) || write(out, "", 1) != 1)
			_exit(1);
	}
}

static inline pid_t publisher(const char *path, int *ret_in)
{
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		close(ends[0]);
		publish_for_ever(path, ends[1]);
	}
	close(ends[1]);
	*ret_in = ends[0];
	return pid;
}

/* Kills the publisher when it has told of @least, and says of how many it has. */
static inline int64_t kill_publisher(pid_t pid, int in, int64_t least)
{
	char bytes[256];
	int64_t told = 0;
	ssize_t n;

	while ((n = read(in, bytes, sizeof(bytes))) > 0) {
		if (told < least && told + n >= least)
			kill(pid, SIGKILL);
		told += n;
	}
	close(in);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return told;
}

#endif
