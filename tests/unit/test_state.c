/* SPDX-License-Identifier: MIT */
/* The position in a file: what is read back of it, and what of a file that is torn or damaged. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/sub/seen.h"
#include "cmd/sub/state.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/pubsub/event.h"
#include "disk_log.h"

static char folder[] = "/tmp/test-state-XXXXXX";
static char *path, *beside;
static char node_a[] = "a", node_b[] = "b/\n%", node_c[] = "c";
static char *nodes[] = { node_a, node_b, NULL };

static struct event item(const char *id, const char *payload)
{
	return (struct event){
		.kind = EVENT_ITEM, .id = id, .payload = payload, .payload_len = strlen(payload)
	};
}

static struct state *open_state(void)
{
	int code = 0;
	struct state *s = state_open(path, nodes, 2, &code);

	if (!s)
		fail_msg("exit code %d", code);
	assert_int_equal(state_bind(s, "service"), 0);
	return s;
}

static void take(struct state *s, size_t node, const char *id)
{
	struct event e = item(id, "<x/>");

	assert_int_equal(state_take(s, node, &e), 0);
}

static bool knows(const struct state *s, size_t node, const char *id)
{
	struct event e = item(id, "<x/>");

	return seen_has(state_seen(s, node), &e);
}

static int refused(char *const *of, size_t count)
{
	int code = 0;

	assert_null(state_open(path, of, count, &code));
	return code;
}

static long size(void)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void overwrite(long at, const void *with, size_t len)
{
	int fd = open(path, O_WRONLY);

	assert_int_equal(pwrite(fd, with, len, at), len);
	close(fd);
}

static void state__new__has_no_position(void **state)
{
	struct state *s = open_state();

	(void)state;
	assert_false(state_has(s, 0));
	assert_false(state_is_whole(s, 0));
	state_close(s);
	s = open_state();
	assert_false(state_has(s, 1));
	state_close(s);
}

static void state__read_back__as_it_was(void **state)
{
	struct event retract = { .kind = EVENT_RETRACT, .id = "2" },
		     purge = { .kind = EVENT_PURGE }, config = { .kind = EVENT_CONFIG };
	struct state *s = open_state();

	(void)state;
	take(s, 0, "1");
	take(s, 0, "2");
	take(s, 1, "1");
	take(s, 1, "3");
	assert_int_equal(state_take(s, 0, &retract), 0);
	assert_int_equal(state_take(s, 1, &purge), 0);
	assert_int_equal(state_take(s, 1, &config), 0);
	take(s, 1, "4");
	state_close(s); /* not synced: killed */
	for (int run = 0; run < 2; run++) {
		s = open_state();
		assert_true(state_has(s, 0) && state_has(s, 1));
		assert_false(state_is_whole(s, 0));
		assert_true(state_is_whole(s, 1));
		assert_true(knows(s, 0, "1"));
		assert_false(knows(s, 0, "2"));
		assert_false(knows(s, 1, "1"));
		assert_false(knows(s, 1, "3"));
		assert_true(knows(s, 1, "4"));
		assert_int_equal(state_seen(s, 1)->newest, seen_id("4"));
		state_close(s);
	}
}

/* That of the last event that had one; a place is never taken for it. */
static void state__number__read_back(void **state)
{
	struct event e = item("1", "<x/>"), retract = { .kind = EVENT_RETRACT, .id = "1", .number = 9 },
		     config = { .kind = EVENT_CONFIG, .number = UINT64_MAX },
		     delete = { .kind = EVENT_DELETE, .number = 12 };
	struct state *s = open_state();

	(void)state;
	assert_int_equal(state_number(s, 0), 0);
	e.number = 8;
	e.archive_id = "@5";
	assert_int_equal(state_take(s, 0, &e), 0);
	e.number = 0;
	assert_int_equal(state_take(s, 0, &e), 0);
	assert_int_equal(state_set_number(s, 1, 3), 0);
	state_close(s);
	s = open_state();
	assert_int_equal(state_number(s, 0), 8);
	assert_string_equal(state_place(s, 0), "@5");
	assert_int_equal(state_number(s, 1), 3);
	assert_false(state_has(s, 1));
	assert_int_equal(state_take(s, 0, &retract), 0);
	assert_int_equal(state_take(s, 1, &config), 0);
	state_close(s);
	s = open_state();
	assert_int_equal(state_number(s, 0), 9);
	assert_int_equal(state_number(s, 1), UINT64_MAX);
	assert_int_equal(state_take(s, 0, &delete), 0);
	assert_int_equal(state_number(s, 0), 0); /* made again, it begins anew */
	state_close(s);
	s = open_state();
	assert_int_equal(state_number(s, 0), 0);
	assert_true(state_is_whole(s, 0));
	state_close(s);
}

