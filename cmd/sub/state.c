/* SPDX-License-Identifier: MIT */
#include "cmd/sub/state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/sub/seen.h"
#include "cmd/sub/state_line.h"
#include "cmd/sub/state_record.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/out.h"
#include "common/base/str.h"
#include "common/pubsub/event.h"

#define FORMAT "pubsub-sub state 1"
/* Bytes: when it has grown by them, and to more than twice what it began with, it is written anew. */
#define GROWTH (1024L * 1024)
#define FILE_MAX (1024L * 1024 * 1024)

struct state {
	char *path;
	int fd;
	char *service;		  /* NULL: a new file, or not read yet */
	struct state_node *nodes; /* in the order of state_open() */
	size_t count;
	size_t *order;	   /* of the file: its n-th is @nodes[order[n]] */
	size_t named;	   /* so many of it are known */
	off_t size, begun; /* now; when it was last written anew */
	bool dirty;
};

void state_close(struct state *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	for (size_t i = 0; i < s->count; i++) {
		free(s->nodes[i].name);
		free(s->nodes[i].place);
		seen_clear(&s->nodes[i].seen);
		seen_clear(&s->nodes[i].places);
	}
	free(s->nodes);
	free(s->order);
	free(s->service);
	free(s->path);
	free(s);
}
AUTO_DEFINE(struct state *, state_close);

size_t state_node(const struct state *s, const char *node)
{
	size_t i = 0;

	while (i < s->count && strcmp(s->nodes[i].name, node))
		i++;
	return i;
}

bool state_has(const struct state *s, size_t node)
{
	return s->nodes[node].has;
}

bool state_is_whole(const struct state *s, size_t node)
{
	return s->nodes[node].whole;
}

const char *state_place(const struct state *s, size_t node)
{
	return s->nodes[node].place;
}

uint64_t state_number(const struct state *s, size_t node)
{
	return s->nodes[node].number;
}

const struct seen *state_seen(const struct state *s, size_t node)
{
	return &s->nodes[node].seen;
}

const struct seen *state_places(const struct state *s, size_t node)
{
	return &s->nodes[node].places;
}

/* Reading */

static int other_nodes(const struct state *s)
{
	log_error("the state file '%s' is of other nodes than are followed now: each set of nodes "
		  "needs a file of its own",
		  s->path);
	return EX_USAGE;
}

/* Of the n-th line; @line is NUL-terminated. 0, an exit code after a message, -EINVAL: no sense. */
static int take_line(struct state *s, size_t number, const char *line)
{
	struct record r;

	if (number == 0) {
		uint64_t seed;
		int end = 0;

		if (sscanf(line, FORMAT " %16" SCNx64 "%n", &seed, &end) != 1 || line[end] || !seed)
			return -EINVAL;
		map_set_seed(seed);
	} else if (number == 1) {
		if (strncmp(line, "service ", 8))
			return -EINVAL;
		s->service = state_line_unescape(line + 8);
	} else if (!strncmp(line, "node ", 5)) {
		AUTO_FREE char *name = state_line_unescape(line + 5);
		size_t node = state_node(s, name);

		for (size_t i = 0; i < s->named; i++)
			if (s->order[i] == node)
				return -EINVAL;
		if (node == s->count)
			return other_nodes(s);
		s->order[s->named++] = node;
	} else if (record_read(line, &r) && r.node < s->named) {
		AUTO_FREE char *place = r.place ? state_line_unescape(r.place) : NULL;

		r.place = place;
		record_apply(&s->nodes[s->order[r.node]], &r);
	} else if (!state_line_is_mark(line)) {
		return -EINVAL;
	}
	return 0;
}

static int damaged(const struct state *s)
{
	log_error("the state file '%s' is damaged: move it away to begin anew", s->path);
	return EX_DATAERR;
}

static int foreign(const struct state *s)
{
	log_error("'%s' is no state file of pubsub-sub", s->path);
	return EX_DATAERR;
}

