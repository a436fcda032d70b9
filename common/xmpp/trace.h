/* SPDX-License-Identifier: MIT */
#ifndef XMPP_TRACE_H
#define XMPP_TRACE_H

/*
 * --trace: what goes over the stream, on standard error, a line each; "SENT" and "RECV" in front.
 * What could hold a secret (SASL exchanges, the component handshake) is blanked. Line ends and
 * control characters are escaped.
 */
#include <stddef.h>

#include <strophe.h>

void trace_sent(const char *xml, size_t len);
/* As built by libstrophe behind the tap; payloads appear as the peer wrote them. */
void trace_received(xmpp_stanza_t *stanza);
/* A log line of libstrophe's during login. */
void trace_login(const char *message);

#endif