/* The place in the archive is that of the last item, or none. */
static void state__place__read_back(void **state)
{
	struct event e = item("1", "<x/>"), purge = { .kind = EVENT_PURGE };
	struct state *s = open_state();

	(void)state;
	assert_null(state_place(s, 0));
	e.archive_id = "id\n 1";
	assert_int_equal(state_take(s, 0, &e), 0);
	assert_int_equal(state_set_place(s, 1, "0123"), 0);
	state_close(s);
	s = open_state();
	assert_string_equal(state_place(s, 0), "id\n 1");
	assert_string_equal(state_place(s, 1), "0123");
	assert_true(knows(s, 0, "1"));
	assert_true(seen_has_place(state_places(s, 0), &e));
	assert_false(seen_has_place(state_places(s, 1), &e));
	e.payload = "<y/>"; /* from the same place of a service that was put back */
	assert_false(seen_has_place(state_places(s, 0), &e));
	e.archive_id = "0123"; /* nothing has come from it */
	assert_false(seen_has_place(state_places(s, 1), &e));
	take(s, 0, "2");
	assert_int_equal(state_take(s, 1, &purge), 0);
	assert_null(state_place(s, 0));
	assert_null(state_place(s, 1));
	state_close(s);
	s = open_state();
	assert_null(state_place(s, 0));
	assert_null(state_place(s, 1));
	state_close(s);
}

static void state__nodes_in_another_order__are_the_same(void **state)
{
	char *other[] = { nodes[1], nodes[0] };
	struct state *s = open_state();
	int code;

	(void)state;
	take(s, 0, "1");
	state_close(s);
	s = state_open(path, other, 2, &code);
	assert_non_null(s);
	assert_int_equal(state_bind(s, "service"), 0);
	assert_true(knows(s, 1, "1"));
	take(s, 1, "2");
	state_close(s);
	s = open_state();
	assert_true(knows(s, 0, "2"));
	state_close(s);
}

static void state__others__are_refused(void **state)
{
	char *more[] = { node_a, node_b, node_c }, *others[] = { node_a, node_c };
	struct state *s = open_state();
	int code;

	(void)state;
	assert_int_equal(refused(nodes, 2), EX_TEMPFAIL); /* it is in use */
	state_close(s);
	assert_int_equal(refused(nodes, 1), EX_USAGE);
	assert_int_equal(refused(more, 3), EX_USAGE);
	assert_int_equal(refused(others, 2), EX_USAGE);
	s = state_open(path, nodes, 2, &code);
	assert_int_equal(state_bind(s, "another"), EX_USAGE);
	state_close(s);
}

static void state__no_state_file__is_refused(void **state)
{
	static const char *const texts[] = { "x", "hello\n", "f5de301203234823 pubsub-sub stat\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		FILE *f = fopen(path, "w");

		fputs(texts[i], f);
		fclose(f);
		assert_int_equal(refused(nodes, 2), EX_DATAERR);
	}
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(refused(nodes, 2), EX_CANTCREAT);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(refused(nodes, 2), EX_DATAERR);
}

/* An empty file, as mktemp makes it, is a new one. */
static void state__empty_file__is_new(void **state)
{
	(void)state;
	fclose(fopen(path, "w"));
	state_close(open_state());
	state_close(open_state());
}

/* At every byte behind the last sync: what was whole before is read. */
static void state__torn_off__goes_on_before_it(void **state)
{
	struct state *s = open_state();
	long synced, end;

	(void)state;
	take(s, 0, "1");
	assert_int_equal(state_sync(s), 0);
	synced = size();
	take(s, 0, "2");
	take(s, 0, "3");
	end = size();
	state_close(s);
	for (long at = end - 1; at >= synced; at--) {
		assert_int_equal(truncate(path, at), 0);
		s = open_state();
		assert_true(knows(s, 0, "1"));
		assert_false(knows(s, 0, "3"));
		take(s, 0, "3"); /* what is written now stands behind a whole line */
		state_close(s);
		s = open_state();
		assert_true(knows(s, 0, "3"));
		state_close(s);
	}
}

/* Blocks need not reach the disk in their order: there may be a hole. */
static void state__hole_behind_the_last_sync__goes_on_before_it(void **state)
{
	struct state *s = open_state();
	char zeros[100] = { 0 };
	long synced;

	(void)state;
	take(s, 0, "1");
	assert_int_equal(state_sync(s), 0);
	synced = size();
	for (int i = 0; i < 10; i++)
		take(s, 0, "2");
	state_close(s);
	overwrite(synced + 20, zeros, sizeof(zeros));
	s = open_state();
	assert_true(knows(s, 0, "1"));
	assert_false(knows(s, 0, "2"));
	assert_int_equal(size(), synced);
	state_close(s);
}

