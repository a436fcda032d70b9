/* SPDX-License-Identifier: MIT */
#ifndef SERVE_STORE_H
#define SERVE_STORE_H

/*
 * Nodes, items, subscriptions and affiliations, kept in SQLite (WAL) or in memory.
 *
 * One connection, one thread. All functions return 0 or a negative errno (-EIO and -ENOSPC where
 * SQLite says so, with the reason told by store_error()); -ENOENT and -EEXIST are named where they
 * can come. Nothing is written outside of store_begin() ... store_commit(). After a failed write,
 * what stands half done goes with store_undo() or store_rollback(), not before.
 *
 * Strings handed to callbacks are borrowed for the call. A callback may ask the store anything,
 * also what it is just being told; it must not write, nor begin, mark or end a transaction.
 *
 * Names, ids and JIDs are not empty and are compared byte by byte. JIDs are in normal form
 * (common/xmpp/jid.h); times are milliseconds since 1970, UTC.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/serve/node.h"

struct store;

/*
 * @where: a file's path, "sqlite:PATH" or "memory:". Creates the file (mode 0600, missing parent
 * folders 0700) and the schema; upgrades an older schema; refuses a newer one (-EPROTONOSUPPORT), a
 * file of another program (-EMEDIUMTYPE) and one that another service holds open (-EBUSY). *ret_why
 * gets a sentence on failure (owned by the caller).
 *
 * A process opens a file once: POSIX drops all its locks on a file with the first descriptor that
 * it closes. Others may read the file meanwhile (sqlite3 -readonly); while somebody else writes to
 * it, store_begin() waits a little and then fails (-EBUSY).
 */
int store_open(const char *where, struct store **ret_store, char **ret_why);
void store_close(struct store *s);
/* Is it there after the end of this process? */
bool store_is_lasting(const struct store *s);
/* What SQLite said of the last failure; borrowed. */
const char *store_error(const struct store *s);

/*
 * So many of the versions of items that are replaced or dropped stay in each node's archive from now
 * on; at first none does.
 */
void store_keep_past(struct store *s, int64_t most);

/*
 * One transaction spans many requests; each request stands in a savepoint of its own, so that it
 * can be undone alone. store_commit() makes everything durable (fsync) or fails as a whole, and is
 * then rolled back.
 */
int store_begin(struct store *s);
int store_commit(struct store *s);
/* Also where there is nothing left to roll back. */
void store_rollback(struct store *s);
/*
 * False also when SQLite has rolled back by itself (no space, I/O error). All since store_begin()
 * is gone then, and each function fails with the same error until store_rollback() has ended it, or
 * store_commit(), which fails as well.
 */
bool store_in_transaction(const struct store *s);
int store_savepoint(struct store *s);
int store_release(struct store *s);
void store_undo(struct store *s); /* back to the savepoint, and drops it */

/* What has times in it; of each the first is told by the function named. */
enum store_times {
	TIMES_ITEMS = 1 << 0,	/* store_item_next_expiry() */
	TIMES_SUBS = 1 << 1,	/* store_sub_next_end() */
	TIMES_PAST = 1 << 2,	/* store_archive_oldest() */
	TIMES_PACE = 1 << 3,	/* store_pace_next() */
	TIMES_DIGESTS = 1 << 4, /* store_digest_next() */
	TIMES_ALL = (1 << 5) - 1
};
/* Where that may have become earlier since this was asked the last time: at first, everywhere. */
unsigned store_times_changed(struct store *s);

/* Nodes. */
/* -ENOENT; release with node_release(). */
int store_node_get(struct store *s, const char *name, struct node *ret_node);
int store_node_get_by_id(struct store *s, int64_t node, struct node *ret_node);
/* -EEXIST; @n->id and @n->items are ignored. A node of that name that has gone is forgotten. */
int store_node_create(struct store *s, const struct node *n, int64_t *ret_id);
int store_node_configure(struct store *s, int64_t node, const struct node_config *config);
/* With all that belongs to it. */
int store_node_delete(struct store *s, int64_t node);
/*
 * How many events of @node there have been; with _count_event one more. A node that is made anew
 * begins at 0. -ENOENT.
 */
