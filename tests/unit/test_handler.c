/* SPDX-License-Identifier: MIT */
/* Handlers of events, as real children; and where events go whose handler fails. */
#include "unit.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <ev.h>

#include "cmd/sub/dead_letter.h"
#include "cmd/sub/handler.h"
#include "common/base/auto.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/pubsub/event.h"

static char folder[] = "/tmp/test-handler-XXXXXX";
static struct handlers *h;
static struct str report;
static int failed;
static bool idle, room;

static void render(const struct event *e, struct str *out, void *data)
{
	(void)data;
	str_printf(out, "<%s>\n", e->id ? e->id : "-");
}

static void on_done(const struct event *e, void *data)
{
	(void)data;
	str_printf(&report, "%s ", e->id);
}

static void on_room(void *data)
{
	(void)data;
	room = true;
}

static void on_idle(void *data)
{
	(void)data;
	idle = true;
	ev_break(EV_DEFAULT, EVBREAK_ALL);
}

static void on_failed(int code, void *data)
{
	(void)data;
	failed = code;
	ev_break(EV_DEFAULT, EVBREAK_ALL);
}

static const struct handlers_events events = { render, on_done, on_room, on_idle, on_failed };

static void start(const char *command, unsigned jobs, unsigned long tries, const char *dead_letters)
{
	const struct handlers_params p = { command, jobs, tries, dead_letters };

	h = handlers_new(&p, &events, NULL);
}

static void put(const char *id, bool wanted)
{
	struct event e = { .kind = EVENT_ITEM, .node = "n", .id = id };

	handlers_put(h, "service", &e, wanted);
}

static char *content(const char *name)
{
	AUTO_FREE char *path = mem_printf("%s/%s", folder, name);
	FILE *f = fopen(path, "r");
	char *text = mem_zalloc(4096);

	assert_non_null(f);
	assert_int_not_equal(fread(text, 1, 4095, f), 0);
	fclose(f);
	return text;
}

static void check_content(const char *name, const char *wanted)
{
	AUTO_FREE char *text = content(name);

	assert_string_equal(text, wanted);
}

/* Goes on until a handler has made that file, whole at once. */
static void run_until(const char *name)
{
	AUTO_FREE char *path = mem_printf("%s/%s", folder, name);

	for (int i = 0; i < 6000 && access(path, F_OK) < 0; i++) {
		ev_run(EV_DEFAULT, EVRUN_NOWAIT);
		usleep(10000);
	}
	assert_int_equal(access(path, F_OK), 0);
}

static void check_done(const char *wanted)
{
	assert_string_equal(report.p ? report.p : "", wanted);
}

static void handlers__at_once__reported_in_order(void **state)
{
	(void)state;
	start("sleep 0.$PUBSUB_ITEM_ID", 4, 0, NULL);
	put("3", true);
	put("1", true);
	put("x", false);
	put("0", true);
	put("2", true);
	put("1", true);
	check_done("");
	ev_run(EV_DEFAULT, 0);
	check_done("3 1 x 0 2 1 ");
	assert_true(idle && handlers_are_idle(h));
	put("y", false);
	check_done("3 1 x 0 2 1 y ");
}

static void handlers__environment_and_input(void **state)
{
	struct event e = { .kind = EVENT_RETRACT, .node = "n'\n", .id = "i d", .publisher = "p@q" },
		     purge = { .kind = EVENT_PURGE, .node = "n" };
	AUTO_FREE char *command =
		mem_printf("exec >%s/$PUBSUB_EVENT; echo "
			   "\"$PUBSUB_SERVICE|$PUBSUB_NODE|${PUBSUB_ITEM_ID-none}|"
			   "${PUBSUB_PUBLISHER-none}\"; env | grep -c open-sesame; cat; echo $(ls /proc/self/fd | wc -l); ps "
			   "-o pgid= $$ | "
			   "grep -qw $$ && echo group",
			   folder);

	(void)state;
	setenv("PUBSUB_ITEM_ID", "of somebody else", 1);
	setenv("PUBSUB_PASSWORD", "open-sesame", 1);
	setenv("PUBSUB_SECRET", "open-sesame", 1);
	setenv("PUBSUB_PASSWORD_HINT", "it is open-sesame", 1); /* not ours: it is passed on */
	start(command, 1, 1, NULL);
	handlers_put(h, "service", &e, true);
	e = purge;
	handlers_put(h, "service", &e, true);
	ev_run(EV_DEFAULT, 0);
	assert_true(idle);
	/* ls has one of its own. */
	check_content("retract", "service|n'\n|i d|p@q\n1\n<i d>\n4\ngroup\n");
	check_content("purge", "service|n|none|none\n1\n<->\n4\ngroup\n");
	unsetenv("PUBSUB_PASSWORD");
	unsetenv("PUBSUB_SECRET");
	unsetenv("PUBSUB_PASSWORD_HINT");
}

