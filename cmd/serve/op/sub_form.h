/* SPDX-License-Identifier: MIT */
#ifndef SERVE_SUB_FORM_H
#define SERVE_SUB_FORM_H

/*
 * The options of a subscription as data forms, shown and submitted (XEP-0060 sections 6.3, 6.4 and
 * 16.4.2), all from the field table.
 */
#include <stdbool.h>

#include <strophe.h>

#include "common/xmpp/form.h"

struct node;
struct request;
struct str;
struct sub_options;

#define FORM_SUBSCRIBE_OPTIONS "http://jabber.org/protocol/pubsub#subscribe_options"

/*
 * The form of those options that make sense at @n, with the values of @options. @n with id 0: the
 * root collection; NULL: any leaf node.
 */
int sub_form_render(struct request *r, struct str *out, enum form_type type, const struct node *n,
		    const struct sub_options *options);

/*
 * The submitted form in @parent, applied to @options; what it does not name stays. Known options are
 * accepted also where they are not offered, and then mean nothing. PS_OK also where it is cancelled
 * (then *ret_given is false). PS_BAD_REQUEST: there is no submitted form; PS_INVALID_OPTIONS: a
 * value or what several make together; r->text says why where that is not plain. Leases are
 * shortened to what the service grants (IMPL-04).
 */
int sub_form_apply(struct request *r, xmpp_stanza_t *parent, struct sub_options *options,
		   bool *ret_given);

#endif
