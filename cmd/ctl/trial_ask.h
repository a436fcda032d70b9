/* SPDX-License-Identifier: MIT */
#ifndef CTL_TRIAL_ASK_H
#define CTL_TRIAL_ASK_H

/*
 * What trials are made of: requests of which it only matters whether they succeed. All of them are
 * false, and nothing is sent any more, once doctor.code is set: the session has ended.
 */
#include <stdbool.h>

#include "cmd/ctl/doctor.h"
#include "common/xmpp/ns.h"

struct str;

#define NODE_CONFIG NS_PUBSUB "#node_config"

/* A result? *ret_reply (NULL: not wanted) is set only then. */
bool trial_done(struct doctor *d, const char *type, const struct str *xml,
		xmpp_stanza_t **ret_reply);
/* Does what probe_expect() was told come in time? */
bool trial_arrives(struct doctor *d);
/* One item or, with @id2, two in one request; @options: a form, or NULL. */
bool trial_publish(struct doctor *d, const char *node, const char *options, const char *id,
		   const char *id2);
/*
 * The ids of the items that are stored, each with its payload, for strings_free(); of the first
 * page of @page items (0: as many as come). *ret_paged (may be NULL): the service knows pages.
 */
char **trial_items(struct doctor *d, unsigned page, bool *ret_paged);
bool trial_has_item(struct doctor *d, const char *id);
bool trial_delete_node(struct doctor *d, const char *node);
/* A form of one field, to be submitted. */
void trial_form(struct str *out, const char *form_type, const char *var, const char *value);
bool trial_configure(struct doctor *d, const char *node, const char *var, const char *value);
/* Has the node this setting? */
bool trial_is_configured(struct doctor *d, const char *node, const char *var, const char *value);
/* A node beside the one of the probe, for the time of @create: it goes, whatever comes. */
bool trial_at_other_node(struct doctor *d, const char *var, const char *value,
			 bool (*create)(struct doctor *d, const char *node, const char *var,
					const char *value));

#endif
