/* SPDX-License-Identifier: MIT */
#ifndef SERVE_COLLECTION_H
#define SERVE_COLLECTION_H

/*
 * Which nodes are in which collections (XEP-0248): a graph without cycles under the root, which
 * holds all that is in nothing else.
 *
 * A collection's policy says who may add nodes to it; its owners and those of the node may take the
 * node out again. A node that somebody else than its owners adds keeps its place at the root, if it
 * had it. Whoever subscribes to a collection hears of what comes and goes.
 */
#include <stdbool.h>
#include <stdint.h>

struct node;
struct request;
struct store;

#define COLLECTION_LEVELS 32	/* edges between the root's nodes and the lowest */
#define COLLECTION_PARENTS 64	/* of one node */
#define COLLECTION_CHILDREN 2048 /* of one collection: what a form can hold */

/* Of one node, by their names; "" is the root. */
struct links {
	bool has_parents, has_children;	/* else nothing is said of them */
	char **parents, **children;
};
void links_release(struct links *l);
/* As they are. 0 or a negative errno. */
int links_load(struct store *s, const struct node *n, struct links *ret);

/*
 * Links of r->node become what @wanted says (pubsub#collection, pubsub#children). With @created it
 * is new: that is told instead of how it came into its collections (X0248-35).
 *
 * PS_OK or a negative errno; PS_FORBIDDEN, PS_NOT_ALLOWED: it may not make a collection
 * (--create-collections); PS_ITEM_NOT_FOUND: a name; PS_FORBIDDEN_HERE: the collection's policy;
 * PS_INVALID_LINK: a leaf with children, or a cycle; PS_NOT_ALLOWED: too deep;
 * PS_MAX_NODES_EXCEEDED: too many parents or children; PS_UNSUPPORTED with r->detail: several
 * parents.
 */
int collection_arrange(struct request *r, const struct links *wanted, bool created);

/* The node named @child into r->node, or out of it: the same, or PS_BAD_REQUEST: it is not there. */
int collection_associate(struct request *r, const char *child);
int collection_dissociate(struct request *r, const char *child);

/*
 * r->node with these settings was of that type before: of a leaf that becomes a collection, the
 * items go (X0248-18). PS_INVALID_LINK: not the other way round (X0248-17); or as above.
 */
int collection_retype(struct request *r, bool was_collection);

/*
 * r->node goes: to be called around its deletion. What is in nothing else is at the root then
 * (X0248-41).
 */
int collection_orphans(struct request *r, char ***ret_names);
int collection_adopt(struct request *r, char *const *names);

/*
 * Into r->result: the items of the leaves in r->node that the requester may read (X0248-38), with
 * @newest at most so many of each (0: all); of a leaf that is too large, the newest. Pages are of
 * leaves, by their names. PS_OK, PS_ITEM_NOT_FOUND, PS_UNSUPPORTED (single items) or a negative
 * errno. collection_items.c
 */
struct rsm_request;
int collection_items(struct request *r, const struct rsm_request *rsm, uint64_t newest);

/*
 * @options for a subscription of @jid at a collection. PS_CONFLICT: another one, other than @key,
 * is the same but for its depth (X0248-31).
 */
struct sub_options;
int collection_check_options(struct request *r, const struct node *n, const char *jid, int64_t key,
			     const struct sub_options *options);

#endif
