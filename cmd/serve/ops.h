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
#define OP_AUTOCREATE (1u << 1)	/* ... or is created, where that is on */
#define OP_WRITES (1u << 2)	/* changes the store */

struct op {
	const char *type, *ns, *element;
	enum priv priv;
	unsigned flags;
	/*
	 * Behind "http://jabber.org/protocol/pubsub#"; NULL: advertised with another operation or
	 * elsewhere.
	 */
	const char *feature;
	/*
	 * An element that may follow, and the feature that it takes, which there is not; NULL: it
	 * is passed over.
	 */
	const char *companion, *companion_feature;
	/*
	 * NULL: a request that is known and not offered: it is answered with the feature that is
	 * missing.
	 */
	int (*handler)(struct request *r);
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
int op_items(struct request *r);
int op_subscribe(struct request *r);	/* op_sub.c */
int op_unsubscribe(struct request *r);

#endif
