/* SPDX-License-Identifier: MIT */
#include "common/base/reader.h"

#include <poll.h>
#include <sys/stat.h>

static void on_event(struct ev_loop *loop, ev_io *w, int events)
{
	struct reader *r = w->data;
	struct pollfd pfd = { .fd = w->fd };

	(void)events;
	ev_io_stop(loop, w); /* data to read on a socket is none of our business */
	if (poll(&pfd, 1, 0) > 0 && pfd.revents & (POLLERR | POLLHUP | POLLNVAL))
		r->gone(r->data);
}

void reader_watch(struct reader *r, struct ev_loop *loop, int fd, void (*gone)(void *data),
		  void *data)
{
	struct stat st;

	r->gone = gone;
	r->data = data;
	ev_io_init(&r->io, on_event, fd, EV_READ);
	r->io.data = r;
	if (!fstat(fd, &st) && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)))
		ev_io_start(loop, &r->io);
}

void reader_unwatch(struct reader *r, struct ev_loop *loop)
{
	ev_io_stop(loop, &r->io);
}
