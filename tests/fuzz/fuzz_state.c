/* SPDX-License-Identifier: MIT */

/*
 * Arbitrary bytes as a state file: as they are, or, where the first byte is an 's', its lines with
 * the checksums that belong to them. What is taken can be gone on with, and reads the same again.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cmd/sub/seen.h"
#include "cmd/sub/state.h"
#include "cmd/sub/state_line.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/pubsub/event.h"
#include "fuzz.h"

#define MAX_SIZE (64 * 1024)
#define NODES 2

static char *const nodes[NODES] = { (char *)"a", (char *)"b" };

static void add_lines(struct str *out, const char *p, size_t len)
{
	while (len) {
		const char *lf = memchr(p, '\n', len);
		size_t n = lf ? (size_t)(lf - p) : len;
		AUTO_FREE char *line = mem_strndup(p, n);

		state_line_write(out, line);
		p += n + !!lf;
		len -= n + !!lf;
	}
}

static void add_mark(struct seen_mark mark, void *data)
{
	str_printf(data, " %llx:%llx", (unsigned long long)mark.id,
		   (unsigned long long)mark.payload);
}

static void describe(const struct state *s, struct str *out)
{
	for (size_t i = 0; i < NODES; i++) {
		const char *place = state_place(s, i);

		str_printf(out, "%d %d %s:", state_has(s, i), state_is_whole(s, i),
			   place ? place : "-");
		seen_each(state_seen(s, i), add_mark, out);
		str_putc(out, ',');
		seen_each(state_places(s, i), add_mark, out);
		str_putc(out, '\n');
	}
}

static struct state *open_state(const char *path, struct str *description)
{
	int code = 0;
	struct state *s = state_open(path, nodes, NODES, &code);

	MUST(!s == !!code);
	MUST(s || code == EX_DATAERR || code == EX_USAGE);
	if (s)
		describe(s, description);
	return s;
}

/* It is the service's that the file has: then it takes events. */
static bool go_on(struct state *s)
{
	static const struct event e = { .kind = EVENT_ITEM,
					.node = "a",
					.id = "id",
					.payload = "<x/>",
					.payload_len = 4,
					.archive_id = "pl%ce\n" };
	int r = state_bind(s, "service");

	MUST(r == 0 || r == EX_USAGE);
	if (r)
		return false;
	MUST(!state_take(s, state_node(s, "a"), &e));
	MUST(!state_set_whole(s, state_node(s, "b")));
	MUST(!state_sync(s));
	return true;
}

static void check(const char *path)
{
	AUTO_STR first = { 0 };
	AUTO_STR second = { 0 };
	AUTO_STR third = { 0 };
	struct state *s = open_state(path, &first);
	bool more;

	if (!s)
		return;
	state_close(s);
	s = open_state(path, &second);
	MUST(s && !strcmp(first.p, second.p));
	more = go_on(s);
	str_reset(&second);
	describe(s, &second);
	state_close(s);
	if (!more)
		return;
	s = open_state(path, &third);
	MUST(s && !strcmp(second.p, third.p));
	state_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	static char *path;
	AUTO_STR text = { 0 };

	if (size > MAX_SIZE || size < 2)
		return 0;
	if (fd < 0) { /* without a name: nothing is left behind */
		log_init("pubsub-sub");
		log_set_level((enum log_level)(LOG_ERROR - 1));
		fd = memfd_create("fuzz", 0);
		path = mem_printf("/proc/self/fd/%d", fd);
	}
	if (data[0] == 's')
		add_lines(&text, (const char *)data + 1, size - 1);
	else
		str_add(&text, (const char *)data, size);
	MUST(fd >= 0 && !ftruncate(fd, 0));
	MUST(pwrite(fd, text.p, text.len, 0) == (ssize_t)text.len);
	check(path);
	return 0;
}
