/* SPDX-License-Identifier: MIT */
#ifndef SERVE_FEATURES_H
#define SERVE_FEATURES_H

/*
 * What the service offers, as disco#info lists it (XEP-0060 section 10): the features of the
 * operation table, of the field tables, and those of a table of their own, without what --disable
 * has switched off and what cannot work as the service runs.
 *
 * A name without ':' is of "http://jabber.org/protocol/pubsub#".
 */
#include <stdbool.h>

#include "common/pubsub/vocab.h"

struct config;
struct field;

/* Is it offered? What no table has is not. */
bool feature_on(const struct config *c, const char *name);
/* Is there such a feature at all, and may it be switched off? With or without the namespace. */
bool feature_known(const char *name);
/* A known name like it, or NULL. */
const char *feature_nearest(const char *name);

/* Each feature on, once, as it stands on the wire. */
typedef void feature_fn(const char *var, void *data);
void features_each(const struct config *c, feature_fn *fn, void *data);

/* Can a node have this access model here? */
bool feature_access(const struct config *c, enum access_model model);
/* Can somebody be given this affiliation? *ret_feature: what that takes. */
bool feature_affiliation(const struct config *c, enum affiliation a, const char **ret_feature);
/* Is the setting offered? */
bool feature_field(const struct config *c, const struct field *f);

#endif