int store_node_count_event(struct store *s, int64_t node, int64_t *ret_events);
int store_node_events(struct store *s, int64_t node, int64_t *ret_events);
/* Nodes from which items go with their publishers (pubsub#purge_offline). */
typedef int store_id_fn(int64_t node, void *data);
int store_node_purging(struct store *s, store_id_fn *fn, void *data);
int store_node_count_by_creator(struct store *s, const char *bare_jid, int64_t *ret_count);
/* Items at all of these. */
int store_node_items_by_creator(struct store *s, const char *bare_jid, int64_t *ret_count);

/*
 * The nodes in @collection - at NODE_ROOT also those in none, with STORE_ALL_NODES every node - that
 * are of some types (pubsub#type; NULL: of any).
 */
#define STORE_ALL_NODES (-1)
#define NODE_TYPES_MARK "\x1f"
struct node_types {
	const char *list;	/* each between two marks; "" is a node without type */
	bool exclude;		/* among all others */
};
int store_node_count(struct store *s, int64_t collection, const struct node_types *types,
		     int64_t *ret_count);

/*
 * Pages of nodes in the order of their names, of items in publication order. The anchor itself is
 * excluded. With @backwards the @limit entries next before the anchor (NULL/0: the last ones) are
 * handed out, still in ascending order. The callback returns 0 to go on, 1 to stop, a negative
 * errno to stop and have it returned.
 */
typedef int store_node_fn(const struct node *n, void *data);
int store_node_page(struct store *s, int64_t collection, const struct node_types *types,
		    const char *anchor, bool backwards, int64_t limit, store_node_fn *fn,
		    void *data);
/* Nodes in front of @name; with RSM the index of a page's first entry. */
int store_node_position(struct store *s, int64_t collection, const struct node_types *types,
			const char *name, int64_t *ret_position);

/*
 * Where a node that has been deleted has gone to. The last @keep ones of its creator's are kept.
 * -ENOENT; the caller frees *ret_uri.
 */
int store_gone_set(struct store *s, const struct node *n, const char *uri, uint64_t keep);
int store_gone_get(struct store *s, const char *name, char **ret_uri);
/* What the service must not forget, by name. -ENOENT; the caller frees *ret_value. */
int store_setting_set(struct store *s, const char *name, const char *value);
int store_setting_get(struct store *s, const char *name, char **ret_value);

/*
 * Edges: which node is in which collection (XEP-0248). A node that is in no other is in NODE_ROOT,
 * with or without an edge. That there are no cycles is for the caller to see to.
 */
int store_edge_add(struct store *s, int64_t parent, int64_t child); /* 0 also where it is there */
int store_edge_remove(struct store *s, int64_t parent, int64_t child); /* -ENOENT */
int store_edge_has(struct store *s, int64_t parent, int64_t child, bool *ret_has);
typedef int store_edge_fn(int64_t node, const char *name, void *data);
/* In the order of names; the root, named "", is a parent like others. */
int store_edge_parents(struct store *s, int64_t node, store_edge_fn *fn, void *data);
int store_edge_children(struct store *s, int64_t node, store_edge_fn *fn, void *data);
/* Those that are in no other. */
int store_edge_only_children(struct store *s, int64_t node, store_edge_fn *fn, void *data);
int store_edge_count_children(struct store *s, int64_t node, int64_t *ret_count);
int store_edge_count_parents(struct store *s, int64_t node, int64_t *ret_count); /* edges */
/* Edges on the longest way up, the root's not counted, and down. */
int store_edge_levels(struct store *s, int64_t node, int64_t *ret_above, int64_t *ret_below);
/* Is @other in @node, or in what is in it? */
int store_edge_is_above(struct store *s, int64_t node, int64_t other, bool *ret_above);
/* All collections above @node, nearest first, NODE_ROOT (named "") among them. */
typedef int store_ancestor_fn(int64_t node, unsigned depth, const char *name, void *data);
int store_edge_ancestors(struct store *s, int64_t node, store_ancestor_fn *fn, void *data);
/* Those of them that have subscriptions. */
int store_edge_subscribed_ancestors(struct store *s, int64_t node, store_ancestor_fn *fn,
				    void *data);

/* Affiliations, by bare JID. AFF_NONE has no row. */
int store_affiliation_get(struct store *s, int64_t node, const char *bare_jid,
			  enum affiliation *ret_affiliation);
