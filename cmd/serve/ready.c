/* SPDX-License-Identifier: MIT */
#include "cmd/serve/ready.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/base/auto.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/parse.h"

void ready_fd(int fd)
{
	static const char text[] = "READY=1\n";

	if (fd < 0)
		return;
	if (write(fd, text, sizeof(text) - 1) != (ssize_t)sizeof(text) - 1)
		log_warn("cannot write to descriptor %d: %s", fd, strerror(errno));
	if (fd > STDERR_FILENO)
		close(fd);
}

void ready_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = path ? strlen(path) : 0;
	int fd;

	if (!len || len >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, path, len);
	if (path[0] == '@')
		to.sun_path[0] = '\0'; /* Linux' abstract namespace */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0)
		log_warn("cannot tell the service manager '%s': %s", state, strerror(errno));
	close(fd);
}

void ready_reloading(void)
{
	AUTO_FREE char *state = NULL;
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	state = mem_printf("RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
			   (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000);
	ready_notify(state);
}

double ready_watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	uint64_t n;

	/* Those of a parent are not ours. */
	if (pid && (parse_uint(pid, 1, INT32_MAX, &n) < 0 || (pid_t)n != getpid()))
		return 0.;
	if (!usec || parse_uint(usec, 1, INT64_MAX, &n) < 0)
		return 0.;
	return (double)n / 1e6;
}
