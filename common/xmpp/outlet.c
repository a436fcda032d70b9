/* SPDX-License-Identifier: MIT */
#include "common/xmpp/outlet.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* So much of both has gone. */
static size_t send_now(int fd, const char *text, size_t len, const char *behind, size_t more)
{
	struct iovec pieces[] = { { (char *)text, len }, { (char *)behind, more } };
	const struct msghdr all = { .msg_iov = pieces, .msg_iovlen = 2 };
	ssize_t n = sendmsg(fd, &all, MSG_DONTWAIT | MSG_NOSIGNAL);

	return n < 0 ? 0 : (size_t)n;
}

/*
 * What has gone makes room. A peer that is slower than we are may never let all of it go; each byte
 * is moved at most once for another one that has gone.
 */
static void close_up(struct outlet *o)
{
	size_t left = outlet_waiting(o);

	if (!o->gone || o->gone < left)
		return;
	memmove(o->rest.p, o->rest.p + o->gone, left);
	o->rest.len = left;
	o->gone = 0;
}

void outlet_send(struct outlet *o, int fd, const char *text, size_t len, const char *behind,
		 size_t more)
{
	size_t n = o->rest.len ? 0 : send_now(fd, text, len, behind, more);

	close_up(o);
	if (n < len)
		str_add(&o->rest, text + n, len - n);
	n = n > len ? n - len : 0;
	str_add(&o->rest, behind + n, more - n);
}

void outlet_flush(struct outlet *o, int fd)
{
	size_t left = outlet_waiting(o);

	if (!left)
		return;
	o->gone += send_now(fd, o->rest.p + o->gone, left, NULL, 0);
	if (!outlet_waiting(o))
		outlet_reset(o);
}

size_t outlet_waiting(const struct outlet *o)
{
	return o->rest.len - o->gone;
}

void outlet_reset(struct outlet *o)
{
	str_reset(&o->rest);
	o->gone = 0;
}

void outlet_release(struct outlet *o)
{
	str_release(&o->rest);
	o->gone = 0;
}
