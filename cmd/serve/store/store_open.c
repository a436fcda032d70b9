/* SPDX-License-Identifier: MIT */
/* Opening: the file, its lock, the schema and the settings of the connection. */
#include "cmd/serve/store/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/serve/store/store_internal.h"
#include "cmd/serve/store/store_vfs.h"
#include "common/base/mem.h"

#define APPLICATION_ID 0x50625362 /* 'PbSb', in the file's header */
#define BUSY_TIMEOUT 2000 /* milliseconds to wait for an administrator's shell that writes */
/*
 * Bytes of pages that a request may have to put back before they go to a file, from where they are
 * written for the rest of the transaction: twice what a publish changes. They go there in one write,
 * and SQLite's own file functions fail with one of 128 KB.
 */
#define UNDO_IN_MEMORY (120 * 1024)
#define N_OF(list) (sizeof(list) / sizeof((list)[0]))

AUTO_DEFINE(sqlite3_stmt *, sqlite3_finalize);

/*
 * Rules of the schema: whatever is asked by node is asked through an index, in whose entries the
 * rowid (seq, key) comes last, so that rows leave in order without being sorted. AUTOINCREMENT
 * keeps a number from coming back after the newest row has gone. Text is compared byte by byte.
 * Configuration holds what is not default. A step that has been released is never changed: a new
 * one is added.
 */
