/* SPDX-License-Identifier: MIT */
#include "cmd/pub/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/pub/lines.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"

#define BUFFER (64 * 1024)

struct input {
	const struct input_source *sources;
	size_t count, current;
	const char *lines_name;
	const struct input_handler *handler;
	void *data;
	struct ev_loop *loop;
	ev_io io;
	/* Of the current source: */
	int fd;				/* -1: none */
	struct item_reader *reader;	/* this one or... */
	struct lines *lines;		/* ...that one; both NULL: not opened */
	bool eof;
	const char *from;		/* what has been read and not handed out */
	size_t left;
	bool paused, stopped, active;
	char *buf;
};

static const struct input_source *source(const struct input *in)
{
	return &in->sources[in->current];
}

char *input_place(const struct input_source *s, unsigned long line)
{
	if (s->kind == SOURCE_FILE)
		return mem_printf("line %lu of '%s'", line, s->text);
	if (s->kind == SOURCE_PAYLOAD)
		return mem_strdup("--payload");
	return mem_printf("line %lu", line);
}

static int cannot_read(const char *name, int error)
{
	log_error("cannot read '%s': %s", name, strerror(error));
	return error == EIO ? EX_IOERR : EX_NOTFOUND;
}

/* Checks */

static int count_item(const struct in_item *item, void *data)
{
	size_t *n = data;

	(void)item;
	++*n;
	return 0;
}

static int check_payload(const char *text)
{
	size_t n = 0, used;
	struct item_reader *reader = item_reader_new(count_item, &n);
	int r = item_reader_feed(reader, text, strlen(text), &used);

	if (!r)
		r = item_reader_end(reader);
	if (r < 0)
		log_error("--payload: %s", item_reader_error(reader));
	else if (!n)
		log_error("--payload: it is empty");
	item_reader_free(reader);
	return r < 0 || !n ? EX_DATAERR : 0;
}

static int check_file(const char *name)
{
	struct stat st;

	if (access(name, R_OK) || stat(name, &st))
		return cannot_read(name, errno);
	return S_ISDIR(st.st_mode) ? cannot_read(name, EISDIR) : 0;
}

/* One that is closed has been replaced by a descriptor that cannot be read, see main(). */
static int check_stdin(void)
{
	int flags = fcntl(STDIN_FILENO, F_GETFL);

	return flags < 0 || (flags & O_ACCMODE) == O_WRONLY ? cannot_read("standard input", EBADF) :
							      0;
}

static int check(const struct input_source *s)
{
	switch (s->kind) {
	case SOURCE_PAYLOAD:
		return check_payload(s->text);
	case SOURCE_FILE:
		return check_file(s->text);
	case SOURCE_STDIN:
		break;
	}
	return check_stdin();
}

static int check_lines(const char *name)
{
	struct lines *l = lines_new(name, NULL, NULL);

	if (!l)
		log_error("--lines: '%s' is not the name of an XML element, nor {URI}NAME", name);
	lines_free(l);
	return l ? 0 : EX_USAGE;
}

/* One source after the other */

static int on_item(const struct in_item *item, void *data)
{
	struct input *in = data;
	int r = in->handler->item(item, source(in), in->data);

	if (r == 1)
		in->paused = true;
	return r;
}

static void close_source(struct input *in)
{
	ev_io_stop(in->loop, &in->io);
	if (in->fd > STDIN_FILENO)
		close(in->fd);
	in->fd = -1;
	item_reader_free(in->reader);
	lines_free(in->lines);
	in->reader = NULL;
	in->lines = NULL;
	in->left = 0;
}

static int open_source(struct input *in)
{
	const struct input_source *s = source(in);

	in->eof = s->kind == SOURCE_PAYLOAD;
	if (in->lines_name && s->kind != SOURCE_PAYLOAD)
		in->lines = lines_new(in->lines_name, on_item, in);
	else
		in->reader = item_reader_new(on_item, in);
	if (s->kind == SOURCE_PAYLOAD) {
		in->from = s->text;
		in->left = strlen(s->text);
	} else if (s->kind == SOURCE_STDIN) {
		in->fd = STDIN_FILENO;
	} else {
		in->fd = open(s->text, O_RDONLY | O_CLOEXEC);
		if (in->fd < 0)
			return cannot_read(s->text, errno);
	}
	if (in->fd >= 0)
		ev_io_set(&in->io, in->fd, EV_READ);
	return 0;
}