int store_affiliation_set(struct store *s, int64_t node, const char *bare_jid,
			  enum affiliation affiliation);
/* @name: the JID, or with _by_jid the node. In its order. */
typedef int store_affiliation_fn(const char *name, enum affiliation affiliation, void *data);
int store_affiliation_each(struct store *s, int64_t node, store_affiliation_fn *fn, void *data);
int store_affiliation_by_jid(struct store *s, const char *bare_jid, store_affiliation_fn *fn,
			     void *data);
int store_affiliation_count_all(struct store *s, int64_t node, int64_t *ret_count);
int store_affiliation_count(struct store *s, int64_t node, enum affiliation affiliation,
			    int64_t *ret_count);

/* Is there anybody who may publish and not read? */
int store_affiliation_publish_only(struct store *s, int64_t node, bool *ret_any);

/*
 * Subscriptions, those at NODE_ROOT included. @key orders them, grows with each new one and is never
 * used twice.
 */
struct bounces {
	int64_t n;	     /* notifications that came back, without a sign of life since */
	int64_t first, last; /* when; 0 with 0 of them */
};
struct subscription {
	int64_t key, node;
	const char *jid;	/* as subscribed, full or bare */
	const char *subid;
	enum sub_state state;
	const char *options;	/* as fields_save() writes sub_fields; "": all default */
	int64_t expires;	/* milliseconds since 1970; 0: not by time */
	int64_t warning;	/* when it is to be told that it ends; 0: it has been, or never */
	bool is_public;		/* XEP-0465 */
	struct bounces bounces;
};
typedef int store_sub_fn(const struct subscription *sub, void *data);
struct sub_options;
struct new_subscription {
	int64_t node;
	const char *jid, *subid;
	enum sub_state state;
	const struct sub_options *options; /* NULL: all default */
	int64_t created;
	int64_t expires; /* 0: as the options say */
	bool is_public;
};
int store_sub_add(struct store *s, const struct new_subscription *sub, int64_t *ret_key);
int store_sub_get(struct store *s, int64_t key, store_sub_fn *fn, void *data);
/* Those of @jid at @node, oldest first. */
int store_sub_find(struct store *s, int64_t node, const char *jid, store_sub_fn *fn, void *data);
/* Those of @bare_jid itself and of all its resources. */
int store_sub_find_bare(struct store *s, int64_t node, const char *bare_jid, store_sub_fn *fn,
			void *data);
/* What has become configured no longer ends for want of it. */
int store_sub_set_state(struct store *s, int64_t key, enum sub_state state);
/* Its end is as they say, and there is no warning. */
int store_sub_set_options(struct store *s, int64_t key, const struct sub_options *options);
int store_sub_set_public(struct store *s, int64_t key, bool is_public);
int store_sub_set_warning(struct store *s, int64_t key, int64_t time); /* 0: none */
int store_sub_set_bounces(struct store *s, int64_t key, const struct bounces *bounces);
/* How many subscriptions of @bare_jid and its resources have any, and: none has any more. */
int store_sub_bounced(struct store *s, const char *bare_jid, int64_t *ret_count);
int store_sub_forgive(struct store *s, const char *bare_jid);
/* 0 also where there is none. */
int store_sub_remove(struct store *s, int64_t key);
/*
 * All of @node behind @after with key <= @upto, at most @limit, in the order of JIDs, and for one
 * JID of keys. Every notification begins here: what stands behind @options is not read, and is 0.
 */
struct sub_place {
	const char *jid;	/* NULL: from the beginning */
	int64_t key;
};
typedef int store_sub_page_fn(struct store *s, int64_t node, const struct sub_place *after,
			      int64_t upto, int64_t limit, store_sub_fn *fn, void *data);
store_sub_page_fn store_sub_page;
store_sub_page_fn store_sub_page_set; /* those alone whose options are not all default */
/* In that order, for those who have them from elsewhere. */
bool store_sub_is_behind(const char *jid, int64_t key, const struct sub_place *place);
/* In the order of keys: all of @node, and at all nodes those of any resource of @bare_jid. */
int store_sub_each(struct store *s, int64_t node, store_sub_fn *fn, void *data);
int store_sub_by_bare(struct store *s, const char *bare_jid, store_sub_fn *fn, void *data);
/* Those that wait for approval: at @node; the nodes of @owner (NULL: all) where there are any. */
int store_sub_pending(struct store *s, int64_t node, store_sub_fn *fn, void *data);
typedef int store_name_fn(const char *name, void *data);
int store_sub_pending_nodes(struct store *s, const char *owner, store_name_fn *fn, void *data);
/*
 * Those that end until then, or are to be told that they will, in the order of those times; and when
 * the next one comes to either (-ENOENT: none).
 */
