/* SPDX-License-Identifier: MIT */
#ifndef SERVE_NODE_FORM_H
#define SERVE_NODE_FORM_H

/*
 * The settings of a node as data forms: shown, submitted, compared (XEP-0060 sections 8.1.3, 8.2,
 * 8.3, 7.1.5 and 5.4), all from the field table.
 */
#include <stdbool.h>

#include <strophe.h>

#include "common/xmpp/form.h"

struct config;
struct field;
struct links;
struct node;
struct node_config;
struct request;
struct service;
struct str;

#define FORM_NODE_CONFIG "http://jabber.org/protocol/pubsub#node_config"
#define FORM_PUBLISH_OPTIONS "http://jabber.org/protocol/pubsub#publish-options"
#define FORM_META_DATA "http://jabber.org/protocol/pubsub#meta-data"

/*
 * The form of settings with the values of @config. FORM_FORM is for an owner to fill in; FORM_RESULT
 * is for subscribers and leaves out what is private. @node: whose links are shown; NULL: none. 0 or
 * a negative errno.
 */
int node_form_render(struct service *s, struct str *out, enum form_type type,
		     const struct node *node, const struct node_config *config);
/* One field, with its options and datatype where @full. */
void node_form_field(const struct config *c, struct str *out, const struct field *f,
		     const void *base, bool full);

/*
 * The form in @parent, which is about settings (FORM_NODE_CONFIG, or no FORM_TYPE), applied to
 * @config; what it does not name stays. PS_OK also where it is cancelled (then *ret_given is false;
 * NULL: not wanted). PS_BAD_REQUEST: no submitted form; PS_NOT_ACCEPTABLE: another FORM_TYPE, or a
 * value; PS_UNSUPPORTED_ACCESS_MODEL; PS_UNSUPPORTED with *ret_detail.
 */
int node_form_apply(struct service *s, xmpp_stanza_t *parent, struct node_config *config,
		    bool *ret_given, char **ret_detail);
/*
 * For a node to be made: @parent may hold no form. With FORM_PUBLISH_OPTIONS it must, and
 * PS_PRECONDITION is a field that is unknown, or none of that type of node.
 */
int node_form_create(struct service *s, xmpp_stanza_t *parent, const char *form_type,
		     struct node_config *config, char **ret_detail);
/*
 * What the submitted form in @parent says of the node's links, which the functions above pass over;
 * nothing where there is no such form. Release it with links_release(). PS_OK or PS_BAD_REQUEST.
 */
int node_form_links(struct service *s, xmpp_stanza_t *parent, struct links *ret);
/* POPT-03 to POPT-06, POPT-09. PS_OK, PS_PRECONDITION or PS_BAD_REQUEST. */
int node_form_compare(struct service *s, xmpp_stanza_t *parent, const struct node *node);

#endif
