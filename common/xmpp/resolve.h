/* SPDX-License-Identifier: MIT */
#ifndef XMPP_RESOLVE_H
#define XMPP_RESOLVE_H

/*
 * Where to connect: DNS SRV (RFC 6120 section 3.2.1), then addresses. Blocks as long as the
 * system's resolver does.
 */
#include <stdbool.h>
#include <stddef.h>

struct endpoint {
	char address[64]; /* numeric, IPv6 without brackets */
	unsigned short port;
};

struct endpoints {
	struct endpoint *list;
	size_t count;
};

/*
 * All addresses of @host at @port, in the order in which they should be tried. Appends to @ret.
 * Returns 0 or a getaddrinfo() error (gai_strerror()).
 */
int resolve_host(const char *host, unsigned short port, struct endpoints *ret);
/*
 * By the SRV records of _SERVICE._tcp.@domain, ordered by priority and weight. Returns 0 with
 * nothing appended where there are none; -1 where the record says that the service is not offered
 * (target ".").
 */
int resolve_srv(const char *service, const char *domain, struct endpoints *ret);
void endpoints_release(struct endpoints *e);

#endif
