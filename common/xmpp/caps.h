/* SPDX-License-Identifier: MIT */
#ifndef XMPP_CAPS_H
#define XMPP_CAPS_H

/*
 * Entity capabilities (XEP-0115): what an answer to disco#info says, and the verification string
 * that stands for it in presence.
 */
#include <stdbool.h>
#include <stddef.h>

#include <strophe.h>

struct form_in;
struct str;

/* The hash function that is understood and used, the one that all must know. */
#define CAPS_HASH "sha-1"

/* Of one answer; more is refused. */
#define CAPS_MAX_IDENTITIES 64
#define CAPS_MAX_FEATURES 1024
#define CAPS_MAX_FORMS 16

struct caps_identity {
	const char *category, *type, *lang, *name;	/* "" where missing */
};

/* Arrays in any order. */
struct caps_info {
	size_t n_identities, n_features, n_forms;
	struct caps_identity *identities;
	const char **features;
	struct form_in *forms;	/* extended information (XEP-0128); each with its form_type */
	bool ill_formed;	/* never to be cached for others: section 5.4 */
};

/*
 * What a disco#info <query/> says, borrowed from it; release it with caps_info_release(). Forms
 * without a hidden FORM_TYPE, and forms that submit or cancel, are left out. Where an identity, a
 * feature or a FORM_TYPE is there twice, or a form or a feature is none, it is ill-formed; the rest
 * may do for the sender alone.
 *
 * 0, or -EINVAL: no such element, or too large.
 */
int caps_parse(xmpp_stanza_t *query, struct caps_info *ret);
void caps_info_release(struct caps_info *info);

/* Is @feature among them? */
bool caps_has(const struct caps_info *info, const char *feature);

#define CAPS_VER_SIZE 29

/* The verification string (section 5.1) by SHA-1. */
void caps_ver(const struct caps_info *info, char ret_ver[static CAPS_VER_SIZE]);
/*
 * Is @info what @ver, by the function @hash, stands for? False as well where the function is not
 * known, where it is ill-formed, and where one of them is NULL (the legacy format).
 */
bool caps_verify(const struct caps_info *info, const char *hash, const char *ver);
/* The <c/> for presence; disco#info is then asked for as @node, '#', @ver. */
void caps_render(struct str *out, const char *node, const char *ver);

/*
 * Each NodeID that is wanted, by a feature NodeID+notify (XEP-0060 section 9.2): @len bytes at
 * @node. What @fn returns other than 0 ends the walk and is returned.
 */
int caps_each_notify(const struct caps_info *info,
		     int (*fn)(const char *node, size_t len, void *data), void *data);

#endif
