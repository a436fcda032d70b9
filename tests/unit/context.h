/* SPDX-License-Identifier: MIT */
#ifndef CONTEXT_H
#define CONTEXT_H

/* libstrophe's context, for all tests of a program: what cmocka calls before them and after. */
#include <strophe.h>

static xmpp_ctx_t *ctx;

static inline int context_start(void **state)
{
	(void)state;
	xmpp_initialize();
	ctx = xmpp_ctx_new(NULL, NULL);
	return !ctx;
}

static inline int context_stop(void **state)
{
	(void)state;
	xmpp_ctx_free(ctx);
	xmpp_shutdown();
	return 0;
}

#endif
