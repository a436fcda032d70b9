/* SPDX-License-Identifier: MIT */
#include "common/xmpp/sendq.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#ifdef __linux__
#include <linux/sockios.h>
#endif

#if defined(SIOCOUTQNSD) && defined(TCP_NOTSENT_LOWAT)

size_t sendq_left(int fd)
{
	int bytes = 0;

	return ioctl(fd, SIOCOUTQNSD, &bytes) < 0 || bytes < 0 ? 0 : (size_t)bytes;
}

void sendq_wake(int fd, size_t come, size_t left)
{
	/* Who waits is woken at half of the second. 0: as everywhere on the system. */
	int least = come ? (int)come : 1, most = 2 * (int)left;

	setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &least, sizeof(least));
	setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most, sizeof(most));
}

#else

size_t sendq_left(int fd)
{
	(void)fd;
	return 0;
}

void sendq_wake(int fd, size_t come, size_t left)
{
	(void)fd;
	(void)come;
	(void)left;
}

#endif
