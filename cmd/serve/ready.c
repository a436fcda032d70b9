/* SPDX-License-Identifier: MIT */
#include "cmd/serve/ready.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/log.h"

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