/* clang-format off */
static const struct store_migration migrations[] = {
	{ 1,
	  "CREATE TABLE node ("
	  "	id INTEGER PRIMARY KEY AUTOINCREMENT,"
	  "	name TEXT NOT NULL UNIQUE,"
	  "	creator TEXT NOT NULL,"
	  "	created INTEGER NOT NULL,"
	  "	items INTEGER NOT NULL DEFAULT 0);"
	  "CREATE INDEX node_by_creator ON node (creator);"

	  "CREATE TABLE node_config ("
	  "	node INTEGER NOT NULL,"
	  "	var TEXT NOT NULL,"
	  "	value TEXT NOT NULL,"
	  "	PRIMARY KEY (node, var)) WITHOUT ROWID;"

	  "CREATE TABLE affiliation ("
	  "	node INTEGER NOT NULL,"
	  "	jid TEXT NOT NULL,"
	  "	affiliation TEXT NOT NULL,"
	  "	PRIMARY KEY (node, jid)) WITHOUT ROWID;"

	  "CREATE TABLE subscription ("
	  "	key INTEGER PRIMARY KEY AUTOINCREMENT,"
	  "	node INTEGER NOT NULL,"
	  "	jid TEXT NOT NULL,"
	  "	bare TEXT NOT NULL,"
	  "	subid TEXT NOT NULL,"
	  "	state TEXT NOT NULL,"
	  "	created INTEGER NOT NULL);"
	  "CREATE INDEX subscription_by_node ON subscription (node);"
	  "CREATE INDEX subscription_by_jid ON subscription (node, jid);"
	  "CREATE INDEX subscription_by_bare ON subscription (bare);"

	  "CREATE TABLE item ("
	  "	seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	  "	node INTEGER NOT NULL,"
	  "	id TEXT NOT NULL,"
	  "	publisher TEXT NOT NULL,"
	  "	created INTEGER NOT NULL,"
	  "	published INTEGER NOT NULL,"
	  "	payload TEXT,"
	  "	UNIQUE (node, id));"
	  "CREATE INDEX item_by_node ON item (node);" },

	{ 2,
	  /* Settings that are not default, as fields_save() writes them. */
	  "ALTER TABLE node ADD COLUMN config TEXT NOT NULL DEFAULT '';"
	  "ALTER TABLE node ADD COLUMN type TEXT NOT NULL DEFAULT '';" /* pubsub#type */
	  /* Rows in past, and the newest seq that the archive has given up. */
	  "ALTER TABLE node ADD COLUMN past INTEGER NOT NULL DEFAULT 0;"
	  "ALTER TABLE node ADD COLUMN pruned INTEGER NOT NULL DEFAULT 0;"
	  "ALTER TABLE node ADD COLUMN events INTEGER NOT NULL DEFAULT 0;" /* told so far */
	  "UPDATE node SET config = ifnull((SELECT var || char(31) || value || char(30)"
	  "	FROM node_config WHERE node_config.node = node.id), '');"
	  "DROP TABLE node_config;"
	  /*
	   * Counted as they come and go, as limits are asked for before each of them is made: a
	   * node's subscriptions in any state, and the items at all nodes that one has created.
	   */
	  "ALTER TABLE node ADD COLUMN subscriptions INTEGER NOT NULL DEFAULT 0;"
	  "UPDATE node SET subscriptions ="
	  "	(SELECT count(*) FROM subscription WHERE subscription.node = node.id);"
	  "CREATE TRIGGER subscription_comes AFTER INSERT ON subscription BEGIN"
	  "	UPDATE node SET subscriptions = subscriptions + 1 WHERE id = new.node; END;"
	  "CREATE TRIGGER subscription_goes AFTER DELETE ON subscription BEGIN"
	  "	UPDATE node SET subscriptions = subscriptions - 1 WHERE id = old.node; END;"
	  "CREATE TABLE creator ("
	  "	jid TEXT PRIMARY KEY,"
	  "	items INTEGER NOT NULL) WITHOUT ROWID;"
	  "INSERT INTO creator SELECT creator, sum(items) FROM node GROUP BY creator;"
	  "CREATE TRIGGER items_change AFTER UPDATE OF items ON node BEGIN"
	  "	INSERT INTO creator VALUES (new.creator, new.items - old.items)"
	  "	ON CONFLICT (jid) DO UPDATE SET items = items + excluded.items; END;"
	  "CREATE TRIGGER items_go AFTER DELETE ON node BEGIN"
	  "	UPDATE creator SET items = items - old.items WHERE jid = old.creator;"
	  "	DELETE FROM creator WHERE jid = old.creator AND items = 0; END;"
	  /* Nodes in collections; the root's are those that are in none. */
	  "CREATE TABLE edge ("
	  "	parent INTEGER NOT NULL,"
	  "	child INTEGER NOT NULL,"
	  "	PRIMARY KEY (parent, child)) WITHOUT ROWID;"
	  "CREATE INDEX edge_by_child ON edge (child);"
	  /* Where nodes have gone to that were deleted with a redirect. */
	  "CREATE TABLE gone ("
	  "	seq INTEGER PRIMARY KEY,"
	  "	name TEXT NOT NULL UNIQUE,"
	  "	uri TEXT NOT NULL,"
	  "	creator TEXT NOT NULL);"
	  "CREATE INDEX gone_by_creator ON gone (creator);"
	  "CREATE TABLE setting ("
	  "	name TEXT PRIMARY KEY,"
	  "	value TEXT NOT NULL) WITHOUT ROWID;"

	  "CREATE INDEX affiliation_by_jid ON affiliation (jid);"
	  "CREATE INDEX affiliation_publish_only ON affiliation (node) WHERE affiliation = 'publish-only';"

	  "ALTER TABLE subscription ADD COLUMN options TEXT NOT NULL DEFAULT '';"
	  "ALTER TABLE subscription ADD COLUMN expires INTEGER;" /* milliseconds since 1970 */
	  "ALTER TABLE subscription ADD COLUMN warning INTEGER;" /* when it is told of its end */
	  "ALTER TABLE subscription ADD COLUMN public INTEGER NOT NULL DEFAULT 0;" /* XEP-0465 */
	  /* Notifications that came back: how many, the first and the last of them. */
	  "ALTER TABLE subscription ADD COLUMN bounces INTEGER NOT NULL DEFAULT 0;"
	  "ALTER TABLE subscription ADD COLUMN bounced_first INTEGER NOT NULL DEFAULT 0;"
	  "ALTER TABLE subscription ADD COLUMN bounced_last INTEGER NOT NULL DEFAULT 0;"
	  "CREATE INDEX subscription_by_bounces ON subscription (bare) WHERE bounces > 0;"
	  "CREATE INDEX subscription_by_wait ON subscription (node) WHERE state = 'pending';"
	  "CREATE INDEX subscription_with_options ON subscription (node, jid) WHERE options <> '';"
	  /* All that a notification takes: a node's rows lie far apart in the table. */
	  "DROP INDEX subscription_by_jid;"
	  "CREATE INDEX subscription_by_jid ON subscription (node, jid, key, subid, state, options);"
	  "CREATE INDEX subscription_public ON subscription (node, jid) WHERE public = 1;"
	  "CREATE INDEX subscription_by_end ON subscription (expires) WHERE expires IS NOT NULL;"
	  "CREATE INDEX subscription_by_warning ON subscription (warning) WHERE warning IS NOT NULL;"

	  /* The seq under which the id was published first, where that is another: the order of creation. */
	  "ALTER TABLE item ADD COLUMN first INTEGER;"
	  "ALTER TABLE item ADD COLUMN expires INTEGER;"
	  "CREATE INDEX item_by_creation ON item (node, ifnull(first, seq));"
	  "CREATE INDEX item_by_end ON item (expires) WHERE expires IS NOT NULL;"

	  /*
	   * What was published before and has been replaced or dropped: the rest of the archive.
	   * Nothing stays of what was retracted or purged.
	   */
	  "CREATE TABLE past ("
	  "	seq INTEGER PRIMARY KEY,"
	  "	node INTEGER NOT NULL,"
	  "	id TEXT NOT NULL,"
	  "	publisher TEXT NOT NULL,"
	  "	published INTEGER NOT NULL,"
	  "	first INTEGER NOT NULL,"
	  "	payload TEXT);"
	  "CREATE INDEX past_by_node ON past (node);"
	  "CREATE INDEX past_by_id ON past (node, id);"
	  "CREATE INDEX past_by_creation ON past (node, first);"

	  /* Who shares presence with the service; an account's roster as it was last known. */
	  "CREATE TABLE contact ("
	  "	jid TEXT PRIMARY KEY,"
	  "	subscription TEXT NOT NULL," /* none, from, to, both */
	  "	asked INTEGER NOT NULL," /* to be subscribed to its presence */
	  "	groups TEXT NOT NULL) WITHOUT ROWID;" /* separated by US */
	  "CREATE INDEX node_by_tempsub ON node (id) WHERE instr(config, 'pubsub#tempsub');"
	  "CREATE INDEX node_by_purging ON node (id) WHERE instr(config, 'pubsub#purge_offline');"

	  /*
	   * News that is told later. What a node holds back, and when it told something the last
	   * time; what is noted for digests, and up to where each has been told.
	   */
	  "CREATE TABLE held ("
	  "	seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	  "	node INTEGER NOT NULL,"
	  "	item TEXT NOT NULL,"	/* its id; '' where there is none */
	  "	entry TEXT NOT NULL,"	/* <item/>, <retract/>; '' for the mere fact */
	  "	version INTEGER NOT NULL DEFAULT 0,"	/* item.seq; 0: no item */
	  "	payload INTEGER NOT NULL);" /* bytes of it that are the payload */
	  "CREATE INDEX held_by_node ON held (node, seq);"
	  "CREATE INDEX held_by_item ON held (node, item);"
	  "CREATE TABLE pace ("
	  "	node INTEGER PRIMARY KEY,"
	  "	told INTEGER NOT NULL,"	/* milliseconds since 1970, as all times */
	  "	due INTEGER);"
	  "CREATE INDEX pace_by_due ON pace (due) WHERE due IS NOT NULL;"
	  "CREATE TABLE news ("
	  "	seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	  "	node INTEGER NOT NULL,"
	  "	item TEXT NOT NULL,"
	  "	entry TEXT NOT NULL,"
	  "	version INTEGER NOT NULL DEFAULT 0,"	/* item.seq; 0: no item */
	  "	payload INTEGER NOT NULL);"
	  "CREATE INDEX news_by_node ON news (node, seq);"
	  "CREATE TABLE digest ("
	  "	subscription INTEGER PRIMARY KEY,"
	  "	node INTEGER NOT NULL,"	/* the subscription's */
	  "	frequency INTEGER NOT NULL,"
	  "	told INTEGER NOT NULL,"	/* news.seq */
	  "	upto INTEGER,"		/* news.seq: it ends with that */
	  "	due INTEGER);"
	  "CREATE INDEX digest_by_node ON digest (node, due);"
	  "CREATE INDEX digest_by_due ON digest (due) WHERE due IS NOT NULL;"
	  "CREATE INDEX digest_by_place ON digest (told) WHERE due IS NOT NULL;"

	  /*
	   * What the server may not have yet: events, in the order in which they happened. How an
	   * event is told and to whom is written by the outbox. What it needs of the subscriptions
	   * at a node that has gone, up to the last event that does, stands in the farewell.
	   */
	  "CREATE TABLE outbox ("
	  "	event INTEGER PRIMARY KEY,"
	  "	node INTEGER NOT NULL,"
	  "	traits TEXT NOT NULL,"
	  "	recipients TEXT NOT NULL,"
	  "	told TEXT,"		/* the last JID that has it for certain */
	  "	size INTEGER NOT NULL,"	/* bytes of the three that follow */
	  "	front TEXT,"
	  "	xml TEXT,"
	  "	tail TEXT);"
	  "CREATE TABLE farewell ("
	  "	seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	  "	node INTEGER NOT NULL,"
	  "	event INTEGER NOT NULL,"
	  "	rows TEXT NOT NULL);"
	  "CREATE INDEX farewell_by_node ON farewell (node, event);"
	  "CREATE INDEX farewell_by_event ON farewell (event);" },
};
/* clang-format on */