static int malformed(const struct input *in)
{
	const char *text = in->lines ? lines_error(in->lines) : item_reader_error(in->reader);

	if (source(in)->kind == SOURCE_FILE)
		log_error("malformed input in '%s': %s", source(in)->text, text);
	else
		log_error("malformed input: %s", text);
	return EX_DATAERR;
}

/* 0, or an exit code. Pauses may come in between. */
static int hand_out(struct input *in)
{
	size_t used = 0;
	int r;

	if (in->left) {
		r = in->lines ? lines_feed(in->lines, in->from, in->left, &used) :
				item_reader_feed(in->reader, in->from, in->left, &used);
		in->from += used;
		in->left -= used;
	} else {
		r = in->lines ? lines_end(in->lines) : item_reader_end(in->reader);
		if (r >= 0) {
			close_source(in);
			in->current++;
		}
	}
	if (r == -EBADMSG)
		return malformed(in);
	return r < 0 ? EX_DATAERR : 0;
}

static void finish(struct input *in, int code)
{
	input_stop(in);
	in->handler->ended(code, in->data);
}

/* Goes on as far as it can without waiting. */
static void step(struct input *in)
{
	int code = 0;

	while (!code && !in->paused && !in->stopped && in->current < in->count) {
		if (!in->reader && !in->lines)
			code = open_source(in);
		else if (in->left || in->eof)
			code = hand_out(in);
		else
			break;
	}
	if (in->stopped)
		return;
	if (code) {
		finish(in, code);
	} else if (in->current == in->count && !in->paused) {
		finish(in, 0);
	} else {
		if (in->fd >= 0 && !in->paused && !in->left)
			ev_io_start(in->loop, &in->io);
		else
			ev_io_stop(in->loop, &in->io);
		in->handler->rest(in->data);
	}
}

static void on_readable(struct ev_loop *loop, ev_io *w, int events)
{
	struct input *in = w->data;
	ssize_t n;

	(void)loop;
	if (events & EV_ERROR)
		errno = EBADF;
	n = events & EV_ERROR ? -1 : read(in->fd, in->buf, BUFFER);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n < 0) {
		finish(in, cannot_read(in->fd == STDIN_FILENO ? "standard input" : source(in)->text,
				       errno));
		return;
	}
	in->from = in->buf;
	in->left = (size_t)n;
	in->eof = n == 0;
	step(in);
}

struct input *input_new(const struct input_source *sources, size_t count, const char *lines,
			const struct input_handler *handler, void *data, int *ret_code)
{
	struct input *in;
	int code = lines ? check_lines(lines) : 0;

	for (size_t i = 0; !code && i < count; i++)
		code = check(&sources[i]);
	if (code) {
		*ret_code = code;
		return NULL;
	}
	in = mem_zalloc(sizeof(*in));
	in->sources = sources;
	in->count = count;
	in->lines_name = lines;
	in->handler = handler;
	in->data = data;
	in->fd = -1;
	in->buf = mem_alloc(BUFFER);
	ev_init(&in->io, on_readable);
	in->io.data = in;
	return in;
}

void input_free(struct input *in)
{
	if (!in)
		return;
	if (in->loop)
		close_source(in);
	free(in->buf);
	free(in);
}

void input_start(struct input *in, struct ev_loop *loop)
{
	in->loop = loop;
	step(in);
}

void input_resume(struct input *in)
{
	if (!in->paused || in->stopped)
		return;
	in->paused = false;
	step(in);
}

void input_stop(struct input *in)
{
	in->stopped = true;
	if (in->loop)
		ev_io_stop(in->loop, &in->io);
}
