/* SPDX-License-Identifier: MIT */
/* What is kept on the disk, in which order it comes back, and what becomes of what was damaged. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <strophe.h>

#include "cmd/pub/entry.h"
#include "cmd/pub/spool.h"
#include "cmd/pub/work.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "disk_log.h"

AUTO_DEFINE(struct work *, work_free);

static char dir[] = "/tmp/pubsub-test-spool-XXXXXX", folder[64];

static int start(void **state)
{
	(void)state;
	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
	assert_non_null(mkdtemp(dir));
	snprintf(folder, sizeof(folder), "%s/spool", dir);
	return 0;
}

static int finish(void **state)
{
	AUTO_FREE char *rm = mem_printf("rm -rf %s", dir);

	(void)state;
	return system(rm);
}

/* Output of a command in the folder. */
static char *sh(const char *command)
{
	AUTO_FREE char *line = mem_printf("cd %s && %s", folder, command);
	FILE *f = popen(line, "re");
	AUTO_STR out = { 0 };
	int c;

	assert_non_null(f);
	while ((c = fgetc(f)) != EOF)
		str_putc(&out, (char)c);
	pclose(f);
	return str_steal(&out);
}

static void check_sh(const char *command, const char *wanted)
{
	AUTO_FREE char *got = sh(command);

	assert_string_equal(got, wanted);
}

static struct work *item(const char *id)
{
	struct work *w = work_new(WORK_ITEM, "n", id);

	w->service = mem_strdup("s");
	w->payload = mem_printf("<x>%s</x>", id);
	w->len = strlen(w->payload);
	return w;
}

/* An item for each letter, in one commit. */
static void add_all(struct spool *s, const char *ids)
{
	for (; *ids; ids++) {
		AUTO(work_free) struct work *w = item((char[]){ *ids, '\0' });

		spool_add(s, w);
	}
	assert_int_equal(spool_commit(s), 0);
	assert_int_equal(spool_uncommitted(s), 0);
}

static struct spool *open_it(void)
{
	struct spool *s = NULL;

	assert_int_equal(spool_open(folder, &s), 0);
	return s;
}

static void settle(struct spool *s, struct work *w, enum work_state state)
{
	w->state = state;
	spool_settled(s, w);
	work_free(w);
}

/* Takes all that waits, and settles it where @state says so. */
static void check_all(struct spool *s, const char *ids, enum work_state state)
{
	AUTO_STR got = { 0 };
	struct work *w;

	str_puts(&got, "");
	while ((w = spool_next(s))) {
		str_puts(&got, w->id);
		if (state == WORK_WAITING)
			work_free(w);
		else
			settle(s, w, state);
	}
	assert_string_equal(got.p, ids);
}

static void entry__written__read_as_it_was(void **state)
{
	AUTO(work_free) struct work *w = work_new(WORK_ITEM, "a\tnode%09", "\xc3\xa9 \n\x7f'");
	AUTO(work_free) struct work *got = NULL;
	AUTO_STR line = { 0 };

	(void)state;
	w->service = mem_strdup("pubsub.example.org/a b");
	w->form = mem_strdup("<x>%</x>");
	w->payload = mem_strdup("<a>1\t2\n3</a>");
	w->len = strlen(w->payload);
	entry_write(w, &line);
	assert_ptr_equal(strchr(line.p, '\n'), line.p + line.len - 1);
	assert_int_equal(entry_read(line.p, line.len - 1, &got), 0);
	assert_int_equal(got->kind, WORK_ITEM);
	assert_string_equal(got->service, w->service);
	assert_string_equal(got->node, w->node);
	assert_string_equal(got->id, w->id);
	assert_string_equal(got->form, w->form);
	assert_string_equal(got->payload, "<a>1\t2&#10;3</a>");
	assert_int_equal(got->len, strlen(got->payload));
}

static void entry__kinds__are_told_apart(void **state)
{
	static const enum work_kind kinds[] = { WORK_CREATE, WORK_ITEM, WORK_RETRACT, WORK_PURGE };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		AUTO(work_free) struct work *w = work_new(kinds[i], "n", "id");
		AUTO(work_free) struct work *got = NULL;
		AUTO_STR line = { 0 };

		entry_write(w, &line);
		assert_int_equal(entry_read(line.p, line.len - 1, &got), 0);
		assert_int_equal(got->kind, kinds[i]);
		assert_null(got->service);
		assert_null(got->payload);
		assert_null(got->form);
	}
}