/* @text ends with NULs, so that it is at least as long as the first line. */
static int take_text(struct state *s, char *text, size_t len)
{
	struct state_lines lines = { .text = text, .len = len };
	size_t number = 0;
	char *line;

	while ((line = state_lines_next(&lines))) {
		int r = take_line(s, number++, line);

		if (r > 0)
			return r;
		if (r)
			return number == 1 ? foreign(s) : damaged(s);
	}
	if (!number && strncmp(text + STATE_LINE_SUM, " " FORMAT, sizeof(FORMAT)) != 0)
		return foreign(s);
	if (!lines.marked || state_lines_are_damaged(&lines))
		return damaged(s);
	if (s->named < s->count)
		return other_nodes(s);
	s->size = (off_t)lines.good;
	s->begun = (off_t)lines.first_mark;
	if (lines.good < len) {
		log_info("the state file '%s' was torn off at its end", s->path);
		if (ftruncate(s->fd, s->size)) {
			log_error("cannot shorten the state file '%s': %s", s->path,
				  strerror(errno));
			return EX_IOERR;
		}
	}
	return 0;
}

static int read_all(int fd, char *p, size_t len)
{
	while (len) {
		ssize_t n = read(fd, p, len);

		if (n == 0 || (n < 0 && errno != EINTR))
			return n ? -errno : -EIO;
		p += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int load(struct state *s)
{
	AUTO_FREE char *text = NULL;
	struct stat st;
	int r;

	if (fstat(s->fd, &st) || !S_ISREG(st.st_mode) || st.st_size > FILE_MAX)
		return foreign(s);
	if (!st.st_size)
		return 0; /* new */
	text = mem_zalloc((size_t)st.st_size + STATE_LINE_SUM + sizeof(FORMAT) + 1);
	r = read_all(s->fd, text, (size_t)st.st_size);
	if (r) {
		log_error("cannot read the state file '%s': %s", s->path, strerror(-r));
		return EX_IOERR;
	}
	return take_text(s, text, (size_t)st.st_size);
}

/* Opening */

/* Is it still the file that has this name? Its last holder may have put another in its place. */
static bool is_current(int fd, const char *path)
{
	struct stat a, b;

	return !fstat(fd, &a) && !stat(path, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int open_locked(struct state *s)
{
	do {
		if (s->fd >= 0)
			close(s->fd);
		s->fd = open(s->path,
			     O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND | O_NOCTTY | O_NONBLOCK, 0600);
		if (s->fd < 0) {
			log_error("cannot open the state file '%s': %s", s->path, strerror(errno));
			return EX_CANTCREAT;
		}
		if (flock(s->fd, LOCK_EX | LOCK_NB)) {
			log_error("the state file '%s' is in use by another process", s->path);
			return EX_TEMPFAIL;
		}
	} while (!is_current(s->fd, s->path));
	return 0;
}

struct state *state_open(const char *path, char *const *nodes, size_t count, int *ret_code)
{
	AUTO(state_close) struct state *s = mem_zalloc(sizeof(*s));
	char *real = realpath(path, NULL); /* a link stays one */
	int r;

	s->path = real ? real : mem_strdup(path);
	s->fd = -1;
	s->count = count;
	s->nodes = mem_zalloc(count * sizeof(*s->nodes));
	s->order = mem_zalloc(count * sizeof(*s->order));
	for (size_t i = 0; i < count; i++)
		s->nodes[i].name = mem_strdup(nodes[i]);
	r = open_locked(s);
	if (!r)
		r = load(s);
	if (!r)
		return steal(s);
	*ret_code = r;
	return NULL;
}

/* Writing */

static int append(struct state *s, const struct str *text)
{
	int r = out_write(s->fd, text->p, text->len, NULL);

	if (!r) {
		s->size += (off_t)text->len;
		s->dirty = true;
	}
	return r;
}

struct writing {
	struct str *out;
	size_t node;
	enum verb verb; /* of a mark */
};

static void write_mark(struct seen_mark mark, void *data)
{
	const struct writing *w = data;

	record_write(w->out, &(struct record){ .verb = w->verb, .node = w->node, .mark = mark });
}

/* All of it, as a new file. */
static void render(const struct state *s, struct str *out)
{
	AUTO_STR line = { 0 };

	str_printf(&line, FORMAT " %016" PRIx64, map_seed());
	state_line_write(out, line.p);
	state_line_write_escaped(out, "service", s->service);
	for (size_t i = 0; i < s->count; i++)
		state_line_write_escaped(out, "node", s->nodes[i].name);
	for (size_t i = 0; i < s->count; i++) {
		struct writing items = { out, i, ITEM }, passed = { out, i, PASSED };

		if (s->nodes[i].has)
			record_write(out,
				     &(struct record){ .verb = s->nodes[i].whole ? WHOLE : BEGUN,
						       .node = i });
		seen_each(&s->nodes[i].seen, write_mark, &items);
		seen_each(&s->nodes[i].places, write_mark, &passed);
		if (s->nodes[i].place)
			record_write(out, &(struct record){ .verb = PLACE,
							    .node = i,
							    .place = s->nodes[i].place });
		if (s->nodes[i].number)
			record_write(out, &(struct record){ .verb = NUMBER,
							    .node = i,
							    .number = s->nodes[i].number });
	}
	state_line_write_mark(out, out->len);
}

static int sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *folder =
		!slash ? mem_strdup(".")
		       : mem_strndup(path, slash > path ? (size_t)(slash - path) : 1);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;

	if (fd < 0)
		return -errno;
	if (fsync(fd) && errno != EINVAL) /* a file system that has no need of it */
		r = -errno;
	close(fd);
	return r;
}

static int replace(struct state *s, const char *beside, int fd)
{
	AUTO_STR text = { 0 };
	int r;

	render(s, &text);
	r = out_write(fd, text.p, text.len, NULL);
	if (!r && (flock(fd, LOCK_EX | LOCK_NB) || fsync(fd) || rename(beside, s->path)))
		r = -errno;
	if (!r)
		s->size = s->begun = (off_t)text.len;
	return r;
}

static int write_anew(struct state *s)
{
	AUTO_FREE char *beside = mem_printf("%s.new", s->path);
	int fd, r;

	unlink(beside); /* of a run that was killed; the lock is ours */
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_APPEND, 0600);
	if (fd < 0)
		return -errno;
	r = replace(s, beside, fd);
	if (r) {
		unlink(beside);
		close(fd);
		return r;
	}
	close(s->fd);
	s->fd = fd;
	s->dirty = false;
	for (size_t i = 0; i < s->count; i++)
		s->order[i] = i;
	s->named = s->count;
	return sync_folder(s->path);
}

int state_bind(struct state *s, const char *service)
{
	int r;

	if (s->service && strcmp(s->service, service)) {
		log_error("the state file '%s' is of nodes at %s, and not at %s", s->path,
			  s->service, service);
		return EX_USAGE;
	}
	if (s->service && s->size)
		return 0;
	s->service = mem_strdup(service);
	r = write_anew(s);
	if (r)
		log_error("cannot write the state file '%s': %s", s->path, strerror(-r));
	return r ? EX_IOERR : 0;
}

static size_t number_in_file(const struct state *s, size_t node)
{
	size_t i = 0;

	while (s->order[i] != node)
		i++;
	return i;
}

static int take(struct state *s, struct record r)
{
	AUTO_STR line = { 0 };

	record_apply(&s->nodes[r.node], &r);
	if (s->size > 2 * s->begun + GROWTH)
		return write_anew(s);
	r.node = number_in_file(s, r.node);
	record_write(&line, &r);
	return append(s, &line);
}

int state_take(struct state *s, size_t node, const struct event *e)
{
	struct record r = { .node = node, .number = e->number };
	int err;

	switch (e->kind) {
	case EVENT_ITEM:
		r.verb = ITEM;
		r.mark = seen_mark(e);
		r.place = e->archive_id;
		break;
	case EVENT_RETRACT:
		r.verb = RETRACT;
		r.mark.id = seen_id(e->id);
		break;
	case EVENT_PURGE:
		r.verb = PURGE;
		break;
	case EVENT_DELETE: /* if it comes again, it begins empty */
		r.verb = PURGE;
		err = take(s, r);
		return err ? err : state_set_number(s, node, 0);
	case EVENT_CONFIG:
		return e->number ? state_set_number(s, node, e->number) : 0;
	case EVENT_SUBSCRIPTION:
		return 0;
	}
	return take(s, r);
}

int state_set_whole(struct state *s, size_t node)
{
	return s->nodes[node].whole ? 0 : take(s, (struct record){ .verb = WHOLE, .node = node });
}

int state_set_place(struct state *s, size_t node, const char *place)
{
	return take(s, (struct record){ .verb = PLACE, .node = node, .place = place });
}

int state_set_number(struct state *s, size_t node, uint64_t number)
{
	if (s->nodes[node].number == number)
		return 0;
	return take(s, (struct record){ .verb = NUMBER, .node = node, .number = number });
}

int state_sync(struct state *s)
{
	AUTO_STR mark = { 0 };
	int r;

	if (!s->dirty)
		return 0;
	if (fdatasync(s->fd))
		return -errno;
	state_line_write_mark(&mark, (size_t)s->size);
	r = append(s, &mark);
	s->dirty = false;
	return r;
}
