/* SPDX-License-Identifier: MIT */
#include "cmd/ctl/doc.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cmd/ctl/ctl.h"
#include "cmd/ctl/doc_parse.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"

#define BUFFER (64 * 1024)

AUTO_DEFINE(struct doc_parser *, doc_parser_free);

static void on_readable(struct ev_loop *loop, ev_io *w, int events)
{
	(void)events;
	ev_io_stop(loop, w);
}

/* As read(2), but the session is served while nothing comes. -EINTR: it has ended. */
static ssize_t read_some(struct ctl *c, int fd, char *buf)
{
	ev_io w;
	ssize_t n;

	ev_io_init(&w, on_readable, fd, EV_READ);
	ev_io_start(session_loop(c->session), &w);
	while (ev_is_active(&w) && session_step(c->session)) {
	}
	ev_io_stop(session_loop(c->session), &w);
	if (session_finishing(c->session) || !session_is_up(c->session))
		return -EINTR;
	do
		n = read(fd, buf, BUFFER);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

static int cannot_read(const char *name, int error)
{
	log_error("cannot read %s: %s", name, strerror(error));
	return error == EIO ? EX_IOERR : EX_NOTFOUND;
}

static int parse(struct ctl *c, const char *name, struct doc_parser *p, int fd)
{
	AUTO_FREE char *buf = mem_alloc(BUFFER);
	int code = 0;
	ssize_t n;

	do {
		n = read_some(c, fd, buf);
		if (n == -EINTR)
			return session_finishing(c->session) ? session_code(c->session)
							     : EX_TEMPFAIL;
		if (n < 0)
			return cannot_read(name, (int)-n);
		code = n ? doc_parser_feed(p, buf, (size_t)n) : doc_parser_end(p);
	} while (n > 0 && !code);
	return code;
}

static bool is_stdin(const char *file)
{
	return !file || !strcmp(file, "-");
}

int doc_check(const char *file)
{
	AUTO_FREE char *name = mem_printf("'%s'", file);

	return is_stdin(file) || !access(file, R_OK) ? 0 : cannot_read(name, errno);
}

int doc_read(struct ctl *c, const char *file, const struct doc_handler *h, void *data)
{
	AUTO_FREE char *name =
		is_stdin(file) ? mem_strdup("standard input") : mem_printf("'%s'", file);
	AUTO(doc_parser_free) struct doc_parser *p = doc_parser_new(c, name, h, data);
	int fd = is_stdin(file) ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC), code;

	if (fd < 0)
		return cannot_read(name, errno);
	code = parse(c, name, p, fd);
	if (fd != STDIN_FILENO)
		close(fd);
	return code;
}