/* Each byte that changes, and each that is missing, is noticed. */
static void entry__damaged__is_noticed(void **state)
{
	AUTO(work_free) struct work *w = item("a");
	struct work *got = NULL;
	AUTO_STR line = { 0 };

	(void)state;
	entry_write(w, &line);
	line.len--;
	for (size_t i = 0; i < line.len; i++) {
		line.p[i] ^= 1;
		assert_int_equal(entry_read(line.p, line.len, &got), -EBADMSG);
		line.p[i] ^= 1;
		assert_int_equal(entry_read(line.p, i, &got), -EBADMSG);
	}
	assert_false(entry_is_done(line.p, line.len));
	line.p[0] = ENTRY_DONE;
	assert_true(entry_is_done(line.p, line.len));
	assert_null(got);
}

/* Nobody of ours writes it, but whoever can write to the folder may. */
static void entry__nul__is_damage(void **state)
{
	static const struct {
		const char *body;
		size_t len;
	} rows[] = {
		{ "item\t\tn\ti\t\t<x\0/>", 16 },
		{ "item\t\tn%00m\ti\t\t<x/>", 19 },
		{ "item\t\t%00\ti\t\t<x/>", 17 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned char digest[XMPP_SHA1_DIGEST_SIZE];
		struct work *got = NULL;
		AUTO_STR line = { 0 };

		xmpp_sha1_digest((const unsigned char *)rows[i].body, rows[i].len, digest);
		str_puts(&line, "+ ");
		for (size_t k = 0; k < sizeof(digest); k++)
			str_printf(&line, "%02x", digest[k]);
		str_putc(&line, ' ');
		str_add(&line, rows[i].body, rows[i].len);
		assert_int_equal(entry_read(line.p, line.len, &got), -EBADMSG);
		assert_null(got);
	}
}

static void spool__order__across_runs(void **state)
{
	struct spool *a = open_it(), *b = open_it();

	(void)state;
	add_all(a, "abc");
	add_all(b, "d");
	add_all(a, "e");
	check_sh("ls *.items | wc -l", "3\n");
	assert_true(spool_lock(a));
	assert_false(spool_lock(b));
	assert_false(spool_is_empty(b));
	check_all(a, "abcde", WORK_DONE);
	assert_true(spool_is_empty(a));
	add_all(b, "f"); /* while the other sends */
	assert_false(spool_is_empty(a));
	check_all(a, "f", WORK_DONE);
	check_sh("ls *.items 2>&1 | grep -c 1.*items", "0\n");
	spool_unlock(a);
	assert_true(spool_lock(b));
	spool_close(a);
	spool_close(b);
}

/* Only what has an answer is done with. */
static void spool__ended_in_the_middle__the_rest_comes_again(void **state)
{
	struct spool *s = open_it();

	(void)state;
	add_all(s, "abcd");
	spool_lock(s);
	settle(s, spool_next(s), WORK_DONE);
	settle(s, spool_next(s), WORK_DONE);
	work_free(spool_next(s));
	spool_close(s);
	s = open_it();
	assert_false(spool_is_empty(s));
	check_all(s, "cd", WORK_DONE);
	assert_true(spool_is_empty(s));
	spool_close(s);
}

/* Not what is older after what is newer: it might replace it. */
static void spool__marks_lost__all_behind_comes_again(void **state)
{
	struct spool *s = open_it();

	(void)state;
	add_all(s, "abcd");
	add_all(s, "ef");
	free(sh("cp \"$(ls *.items | head -n 1)\" kept"));
	spool_lock(s);
	for (int i = 0; i < 5; i++)
		settle(s, spool_next(s), WORK_DONE);
	spool_close(s);
	check_sh("cut -c 1 *.items", "p\n-\n+\n");
	/* The first file comes back, without the mark of its second entry. */
	free(sh("sed '2s/^+/-/; 4s/^+/-/; 5s/^+/-/; 5s/>d</>D</' kept >1.new && "
		"mv 1.new 1000000000000000.items"));
	s = open_it();
	spool_lock(s);
	check_all(s, "bcef", WORK_DONE); /* and what is damaged has been put aside before */
	check_sh("ls damaged 2>&1 | grep -c items", "0\n");
	assert_true(spool_is_empty(s));
	spool_close(s);
}

/* What was sent by another run meanwhile is not sent again. */
static void spool__another_sends_meanwhile__only_the_rest_comes(void **state)
{
	struct spool *a = open_it(), *b = open_it();

	(void)state;
	add_all(a, "ab");
	spool_lock(a);
	check_all(a, "ab", WORK_DONE);
	spool_unlock(a);
	add_all(b, "cde");
	assert_true(spool_lock(b));
	settle(b, spool_next(b), WORK_DONE);
	spool_close(b);
	assert_true(spool_lock(a));
	check_all(a, "de", WORK_DONE);
	spool_close(a);
}

static void check_sender(const struct spool *s, const char *wanted)
{
	AUTO_FREE char *got = spool_sender(s);

	if (wanted)
		assert_string_equal(got, wanted);
	else
		assert_null(got);
}

static void spool__sender__known_until_all_is_answered(void **state)
{
	struct spool *s = open_it();
	struct work *w;

	(void)state;
	add_all(s, "ab");
	assert_true(spool_lock(s));
	check_sender(s, NULL);
	w = spool_next(s);
	spool_send_as(s, "user@example.com/one");
	work_free(spool_next(s)); /* sent, and that is all that is known */
	settle(s, w, WORK_DONE);
	spool_close(s);

	s = open_it();
	assert_true(spool_lock(s));
	check_sender(s, "user@example.com/one");
	spool_send_as(s, "u@example.com/2");
	check_sender(s, "u@example.com/2");
	w = spool_next(s);
	settle(s, w, WORK_DONE);
	check_sender(s, NULL);
	spool_unlock(s);

	/* Once more, by the same run; and what is no address, or was not written to its end. */
	assert_true(spool_lock(s));
	spool_send_as(s, "u@example.com/2");
	check_sender(s, "u@example.com/2");
	check_sh("printf 'user@example.com/tw' >sender", "");
	check_sender(s, NULL);
	check_sh("printf '@\\n' >sender", "");
	check_sender(s, NULL);
	spool_close(s);
}

/* The clock may be set back. */
static void spool__names__only_grow(void **state)
{
	struct spool *s = open_it();

	(void)state;
	free(sh("printf 9000000000000000 >lock"));
	add_all(s, "a");
	check_sh("ls *.items", "9000000000000001.items\n");
	check_all(s, "a", WORK_DONE);
	add_all(s, "b");
	check_sh("ls *.items", "9000000000000002.items\n");
	free(sh(": >lock")); /* lost: then what is there counts */
	add_all(s, "c");
	free(sh("mv 9000000000000003.items 9000000000000004.items; printf 9000000000000003 >lock"));
	add_all(s, "d"); /* not over what is there */
	check_sh("ls *.items", "9000000000000002.items\n9000000000000004.items\n9000000000000005.items\n");
	check_all(s, "bcd", WORK_DONE);
	spool_close(s);
}

static void spool__killed_while_writing__nothing_of_it_is_sent(void **state)
{
	struct spool *s = open_it();

	(void)state;
	add_all(s, "a");
	free(sh("head -c 60 *.items >new"));
	add_all(s, "b");
	check_sh("ls new 2>&1 | grep -c '^new'", "0\n");
	check_all(s, "ab", WORK_DONE);
	spool_close(s);
}

/* What was taken has reached the disk: its content, then its name, then the folder. */
static void spool__commit__has_reached_the_disk(void **state)
{
	AUTO_FREE char *name = NULL, *wanted = NULL;
	struct spool *s;

	(void)state;
	str_reset(&disk_log);
	s = open_it();
	wanted = mem_printf("sync %s\n", dir + strlen("/tmp/"));
	assert_string_equal(disk_log.p, wanted);
	str_reset(&disk_log);
	add_all(s, "a");
	name = sh("ls *.items | tr -d '\\n'");
	free(wanted);
	wanted = mem_printf("sync new\nrename new %s\nsync spool\n", name);
	assert_string_equal(disk_log.p, wanted);
	/* What has been sent is not there again after a power failure. */
	assert_true(spool_lock(s));
	check_all(s, "a", WORK_DONE);
	str_reset(&disk_log);
	spool_unlock(s);
	assert_string_equal(disk_log.p, "sync spool\n");
	spool_close(s);
	str_release(&disk_log);
}

static void spool__disk_fails__nothing_is_kept(void **state)
{
	AUTO(work_free) struct work *w = item("a");
	struct spool *s = open_it();

	(void)state;
	spool_add(s, w);
	disk_error = EIO;
	assert_int_equal(spool_commit(s), EX_IOERR);
	disk_error = 0;
	check_sh("ls | grep -v -e lock -e sender", "");
	spool_close(s);
	str_release(&disk_log);
}

static void spool__damaged__is_put_aside(void **state)
{
	struct spool *s = open_it();

	(void)state;
	add_all(s, "abc");
	add_all(s, "def");
	add_all(s, "g");
	free(sh("set -- *.items; sed -i 's/>b</>B</' $1; truncate -s -3 $2; echo nonsense >$3; mkdir 0000000000000001.items"));
	check_all(s, "acde", WORK_DONE);
	assert_true(spool_is_empty(s));
	spool_close(s);
	check_sh("grep -ho '<x>.*\\|nonsense' damaged/1*", "<x>B</x>\n<x>f</\nnonsense\n");
	check_sh("ls | grep -c items", "0\n");
	/* Neither sent nor told of again. */
	s = open_it();
	check_all(s, "", WORK_DONE);
	spool_close(s);
}

static void spool__refused__is_kept_as_input(void **state)
{
	struct spool *s = open_it();
	struct work *w;

	(void)state;
	add_all(s, "ab");
	w = spool_next(s);
	w->why = mem_strdup("not-acceptable: too--long");
	str_reset(&disk_log);
	settle(s, w, WORK_REFUSED);
	assert_non_null(strstr(disk_log.p, ".xml\nsync refused\nsync spool\n"));
	str_release(&disk_log);
	check_all(s, "b", WORK_DONE);
	assert_true(spool_is_empty(s));
	spool_close(s);
	check_sh("cat refused/*.xml", "<!-- refused by s: not- acceptable: too- - long -->\n"
				      "<item id='a' node='n'><x>a</x></item>\n");
}

/* Several at once: none is lost, and each one's own order stays. */
static void spool__many_processes__each_in_order(void **state)
{
	struct spool *s;
	struct work *w;
	int next[4] = { 0 };

	(void)state;
	spool_close(open_it());
	for (int p = 0; p < 4; p++) {
		if (fork())
			continue;
		s = open_it();
		for (int i = 0; i < 50; i++) {
			AUTO_FREE char *id = mem_printf("%d-%d", p, i);
			AUTO(work_free) struct work *one = item(id);

			spool_add(s, one);
			if (i % 3 == 0 && spool_commit(s))
				_exit(1);
		}
		_exit(spool_commit(s) != 0);
	}
	for (int p = 0; p < 4; p++) {
		int status;

		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	s = open_it();
	assert_true(spool_lock(s));
	while ((w = spool_next(s))) {
		int p, i;

		assert_int_equal(sscanf(w->id, "%d-%d", &p, &i), 2);
		assert_int_equal(next[p]++, i);
		settle(s, w, WORK_DONE);
	}
	for (int p = 0; p < 4; p++)
		assert_int_equal(next[p], 50);
	spool_close(s);
}

static void spool__no_place__says_which(void **state)
{
	struct spool *s = NULL;

	(void)state;
	snprintf(folder, sizeof(folder), "%s/none/spool", dir);
	assert_int_equal(spool_open(folder, &s), EX_CANTCREAT);
	snprintf(folder, sizeof(folder), "%s/file", dir);
	close(open(folder, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_int_equal(spool_open(folder, &s), EX_CANTCREAT);
	assert_null(s);
}

#define T(test) cmocka_unit_test_setup_teardown(test, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entry__written__read_as_it_was),
		cmocka_unit_test(entry__kinds__are_told_apart),
		cmocka_unit_test(entry__damaged__is_noticed),
		cmocka_unit_test(entry__nul__is_damage),
		T(spool__order__across_runs),
		T(spool__ended_in_the_middle__the_rest_comes_again),
		T(spool__marks_lost__all_behind_comes_again),
		T(spool__another_sends_meanwhile__only_the_rest_comes),
		T(spool__sender__known_until_all_is_answered),
		T(spool__names__only_grow),
		T(spool__killed_while_writing__nothing_of_it_is_sent),
		T(spool__commit__has_reached_the_disk),
		T(spool__disk_fails__nothing_is_kept),
		T(spool__damaged__is_put_aside),
		T(spool__refused__is_kept_as_input),
		T(spool__many_processes__each_in_order),
		T(spool__no_place__says_which),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
