/* SPDX-License-Identifier: MIT */
#ifndef XMPP_OUTLET_H
#define XMPP_OUTLET_H

/*
 * Text for a socket that we write to ourselves: what there is no room for waits, in order. A socket
 * that fails takes nothing any more; whoever reads from it learns that.
 */
#include <stddef.h>

#include "common/base/str.h"

/* Zero-initialised: nothing waits. */
struct outlet {
	struct str rest; /* what waits, ... */
	size_t gone;	 /* ... but for so much of it, which has gone */
};

/* @text, and behind it the first @more bytes of @behind. */
void outlet_send(struct outlet *o, int fd, const char *text, size_t len, const char *behind,
		 size_t more);
/* As much of what waits as there is room for. */
void outlet_flush(struct outlet *o, int fd);
/* Bytes. */
size_t outlet_waiting(const struct outlet *o);
/* Nothing waits any more. */
void outlet_reset(struct outlet *o);
void outlet_release(struct outlet *o);

#endif
