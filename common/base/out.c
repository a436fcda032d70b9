/* SPDX-License-Identifier: MIT */
#include "common/base/out.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#define LOOK_AGAIN 1000 /* ms; a signal cuts it short, but for one that comes just before */

/*
 * The descriptor is others' too, so it stays blocking. A pipe that poll(2) calls writable takes
 * PIPE_BUF bytes without waiting.
 */
int out_write(int fd, const char *p, size_t len, bool (*stop)(void))
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };

	while (len) {
		ssize_t n = 0;
		bool stopping = stop && stop();
		int ready = poll(&pfd, 1, stopping ? 0 : LOOK_AGAIN);

		if (ready > 0)
			n = write(fd, p, len < PIPE_BUF ? len : PIPE_BUF);
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		} else if ((ready < 0 || n < 0) && errno != EINTR && errno != EAGAIN) {
			return -errno;
		} else if (stopping) {
			return -EINTR;
		}
	}
	return 0;
}