int store_sub_ending(struct store *s, int64_t until, int64_t limit, store_sub_fn *fn, void *data);
int store_sub_warning(struct store *s, int64_t until, int64_t limit, store_sub_fn *fn, void *data);
int store_sub_next_end(struct store *s, int64_t *ret_time);
/* Those behind the key @after that end with presence (pubsub#expire, pubsub#tempsub), by key. */
int store_sub_fleeting(struct store *s, int64_t after, int64_t limit, store_sub_fn *fn, void *data);
/* Those that are subscribed. */
int store_sub_count(struct store *s, int64_t node, int64_t *ret_count);
/* In any state. */
int store_sub_count_all(struct store *s, int64_t node, int64_t *ret_count);
/* At all nodes, all resources, in any state. */
int store_sub_count_by_jid(struct store *s, const char *bare_jid, int64_t *ret_count);
/* The newest key given out so far; 0: none. */
int store_sub_last_key(struct store *s, int64_t *ret_key);
/*
 * @fn is called whenever store_sub_page() may say something else of @node than before - with
 * STORE_ALL_NODES of any - because of what is written here, undone, or has been written by somebody
 * else; of that the store knows from the next store_begin() on. It must not ask the store anything.
 */
typedef void store_sub_watch_fn(int64_t node, void *data);
void store_sub_watch(struct store *s, store_sub_watch_fn *fn, void *data);
/*
 * JIDs that are publicly subscribed, each once, in their order, or with @backwards against it; @skip
 * of them are passed over. How many there are (in front of @before; NULL: in all).
 */
typedef int store_jid_fn(const char *jid, void *data);
int store_sub_public_page(struct store *s, int64_t node, const char *anchor, bool backwards,
			  int64_t skip, int64_t limit, store_jid_fn *fn, void *data);
int store_sub_public_count(struct store *s, int64_t node, const char *before, int64_t *ret_count);

/* Contacts: who shares presence with the service, by bare JID; as rosters have it (RFC 6121). */
struct contact {
	bool from;	/* is subscribed to the service's presence */
	bool to;	/* the service is subscribed to its presence */
	bool asked;	/* ... or has asked to be */
	char **groups;	/* of the roster; NULL: none */
};
void contact_release(struct contact *c);
/* Zero-initialised where there is none; release it. */
int store_contact_get(struct store *s, const char *bare_jid, struct contact *ret);
/* Nothing is kept of who shares nothing. */
int store_contact_set(struct store *s, const char *bare_jid, const struct contact *c);
typedef int store_contact_fn(const char *bare_jid, const struct contact *c, void *data);
int store_contact_each(struct store *s, store_contact_fn *fn, void *data);
int store_contact_count(struct store *s, int64_t *ret_count);

/* Items. @seq orders them by publication, grows with each publish, republished ones included. */
struct item {
	int64_t seq, first;	/* @first: under which the id was published first */
	const char *id;
	const char *publisher;	/* bare JID */
	int64_t created, published;
	int64_t expires;	/* milliseconds since 1970; 0: never */
	const char *payload;	/* markup; NULL: none */
	size_t payload_len;
};
typedef int store_item_fn(const struct item *item, void *data);
/*
 * Stores or overwrites; an overwritten item becomes the newest and keeps its @created and @first
 * (PUB-09, PUB-10), and what it was before goes to the archive. Of @item, @seq, @first and the other
 * times are ignored: it is published at @now. Keeps the node's item count. -ENOENT: no such node.
 */
int store_item_put(struct store *s, int64_t node, const struct item *item, int64_t now,
		   int64_t *ret_seq, bool *ret_replaced);