/* clang-format off */
static const char *const settings[] = {
	"PRAGMA trusted_schema = OFF",
	"PRAGMA synchronous = FULL", /* a commit returns after fsync() */
	"PRAGMA wal_autocheckpoint = 1000",
	"PRAGMA journal_size_limit = 4194304", /* also after a large node has been deleted */
	"PRAGMA cache_size = -1024", /* the kernel caches the rest */
	"PRAGMA mmap_size = 0", /* or else an I/O error would be a SIGBUS */
	"PRAGMA secure_delete = FAST", /* what is deleted is zeroed where that costs no I/O */
	/* Undoing the deletion of a large node takes a copy of it: that is for a disk (UNDO_IN_MEMORY). */
	"PRAGMA temp_store = FILE",
};
/* clang-format on */

/* What has been made in it is there after a power cut. */
static int sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;

	if (fd < 0)
		return errno == EACCES ? 0 : -errno; /* it may be written to and not read */
	if (fsync(fd) && errno != EINVAL) /* a file system that has no need of it */
		r = -errno;
	close(fd);
	return r;
}

/* Creates what is missing of the folders above @path, which has a slash. */
static int make_parents(char *path)
{
	char *name = strchr(path, '/') + 1, *slash;
	int r = 0;

	for (; (slash = strchr(name, '/')) && !r; name = slash + 1) {
		char first = *name;
		bool made;

		*slash = '\0';
		made = !mkdir(path, 0700); /* where this fails, so does open() */
		*slash = '/';
		if (!made)
			continue;
		*name = '\0';
		r = sync_folder(path);
		*name = first;
	}
	return r;
}

