/* SPDX-License-Identifier: MIT */
#ifndef XMPP_FAILURE_H
#define XMPP_FAILURE_H

/*
 * Why a login or a connection failed: exit code, whether to try again, a sentence.
 */
#include <stdbool.h>

#include <strophe.h>

struct link_failure;
struct session_params;

void failure_set(struct link_failure *f, int code, bool final, const char *text);
/* By the <stream:error/> that the server has ended the stream with; before or after login (@up). */
void failure_by_stream_error(struct link_failure *f, xmpp_stanza_t *error, bool up, bool component);
/* By OpenSSL's @complaint about the server's certificate. */
void failure_by_certificate(struct link_failure *f, const char *complaint);
/* By the condition of a SASL failure. */
void failure_by_sasl(struct link_failure *f, const char *condition,
		     const struct session_params *params);

#endif
