/* SPDX-License-Identifier: MIT */
#ifndef XMPP_SENDQ_H
#define XMPP_SENDQ_H

/*
 * What has been written to a TCP socket, and the peer has no room for yet: all of it is taken before
 * what is written next.
 */
#include <stddef.h>

/* That is a lot, and little. */
#define SENDQ_HIGH ((size_t)128 * 1024)
#define SENDQ_LOW (SENDQ_HIGH / 2)

/* Bytes; 0 also where the system does not tell. */
size_t sendq_left(int fd);
/*
 * The socket is readable only once so many bytes have come, or the end; and writable once no more
 * than so many are left, up to when it takes no more than twice that. 0: as usual.
 */
void sendq_wake(int fd, size_t come, size_t left);

#endif