/* -ENOENT */
int store_item_get(struct store *s, int64_t node, const char *id, store_item_fn *fn, void *data);
/* Nothing of it stays, not in the archive either. -ENOENT */
int store_item_delete(struct store *s, int64_t node, const char *id);
/* Nor of what is still to be told of them. */
int store_item_purge(struct store *s, int64_t node);
/* The newest: -ENOENT. */
int store_item_last(struct store *s, int64_t node, store_item_fn *fn, void *data);
/* Items of @publisher (a bare JID), or of its resources, from the oldest. */
int store_item_by_publisher(struct store *s, int64_t node, const char *publisher,
			    store_item_fn *fn, void *data);
/*
 * Expiry: a new limit for all items of @node, counted from when they were published (0: none); when
 * the next one ends anywhere (-ENOENT: none); those of whichever node that have ended, without
 * payload, at most @limit. To let one go: store_item_drop(), which leaves it in the archive.
 */
int store_item_set_expiry(struct store *s, int64_t node, int64_t milliseconds);
int store_item_next_expiry(struct store *s, int64_t *ret_time);
typedef int store_expired_fn(int64_t node, const struct item *item, void *data);
int store_item_expired(struct store *s, int64_t now, int64_t limit, store_expired_fn *fn,
		       void *data);
int store_item_drop(struct store *s, int64_t node, const char *id); /* -ENOENT */
/*
 * The oldest item goes to the callback, without its payload, and then to the archive; repeated until
 * at most @keep are left or the callback stops. The node's item count follows at the end.
 */
int store_item_trim(struct store *s, int64_t node, int64_t keep, store_item_fn *fn, void *data);
int store_item_count(struct store *s, int64_t node, int64_t *ret_count); /* -ENOENT: no such node */
int store_item_seq(struct store *s, int64_t node, const char *id, int64_t *ret_seq); /* -ENOENT */

/* Places of items: keys, which are unique at a node, and indexes from 0, the lowest key first. */
enum item_order {
	ORDER_MODIFICATION,	/* the key is @seq */
	ORDER_CREATION,		/* the key is @first; versions of one item by @seq */
	ORDER_MAX
};
int store_item_page(struct store *s, int64_t node, enum item_order order, int64_t anchor,
		    bool backwards, int64_t limit, store_item_fn *fn, void *data);
/* Items in front of it. Takes as long as there are items up to an end or to a place known before. */
int store_item_position(struct store *s, int64_t node, enum item_order order, int64_t key,
			int64_t *ret_position);
/* -ENOENT beyond the end. */
int store_item_at(struct store *s, int64_t node, enum item_order order, int64_t index,
		  int64_t *ret_key);

/*
 * The archive of a node: its items, and what of them has been replaced or dropped, each version
 * under the @seq it was published with. @created of what is past is when it was published.
 *
 * What it has given up, because it was old or there was too much, are its oldest versions but for
 * those that are still items; what was retracted or purged leaves no trace.
 */
struct archive_filter {
	int64_t after, before;	/* seq, themselves excluded; 0: no limit */
	int64_t start, end;	/* @published, themselves included; INT64_MIN, INT64_MAX: no limit */
	const char *publisher;	/* bare JID; NULL: anybody */
};
/* Where a page begins; itself excluded. */
struct archive_place {
	int64_t first, seq;	/* 0: at the beginning, or with @descending at the end */
};
/* In that order from @from on, or against it. */
int store_archive_page(struct store *s, int64_t node, const struct archive_filter *filter,
		       enum item_order order, bool descending, const struct archive_place *from,
		       int64_t limit, store_item_fn *fn, void *data);
int store_archive_get(struct store *s, int64_t node, int64_t seq, store_item_fn *fn,
		      void *data); /* -ENOENT */
/* Takes as long as there are versions; with store_archive_total(), which has no filter, it does not. */
int store_archive_count(struct store *s, int64_t node, const struct archive_filter *filter,
			int64_t *ret_count);
int store_archive_total(struct store *s, int64_t node, int64_t *ret_count); /* -ENOENT: no such node */
/* The newest seq that it has given up, 0: none. -ENOENT: no such node. */
int store_archive_pruned(struct store *s, int64_t node, int64_t *ret_seq);
/* When the oldest past version anywhere was published. -ENOENT: none. */
int store_archive_oldest(struct store *s, int64_t *ret_time);
/* Gives up past versions from the oldest on that were published at @until or before, at most @limit. */
int store_archive_prune(struct store *s, int64_t until, int64_t limit);

#endif
