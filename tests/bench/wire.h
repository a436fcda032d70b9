/* SPDX-License-Identifier: MIT */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

/*
 * A stream to a server on loopback, with as little between it and the socket as there can be.
 *
 * What arrives is cut into stanzas without being parsed; what is sent is sent as it stands. Trouble
 * of any kind ends the program with a message.
 */
#include <stdbool.h>
#include <stddef.h>

#include "common/base/str.h"

struct wire;

struct wire_to {
	const char *port;
	const char *name;   /* a component's domain, or an account's bare JID with its resource */
	const char *secret; /* or its password */
	bool account;	    /* STARTTLS and SASL PLAIN; nobody looks at the certificate */
};

/* Connects and logs in. */
struct wire *wire_open(const struct wire_to *to);
void wire_free(struct wire *w);

/* The next whole stanza that has arrived, valid until the next call; NULL: none yet. */
const char *wire_next(struct wire *w, size_t *ret_len);
/* Sends what it can of @len bytes; returns how many. */
size_t wire_send(struct wire *w, const char *p, size_t len);
/* Encrypted: what is sent is best handed over in pieces of a TLS record. */
bool wire_is_secured(const struct wire *w);
/* The same for several pieces. Not where it is encrypted. */
struct iovec;
size_t wire_send_all(struct wire *w, const struct iovec *pieces, int n);
/*
 * Waits until something has arrived, or until there is room to send, if that is @wanted. False:
 * nothing has happened for @seconds.
 */
bool wire_wait(struct wire *w, bool wanted, double seconds);

/* The value of an attribute of the stanza's first tag; false: it has none. */
bool wire_attr(const char *stanza, size_t len, const char *name, struct str *ret);
/* Does it begin with this element's name? */
bool wire_is(const char *stanza, const char *name);

void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* Seconds by a clock that nobody sets. */
double now(void);

#endif
