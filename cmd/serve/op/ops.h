/* SPDX-License-Identifier: MIT */
#ifndef SERVE_OPS_H
#define SERVE_OPS_H

/*
 * The operation table: every request that the service knows.
 *
 * A handler finds the node loaded and the privilege checked; it parses its element, changes the
 * store, adds events and fills r->result. It returns PS_OK, an error to be answered, or a negative
 * errno.
 */
#include "cmd/serve/access.h"

struct request;

#define OP_NODE (1u << 0)	/* works on a node, which must be named and exist */
#define OP_ROOT (1u << 1)	/* ... or on the root collection, where none is named */
#define OP_AUTOCREATE (1u << 2)	/* ... or is created, where that is on */
#define OP_WRITES (1u << 3)	/* changes the store */
#define OP_FORM_OPTIONAL (1u << 4) /* without its feature the companion is passed over (CREATE-16) */

/*
 * Features are behind "http://jabber.org/protocol/pubsub#", unless they have a ':' in them. Who has
 * no feature of its own is advertised with another operation or elsewhere. Where one is off, the
 * operation answers so.
 */
struct op {
	const char *type, *ns, *element;
	enum priv priv;
	unsigned flags;
	const char *feature;
	int (*handler)(struct request *r);
	const char *also;		/* another feature that it takes; looked at first */
	const char *companion;		/* an element that may follow, and the feature that it takes */
	const char *companion_feature;
	const char *leaf;		/* what is missing for it at collections; NULL: nothing */
};

extern const struct op ops[]; /* ends with a row whose type is NULL */

/* NULL: there is no such operation. */
const struct op *op_find(const char *type, const char *ns, const char *element);
/* Are there operations in this namespace? */
bool op_namespace(const char *ns);

int op_create(struct request *r);	/* op_node.c */
int op_delete(struct request *r);
int op_purge(struct request *r);
int op_publish(struct request *r);	/* op_item.c */
int op_retract(struct request *r);
int op_items(struct request *r);	/* op_items.c */
int op_subscribe(struct request *r);	/* op_sub.c */
int op_unsubscribe(struct request *r);
int op_options_get(struct request *r);	/* op_options.c */
int op_options_set(struct request *r);
int op_default_options(struct request *r);
int op_configure_get(struct request *r); /* op_config.c */
int op_configure_set(struct request *r);
int op_default(struct request *r);
int op_collection(struct request *r); /* op_collection.c */
int op_subscriptions(struct request *r); /* op_subs.c */
int op_subscriptions_get(struct request *r);
int op_subscriptions_set(struct request *r);
int op_affiliations(struct request *r);	/* op_affil.c */
int op_affiliations_get(struct request *r);
int op_affiliations_set(struct request *r);

#endif