/* Any byte before the last sync. */
static void state__damaged__is_refused(void **state)
{
	struct state *s = open_state();
	long synced;

	(void)state;
	take(s, 0, "1");
	take(s, 1, "2");
	assert_int_equal(state_sync(s), 0);
	synced = size() - 60; /* but for the mark itself */
	state_close(s);
	for (long at = 0; at < synced; at++) {
		char old, new;
		int fd = open(path, O_RDONLY);

		assert_int_equal(pread(fd, &old, 1, at), 1);
		close(fd);
		new = old ^ 4;
		overwrite(at, &new, 1);
		assert_int_equal(refused(nodes, 2), EX_DATAERR);
		overwrite(at, &old, 1);
	}
	state_close(open_state());
	assert_int_equal(truncate(path, 60), 0); /* within what was written at once */
	assert_int_equal(refused(nodes, 2), EX_DATAERR);
}

/* It does not grow for ever, and the newest items stay known; a link stays a link. */
static void state__many_items__written_anew(void **state)
{
	enum { MANY = 100000 };
	char *link = mem_printf("%s/link", folder), id[16];
	struct event first = item("0", "<x/>");
	struct state *s;
	struct stat st;
	int code;

	(void)state;
	fclose(fopen(path, "w"));
	assert_int_equal(symlink(path, link), 0);
	s = state_open(link, nodes, 2, &code);
	assert_int_equal(state_bind(s, "service"), 0);
	assert_int_equal(state_set_whole(s, 0), 0);
	take(s, 1, "x");
	assert_int_equal(state_set_place(s, 1, "place"), 0);
	assert_int_equal(state_set_number(s, 1, 77), 0);
	for (int i = 0; i < MANY; i++) {
		struct event e = item(id, "<x/>");

		snprintf(id, sizeof(id), "%d", i);
		e.archive_id = id;
		assert_int_equal(state_take(s, 0, &e), 0);
	}
	state_close(s);
	assert_true(size() < 8000000);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_not_equal(access(beside, F_OK), 0);
	s = open_state();
	assert_true(knows(s, 1, "x"));
	assert_string_equal(state_place(s, 1), "place");
	assert_int_equal(state_number(s, 1), 77);
	assert_false(state_is_whole(s, 1));
	assert_true(state_is_whole(s, 0));
	for (int i = MANY - SEEN_LEAST; i < MANY; i++) {
		struct event e = item(id, "<x/>");

		snprintf(id, sizeof(id), "%d", i);
		e.archive_id = id;
		assert_true(knows(s, 0, id));
		assert_true(seen_has_place(state_places(s, 0), &e));
	}
	first.archive_id = first.id;
	assert_false(seen_has_place(state_places(s, 0), &first));
	state_close(s);
	unlink(link);
	free(link);
}

/* A new file is on the disk when it gets its name; lines are when state_sync() comes back. */
static void state__sync__has_reached_the_disk(void **state)
{
	char *wanted = mem_printf("sync state.new\nrename state.new state\nsync %s\n",
				  folder + strlen("/tmp/"));
	struct state *s;
	long before;

	(void)state;
	str_reset(&disk_log);
	s = open_state();
	assert_string_equal(disk_log.p, wanted);
	str_reset(&disk_log);
	take(s, 0, "1");
	take(s, 0, "2");
	assert_string_equal(disk_log.p, "");
	before = size();
	disk_error = EIO; /* then there is no mark that says so */
	assert_int_equal(state_sync(s), -EIO);
	assert_int_equal(size(), before);
	disk_error = 0;
	str_reset(&disk_log);
	assert_int_equal(state_sync(s), 0);
	assert_string_equal(disk_log.p, "sync state\n");
	assert_true(size() > before);
	str_reset(&disk_log);
	assert_int_equal(state_sync(s), 0);
	assert_string_equal(disk_log.p, "");
	state_close(s);
	str_release(&disk_log);
	free(wanted);
}

static int set_up_all(void **state)
{
	(void)state;
	log_init("test");
	if (!mkdtemp(folder))
		return -1;
	path = mem_printf("%s/state", folder);
	beside = mem_printf("%s.new", path);
	return 0;
}

static int set_up(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

static int tear_down_all(void **state)
{
	(void)state;
	unlink(path);
	rmdir(folder);
	free(path);
	free(beside);
	return 0;
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, set_up)
	const struct CMUnitTest tests[] = {
		T(state__new__has_no_position),
		T(state__read_back__as_it_was),
		T(state__place__read_back),
		T(state__number__read_back),
		T(state__nodes_in_another_order__are_the_same),
		T(state__others__are_refused),
		T(state__no_state_file__is_refused),
		T(state__empty_file__is_new),
		T(state__torn_off__goes_on_before_it),
		T(state__hole_behind_the_last_sync__goes_on_before_it),
		T(state__damaged__is_refused),
		T(state__many_items__written_anew),
		T(state__sync__has_reached_the_disk),
	};

	return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
