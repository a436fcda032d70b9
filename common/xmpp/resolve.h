/* SPDX-License-Identifier: MIT */
#ifndef XMPP_RESOLVE_H
#define XMPP_RESOLVE_H

/*
 * Where to connect: DNS SRV (RFC 6120 section 3.2.1), then addresses.
 *
 * Names are given in Unicode or as A-labels (RFC 5890); the DNS is asked for A-labels.
 *
 * The system's resolver blocks, for half a minute where no name server answers. So names are looked
 * up in a thread, and the loop is woken when it is done.
 */
#include <stdbool.h>
#include <stddef.h>

#include <ev.h>

struct endpoint {
	char address[64]; /* numeric, IPv6 without brackets */
	unsigned short port;
};

struct endpoints {
	struct endpoint *list;
	size_t count;
};

/* Beside the errors of getaddrinfo(), which are negative. */
enum {
	RESOLVE_NO_SERVICE = 1, /* the SRV record says that there is none (RFC 2782: target ".") */
	RESOLVE_NO_TARGET, /* there are SRV records, but the hosts that they name do not exist */
};

/* What @error says, one of these or of getaddrinfo()'s; errno is looked at for EAI_SYSTEM. */
const char *resolve_strerror(int error);

/*
 * All addresses of @host at @port, in the order in which they should be tried. Appends to @ret.
 * Returns 0 or a getaddrinfo() error; EAI_AGAIN: nobody has answered. A name below "invalid" is
 * never asked for (RFC 6761 section 6.4).
 */
int resolve_host(const char *host, unsigned short port, struct endpoints *ret);
/*
 * By the SRV records of _SERVICE._tcp.@domain, ordered by priority and weight. Returns 0 with
 * nothing appended where there are none or nobody has answered; an error where there are some but
 * they lead nowhere: EAI_AGAIN where that may be otherwise later.
 */
int resolve_srv(const char *service, const char *domain, struct endpoints *ret);
void endpoints_release(struct endpoints *e);

struct lookup;

/*
 * Starts to look @host up, or, where @service is not NULL, the SRV records of the domain @host
 * first. @wake is sent to when it is done. No environment variable may change until then.
 */
struct lookup *lookup_start(const char *service, const char *host, unsigned short port,
			    struct ev_loop *loop, ev_async *wake);
bool lookup_is_done(struct lookup *l);
/* Once it is done: hands over what was found (the caller's to release), frees @l. Returns 0 or an
 * error, with errno set for EAI_SYSTEM. */
int lookup_take(struct lookup *l, struct endpoints *ret);
/* Forgets about it, done or not; NULL is fine. @wake is not used any more. */
void lookup_abandon(struct lookup *l);

#endif