static void handlers__failing__tried_again_while_others_go_on(void **state)
{
	AUTO_FREE char *command =
		mem_printf("echo $PUBSUB_ITEM_ID >>%s/log; [ $PUBSUB_ITEM_ID != bad ] || "
			   "[ $(grep -c bad %s/log) = 2 ]",
			   folder, folder);

	(void)state;
	start(command, 1, 2, NULL);
	put("bad", true);
	put("good", true);
	ev_run(EV_DEFAULT, 0);
	assert_int_equal(failed, 0);
	check_done("bad good ");
	check_content("log", "bad\ngood\nbad\n");
}

static void handlers__failing_for_good__ends_the_run(void **state)
{
	(void)state;
	start("exit 3", 1, 1, NULL);
	put("bad", true);
	ev_run(EV_DEFAULT, 0);
	assert_int_equal(failed, EX_TEMPFAIL);
	check_done("");
}

static void handlers__failing_for_good__goes_to_the_dead_letters(void **state)
{
	(void)state;
	start("[ $PUBSUB_ITEM_ID != bad ] || kill -9 $$", 1, 2, folder);
	put("bad", true);
	put("good", true);
	ev_run(EV_DEFAULT, 0);
	assert_int_equal(failed, 0);
	check_done("bad good ");
	check_content("n.bad.xml", "<bad>\n");
	check_content("n.bad.reason",
		      "the handler of item 'bad' of 'n' was ended by signal 9, 2 of 2 times\n");
}

/* One that is done waits for one before it, which is ended: neither is reported. */
static void handlers__stopped__only_what_is_done_in_order_counts(void **state)
{
	AUTO_FREE char *command = mem_printf("[ $PUBSUB_ITEM_ID != slow ] || sleep 100; "
					     ": >%s/$PUBSUB_ITEM_ID", folder);

	(void)state;
	start(command, 2, 0, NULL);
	put("first", true);
	put("slow", true);
	put("quick", true);
	put("another", true);
	run_until("another"); /* which takes the place of the one before it */
	check_done("first ");
	assert_false(handlers_stop(h));
	ev_run(EV_DEFAULT, 0);
	assert_true(idle && handlers_are_idle(h));
	check_done("first ");
}

static void handlers__stopped_while_one_succeeds__it_counts(void **state)
{
	AUTO_FREE char *command = mem_printf("trap 'exit 0' TERM; : >%s/trapped; "
					     "while :; do sleep 0.02; done", folder);

	(void)state;
	start(command, 1, 0, NULL);
	put("a", true);
	put("b", true);
	run_until("trapped");
	assert_false(handlers_stop(h));
	ev_run(EV_DEFAULT, 0);
	check_done("a ");
}

static void handlers__freed__leaves_none_behind(void **state)
{
	AUTO_FREE char *command = mem_printf("echo $$ >%s/new; mv %s/new %s/pid; exec sleep 100",
					     folder, folder, folder);
	AUTO_FREE char *text = NULL;
	pid_t group;

	(void)state;
	start(command, 1, 0, NULL);
	put("a", true);
	run_until("pid");
	handlers_free(h);
	h = NULL;
	text = content("pid");
	group = (pid_t)strtol(text, NULL, 10);
	/* What the handler has started itself is there until init has looked at it. */
	for (int i = 0; i < 1000 && !kill(-group, 0); i++)
		usleep(10000);
	assert_int_equal(kill(-group, 0), -1);
}

