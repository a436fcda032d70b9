/* SPDX-License-Identifier: MIT */
#ifndef SERVE_FORGED_H
#define SERVE_FORGED_H

/*
 * Ids that others made up in the service's name (XEP-0359 section 3, rule 2).
 */
#include <stdbool.h>

struct tap_payload;

/* Is the payload, all of it, a <stanza-id/> by @jid? */
bool forged_id(const struct tap_payload *payload, const char *jid);

#endif
