/* SPDX-License-Identifier: MIT */
#ifndef XMPP_JID_H
#define XMPP_JID_H

/*
 * Addresses (RFC 6122): local@domain/resource.
 *
 * jid_prep() makes the form in which JIDs are compared and stored: nodeprep, nameprep and
 * resourceprep have been applied, so local part and domain ignore case and the resource does not.
 */
#include <stdbool.h>
#include <stddef.h>

/* The normal form, to be freed by the caller; NULL where @jid is none. */
char *jid_prep(const char *jid);
/* Resourceprep alone, as NodeIDs SHOULD pass (XEP-0060 section 4.6): NULL where it refuses. */
char *jid_prep_resource(const char *text);

/* Parts of a JID that jid_prep() made. */
size_t jid_bare_len(const char *jid);
/* Behind the '/', or NULL. */
const char *jid_resource(const char *jid);
/* The domain, *ret_len bytes of it. */
const char *jid_domain(const char *jid, size_t *ret_len);
/* Is that the @len bytes at @domain? */
bool jid_is_at(const char *jid, const char *domain, size_t len);
bool jid_has_local(const char *jid);
/* New strings: what is in front of the '@', "" where there is none; and all in front of the '/'. */
char *jid_local(const char *jid);
char *jid_bare(const char *jid);
bool jid_same_bare(const char *a, const char *b);
/*
 * The A-labels (RFC 5890) by which the DNS and certificates know @domain; a name that has none as
 * it is. Owned by the caller.
 */
char *domain_to_ascii(const char *domain);

#endif