static void handlers__many__bounded(void **state)
{
	char id[16];
	int n = 0;

	(void)state;
	start("true", 2, 0, NULL);
	for (; handlers_have_room(h); n++) {
		snprintf(id, sizeof(id), "%d", n);
		put(id, true);
	}
	assert_in_range(n, 3, 100);
	while (!idle)
		ev_run(EV_DEFAULT, EVRUN_ONCE);
	assert_true(room && handlers_have_room(h));
}

static void handlers__large__bounded_by_their_size(void **state)
{
	size_t size = 1024 * 1024;
	char *payload = mem_zalloc(size + 1);
	struct event e = {
		.kind = EVENT_ITEM, .node = "n", .id = "i", .payload = payload, .payload_len = size
	};
	int n = 0;

	(void)state;
	memset(payload, 'x', size);
	start("sleep 100", 1, 0, NULL);
	for (; handlers_have_room(h); n++)
		handlers_put(h, "service", &e, true);
	assert_in_range(n, 1, 5);
	free(payload);
}

static void dead_letter__names__are_safe(void **state)
{
	static const struct {
		const char *node, *id, *name;
	} rows[] = {
		{ "n", "a-B_9", "n.a-B_9.xml" },
		{ "n", "a-B_9", "n.a-B_9~2.xml" },
		{ "n", "a-B_9", "n.a-B_9~3.xml" },
		{ "../n", ".", "%2E%2E%2Fn.%2E.xml" },
		{ "n", "", "n..xml" },
		{ "n", "\xc3\xa4 ~", "n.%C3%A4%20%7E.xml" },
	};
	char markup[] = "<x/>\n";
	struct str text = { .p = markup, .len = strlen(markup) };
	char id[3000] = "";
	struct dirent *entry;
	size_t longest = 0;
	DIR *dir;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct event e = { .kind = EVENT_ITEM, .node = rows[i].node, .id = rows[i].id };

		assert_int_equal(dead_letter_write(folder, &e, &text, "reason"), 0);
		check_content(rows[i].name, "<x/>\n");
	}
	memset(id, '/', sizeof(id) - 1);
	for (int last = 'a'; last <= 'b'; last++) { /* too long, and the same but for their ends */
		struct event e = { .kind = EVENT_ITEM, .node = id, .id = id };

		id[sizeof(id) - 2] = (char)last;
		assert_int_equal(dead_letter_write(folder, &e, &text, "reason"), 0);
	}
	dir = opendir(folder);
	while ((entry = readdir(dir)))
		longest = strlen(entry->d_name) > longest ? strlen(entry->d_name) : longest;
	closedir(dir);
	assert_in_range(longest, 150, 255 - 20);
}

static void dead_letter__folder__made_or_refused(void **state)
{
	AUTO_FREE char *made = mem_printf("%s/made", folder), *none = mem_printf("%s/a/b", folder),
		       *file = mem_printf("%s/file", folder);

	(void)state;
	assert_int_equal(dead_letter_prepare(made), 0);
	assert_int_equal(dead_letter_prepare(made), 0);
	assert_int_equal(dead_letter_prepare(none), -2); /* ENOENT */
	fclose(fopen(file, "w"));
	assert_int_equal(dead_letter_prepare(file), -20); /* ENOTDIR */
}

static int set_up(void **state)
{
	(void)state;
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	failed = 0;
	idle = room = false;
	return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
	AUTO_FREE char *command = mem_printf("rm -r %s", folder);

	(void)state;
	handlers_free(h);
	h = NULL;
	str_release(&report);
	return system(command);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(handlers__at_once__reported_in_order),
		T(handlers__environment_and_input),
		T(handlers__failing__tried_again_while_others_go_on),
		T(handlers__failing_for_good__ends_the_run),
		T(handlers__failing_for_good__goes_to_the_dead_letters),
		T(handlers__stopped__only_what_is_done_in_order_counts),
		T(handlers__stopped_while_one_succeeds__it_counts),
		T(handlers__freed__leaves_none_behind),
		T(handlers__many__bounded),
		T(handlers__large__bounded_by_their_size),
		T(dead_letter__names__are_safe),
		T(dead_letter__folder__made_or_refused),
	};

	log_init("test");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