/*
 * One service at a time: the lock goes with the process, however it ends, and leaves no file
 * behind. It is on the database itself, so that no second name gets round it, and of a kind that
 * SQLite does not use, so that others may read. Closing any descriptor of a file drops SQLite's own
 * locks on it: this one stays open for as long as SQLite has it.
 */
static int lock_file(struct store *s, char *path)
{
	const int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY;
	int r = 0;

	s->lock = open(path, flags, 0600);
	if (s->lock < 0 && errno == ENOENT) {
		r = make_parents(path);
		if (!r)
			s->lock = open(path, flags, 0600);
	}
	if (s->lock < 0)
		return r ? r : -errno;
	if (flock(s->lock, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	return 0;
}

/*
 * What a request may have to undo is kept in an unlinked file once it is large: that is beside the
 * database, as nothing else is writable for certain.
 */
static void set_temp_folder(const char *path)
{
	const char *slash = strrchr(path, '/');

	sqlite3_free(sqlite3_temp_directory);
	sqlite3_temp_directory = sqlite3_mprintf("%.*s/", (int)(slash - path), path);
}

/* One that is used this once. */
static int ask(struct store *s, const char *sql, sqlite3_stmt **ret_stmt)
{
	AUTO(sqlite3_finalize) sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc != SQLITE_ROW)
		return store_fail(s, rc);
	*ret_stmt = steal(stmt);
	return 0;
}

static int ask_number(struct store *s, const char *sql, int64_t *ret_number)
{
	AUTO(sqlite3_finalize) sqlite3_stmt *stmt = NULL;
	int r = ask(s, sql, &stmt);

	if (!r)
		*ret_number = sqlite3_column_int64(stmt, 0);
	return r;
}

static int tell(struct store *s, const char *sql)
{
	int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : store_fail(s, rc);
}

/* Ours, or empty; nothing has been written to it so far. */
static int check_ours(struct store *s)
{
	int64_t id, version, tables;
	int r = ask_number(s, "PRAGMA application_id", &id);

	if (!r)
		r = ask_number(s, "PRAGMA user_version", &version);
	if (!r)
		r = ask_number(s, "SELECT count(*) FROM sqlite_master", &tables);
	if (r)
		return r;
	return id == APPLICATION_ID || (!id && !version && !tables) ? 0 : -EMEDIUMTYPE;
}

static int use_wal(struct store *s)
{
	AUTO(sqlite3_finalize) sqlite3_stmt *stmt = NULL;
	int r = ask(s, "PRAGMA journal_mode = WAL", &stmt);

	if (r)
		return r;
	return strcmp((const char *)sqlite3_column_text(stmt, 0), "wal") ? -EOPNOTSUPP : 0;
}

static int configure(struct store *s)
{
	int r = 0;

	for (size_t i = 0; i < N_OF(settings) && !r; i++)
		r = tell(s, settings[i]);
	return r;
}

int store_migrate(struct store *s, const struct store_migration *list, size_t n)
{
	AUTO_FREE char *mark = mem_printf("PRAGMA application_id = %d; PRAGMA user_version = %d",
					  APPLICATION_ID, list[n - 1].version);
	int64_t version;
	int r = ask_number(s, "PRAGMA user_version", &version);

	if (!r && version > list[n - 1].version)
		return -EPROTONOSUPPORT;
	if (r || version == list[n - 1].version)
		return r;
	r = store_begin(s);
	for (size_t i = 0; i < n && !r; i++)
		r = list[i].version > version ? tell(s, list[i].sql) : 0;
	if (!r)
		r = tell(s, mark);
	if (!r)
		return store_commit(s);
	store_rollback(s);
	return r;
}

/* Each row that comes or changes; of items, nearly all have no time (store_item.c). */
static void note_row(void *data, int op, const char *database, const char *table, sqlite3_int64 row)
{
	static const struct {
		const char *table;
		enum store_times times;
	} timed[] = { { "subscription", TIMES_SUBS },
		      { "past", TIMES_PAST },
		      { "pace", TIMES_PACE },
		      { "digest", TIMES_DIGESTS } };
	struct store *s = data;

	(void)database;
	(void)row;
	for (size_t i = 0; op != SQLITE_DELETE && i < N_OF(timed); i++)
		if (!strcmp(table, timed[i].table))
			s->times |= timed[i].times;
}

static int open_database(struct store *s, const char *path)
{
	int rc = sqlite3_open_v2(path ? path : ":memory:", &s->db,
				 SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
				 path ? store_vfs() : NULL);
	int r;

	if (rc != SQLITE_OK)
		return s->db ? store_fail(s, rc) : -ENOMEM;
	sqlite3_extended_result_codes(s->db, 1);
	sqlite3_busy_timeout(s->db, BUSY_TIMEOUT);
	sqlite3_update_hook(s->db, note_row, s);
	r = check_ours(s);
	if (!r && path)
		r = use_wal(s);
	if (!r)
		r = configure(s);
	return r ? r : store_migrate(s, migrations, N_OF(migrations));
}

/* NULL: in memory. Never a name that means something else to SQLite (":memory:", "file:..."). */
static char *path_of(const char *where)
{
	static const char prefix[] = "sqlite:";

	if (!strcmp(where, "memory:"))
		return NULL;
	if (!strncmp(where, prefix, strlen(prefix)))
		where += strlen(prefix);
	return mem_printf("%s%s", *where == '/' ? "" : "./", where);
}

static const char *reason(const struct store *s, int r)
{
	switch (r) {
	case -EBUSY:
		return "another process holds it open";
	case -EMEDIUMTYPE:
		return "it is a file of another program";
	case -EPROTONOSUPPORT:
		return "it has been written by a newer version of pubsub";
	case -EOPNOTSUPP:
		return "no write-ahead log is possible on this file system";
	default:
		return s->error ? s->error : strerror(-r);
	}
}

int store_open(const char *where, struct store **ret_store, char **ret_why)
{
	AUTO_FREE char *path = path_of(where);
	struct store *s;
	int r = sqlite_load();

	if (r) {
		*ret_why = mem_printf("cannot open store '%s': %s", where, strerror(-r));
		return r;
	}
	s = mem_zalloc(sizeof(*s));
	s->lock = -1;
	s->times = TIMES_ALL;
	sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, UNDO_IN_MEMORY); /* before the first one opens */
	if (path) {
		set_temp_folder(path);
		r = lock_file(s, path);
	}
	if (!r)
		r = open_database(s, path);
	if (r) {
		*ret_why = mem_printf("cannot open store '%s': %s", where, reason(s, r));
		store_close(s);
		return r;
	}
	*ret_store = s;
	return 0;
}

bool store_is_lasting(const struct store *s)
{
	return s->lock >= 0;
}

void store_close(struct store *s)
{
	int rc;

	if (!s)
		return;
	if (s->begun && s->db)
		store_rollback(s);
	for (size_t i = 0; i < STORE_PARTS; i++)
		for (size_t j = 0; j < STORE_STMTS; j++)
			sqlite3_finalize(s->stmts[i][j]);
	rc = sqlite3_close(s->db);
	assert(rc == SQLITE_OK); /* or else a query is not done */
	(void)rc;
	if (s->lock >= 0)
		close(s->lock);
	free(s->error);
	free(s);
}
