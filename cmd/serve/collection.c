/* SPDX-License-Identifier: MIT */
#include "cmd/serve/collection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/access.h"
#include "cmd/serve/config.h"
#include "cmd/serve/features.h"
#include "cmd/serve/node_make.h"
#include "cmd/serve/notify/tell.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "cmd/serve/subject.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/strings.h"
#include "common/pubsub/errors.h"
#include "common/pubsub/sub_fields.h"
#include "common/xmpp/xml.h"

AUTO_DEFINE(char **, strings_free);

/* Links as they are */

void links_release(struct links *l)
{
	strings_free(l->parents);
	strings_free(l->children);
	*l = (struct links){ 0 };
}

static int add_name(int64_t node, const char *name, void *data)
{
	(void)node;
	strings_add(data, name);
	return 0;
}

int links_load(struct store *s, const struct node *n, struct links *ret)
{
	AUTO_IN_PLACE(links_release) struct links l = { 0 };
	int e = store_edge_parents(s, n->id, add_name, &l.parents);

	if (!e)
		e = store_edge_children(s, n->id, add_name, &l.children);
	if (e)
		return e;
	ret->has_parents = ret->has_children = true;
	ret->parents = steal(l.parents);
	ret->children = steal(l.children);
	return 0;
}

/* News */

static int tell_link(struct request *r, const struct node *collection, const char *child,
		     const char *what)
{
	AUTO_STR inner = { 0 };

	if (!collection->config.deliver)
		return 0;
	str_puts(&inner, "<collection");
	xml_attr(&inner, "node", collection->name); /* the root has none */
	str_printf(&inner, "><%s", what);
	xml_attr(&inner, "node", child);
	str_puts(&inner, "/></collection>");
	return tell_node(r, collection, EVENT_LINK, inner.p);
}

static int tell_root(struct request *r, const char *child, const char *what)
{
	struct node root = { .id = NODE_ROOT };
	int64_t subscribers;
	int e = store_sub_count(r->service->store, NODE_ROOT, &subscribers);

	node_config_init(&root.config, NODE_COLLECTION);
	return e || !subscribers ? e : tell_link(r, &root, child, what);
}

static int is_at_root(struct request *r, const struct node *n, bool *ret)
{
	return store_edge_has(r->service->store, NODE_ROOT, n->id, ret);
}

/* Whether it is at the root follows from its other places, so that comes last. */
static int tell_root_change(struct request *r, const struct node *n, bool was)
{
	bool is;
	int e = is_at_root(r, n, &is);

	return e || is == was ? e : tell_root(r, n->name, is ? "associate" : "dissociate");
}

/* Rules */

static int is_owner(struct request *r, const struct node *n, bool *ret)
{
	struct subject who;
	int e = subject_load(r->service, PRIV_OWNER, n, r->who.jid, &who);

	if (!e)
		*ret = access_is_owner(&who);
	return e;
}

static int check_policy(struct request *r, const struct node *parent)
{
	struct subject who;
	int e = subject_load(r->service, PRIV_OWNER, parent, r->who.jid, &who);

	if (e)
		return e;
	return access_associate(parent, &who, r->bare) ? PS_OK : PS_FORBIDDEN_HERE;
}

/* X0248-15, X0248-19 */
static int check_graph(struct request *r, const struct node *parent, const struct node *child)
{
	struct store *store = r->service->store;
	bool cycle = parent->id == child->id;
	int64_t children;
	int e;

	if (parent->config.type != NODE_COLLECTION || cycle)
		return PS_INVALID_LINK;
	e = store_edge_count_children(store, child->id, &children);
	/* Nothing is below most nodes, above all new ones. */
	if (!e && children)
		e = store_edge_is_above(store, child->id, parent->id, &cycle);
	if (e)
		return e;
	return cycle ? PS_INVALID_LINK : PS_OK;
}

/* Of all ways through the node: once, however many edges are new. */
static int check_levels(struct request *r, const struct node *n)
{
	int64_t above, below;
	int e = store_edge_levels(r->service->store, n->id, &above, &below);

	if (e)
		return e;
	return above + below <= COLLECTION_LEVELS ? PS_OK : PS_NOT_ALLOWED;
}

/* X0248-12 */
static int check_children(struct request *r, const struct node *parent)
{
	uint64_t max = parent->config.children_max;
	int64_t n;
	int e = store_edge_count_children(r->service->store, parent->id, &n);

	if (max > COLLECTION_CHILDREN)
		max = COLLECTION_CHILDREN;
	if (e)
		return e;
	return (uint64_t)n <= max ? PS_OK : PS_MAX_NODES_EXCEEDED;
}

static int check_parents(struct request *r, const struct node *child)
{
	int64_t n;
	int e = store_edge_count_parents(r->service->store, child->id, &n);

	if (e)
		return e;
	if (n > 1 && !feature_on(r->service->config, "multi-collection")) {
		r->detail = mem_strdup("multi-collection");
		return PS_UNSUPPORTED;
	}
	return n <= COLLECTION_PARENTS ? PS_OK : PS_MAX_NODES_EXCEEDED;
}

/* X0248-07, X0248-08 */
static int check_making(struct request *r)
{
	switch (r->service->config->create_collections) {
	case COLLECTIONS_ANYONE:
		return PS_OK;
	case COLLECTIONS_ADMINS:
		return r->who.admin ? PS_OK : PS_FORBIDDEN;
	case COLLECTIONS_NOBODY:
		break;
	}
	return PS_NOT_ALLOWED;
}

/* One edge */

/* What is there already is left as it is. @tell: not where the node's creation is told. */
static int link_nodes(struct request *r, const struct node *parent, const struct node *child,
		      bool tell)
{
	struct store *store = r->service->store;
	bool there = false;
	int e = check_policy(r, parent);

	if (!e)
		e = check_graph(r, parent, child);
	if (!e)
		e = store_edge_has(store, parent->id, child->id, &there);
	if (e || there)
		return e;
	e = store_edge_add(store, parent->id, child->id);
	if (!e)
		e = check_children(r, parent);
	return e || !tell ? e : tell_link(r, parent, child->name, "associate");
}

static int unlink_nodes(struct request *r, const struct node *parent, const struct node *child)
{
	int e = store_edge_remove(r->service->store, parent->id, child->id);

	return e ? e : tell_link(r, parent, child->name, "dissociate");
}

/* Others do not take a node out of where its owners have it. */
static int add_child(struct request *r, const struct node *child)
{
	bool at_root = false, own = false;
	int e = is_owner(r, child, &own);

	if (!e)
		e = is_at_root(r, child, &at_root);
	if (!e && at_root && !own)
		e = store_edge_add(r->service->store, NODE_ROOT, child->id);
	if (!e)
		e = link_nodes(r, &r->node, child, true);
	if (!e)
		e = check_parents(r, child);
	return e ? e : tell_root_change(r, child, at_root);
}

static int remove_child(struct request *r, const struct node *child)
{
	bool at_root = false;
	int e = is_at_root(r, child, &at_root);

	if (!e)
		e = unlink_nodes(r, &r->node, child);
	return e ? e : tell_root_change(r, child, at_root);
}

static int find(struct request *r, const char *name, struct node *ret)
{
	int e = node_find(r->service, name, ret, NULL);

	return e == PS_GONE ? PS_ITEM_NOT_FOUND : e;
}

int collection_associate(struct request *r, const char *name)
{
	AUTO_IN_PLACE(node_release) struct node child = { 0 };
	int e = check_policy(r, &r->node);

	if (!e)
		e = find(r, name, &child);
	if (!e)
		e = add_child(r, &child);
	return e ? e : check_levels(r, &r->node);
}

int collection_dissociate(struct request *r, const char *name)
{
	AUTO_IN_PLACE(node_release) struct node child = { 0 };
	bool own = false, childs = false, there = false;
	int e = is_owner(r, &r->node, &own), missing;

	if (e)
		return e;
	missing = find(r, name, &child);
	if (missing)
		return missing > 0 && !own ? PS_FORBIDDEN_HERE : missing;
	e = is_owner(r, &child, &childs);
	if (!e && !own && !childs)
		e = PS_FORBIDDEN_HERE;
	if (!e)
		e = store_edge_has(r->service->store, r->node.id, child.id, &there);
	if (e)
		return e;
	return there ? remove_child(r, &child) : PS_BAD_REQUEST; /* X0248-24 */
}

/* All of a node's */

struct edges {
	size_t n, cap;
	int64_t *nodes;
};

static void edges_release(struct edges *l)
{
	free(l->nodes);
}

static int add_edge(int64_t node, const char *name, void *data)
{
	struct edges *l = data;

	(void)name;
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 8;
		l->nodes = mem_realloc(l->nodes, l->cap * sizeof(*l->nodes));
	}
	l->nodes[l->n++] = node;
	return 0;
}

static bool has_edge(const struct edges *l, int64_t node)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->nodes[i] == node)
			return true;
	return false;
}

typedef int other_fn(struct request *r, const struct node *other);

/* Those in @from that are not in @but; the root is a matter of its own. */
static int each_other(struct request *r, const struct edges *from, const struct edges *but,
		      other_fn *fn)
{
	int e = 0;

	for (size_t i = 0; i < from->n && !e; i++) {
		AUTO_IN_PLACE(node_release) struct node other = { 0 };

		if (from->nodes[i] == NODE_ROOT || has_edge(but, from->nodes[i]))
			continue;
		e = store_node_get_by_id(r->service->store, from->nodes[i], &other);
		if (!e)
			e = fn(r, &other);
	}
	return e;
}

static int enter(struct request *r, const struct node *parent)
{
	return link_nodes(r, parent, &r->node, true);
}

static int enter_new(struct request *r, const struct node *parent)
{
	return link_nodes(r, parent, &r->node, false);
}

static int leave(struct request *r, const struct node *parent)
{
	return unlink_nodes(r, parent, &r->node);
}

/* At the root besides: there is an edge that says so. */
static int set_root(struct request *r, const struct edges *wanted)
{
	struct store *store = r->service->store;
	int e;

	if (has_edge(wanted, NODE_ROOT) && wanted->n > 1)
		return store_edge_add(store, NODE_ROOT, r->node.id);
	e = store_edge_remove(store, NODE_ROOT, r->node.id);
	return e == -ENOENT ? 0 : e;
}

static int arrange_parents(struct request *r, const struct edges *wanted, bool created)
{
	AUTO_IN_PLACE(edges_release) struct edges now = { 0 };
	bool at_root = false;
	int e = is_at_root(r, &r->node, &at_root);

	if (!e)
		e = store_edge_parents(r->service->store, r->node.id, add_edge, &now);
	if (!e)
		e = each_other(r, wanted, &now, created ? enter_new : enter);
	if (!e)
		e = each_other(r, &now, wanted, leave);
	if (!e)
		e = set_root(r, wanted);
	if (!e)
		e = check_parents(r, &r->node);
	return e || created ? e : tell_root_change(r, &r->node, at_root);
}

static int tell_created(struct request *r)
{
	AUTO_STR inner = { 0 };

	str_puts(&inner, "<create");
	xml_attr(&inner, "node", r->node.name);
	str_puts(&inner, "/>");
	return tell_node(r, &r->node, EVENT_BEGIN, inner.p);
}

/* What the names in a form stand for. */
struct arrangement {
	struct edges parents, children, children_now;
};

static void arrangement_release(struct arrangement *a)
{
	edges_release(&a->parents);
	edges_release(&a->children);
	edges_release(&a->children_now);
}

static int resolve_name(struct request *r, const char *name, struct edges *ret)
{
	AUTO_IN_PLACE(node_release) struct node n = { 0 };
	int e = *name ? node_find(r->service, name, &n, NULL) : PS_OK;

	if (!e && !has_edge(ret, n.id))
		add_edge(n.id, NULL, ret);
	return e == PS_GONE ? PS_ITEM_NOT_FOUND : e;
}

static int resolve(struct request *r, const struct links *wanted, struct arrangement *ret)
{
	int e = 0;

	for (char **p = wanted->parents; p && *p && !e; p++)
		e = resolve_name(r, *p, &ret->parents);
	for (char **p = wanted->children; p && *p && !e; p++)
		e = **p ? resolve_name(r, *p, &ret->children) : PS_OK;
	if (!e && r->node.config.type != NODE_COLLECTION && ret->children.n)
		e = PS_INVALID_LINK; /* X0248-15 */
	if (!e && wanted->has_children)
		e = store_edge_children(r->service->store, r->node.id, add_edge,
					&ret->children_now);
	return e;
}

/* First what goes: it may come back on the other side. */
int collection_arrange(struct request *r, const struct links *wanted, bool created)
{
	AUTO_IN_PLACE(arrangement_release) struct arrangement a = { 0 };
	int e;

	if (!feature_on(r->service->config, "collections"))
		return PS_OK;
	e = created && r->node.config.type == NODE_COLLECTION ? check_making(r) : PS_OK;
	if (!e)
		e = resolve(r, wanted, &a);
	if (!e)
		e = each_other(r, &a.children_now, &a.children, remove_child);
	if (!e && wanted->has_parents)
		e = arrange_parents(r, &a.parents, created);
	if (!e && created)
		e = tell_created(r);
	if (!e)
		e = each_other(r, &a.children, &a.children_now, add_child);
	if (!e && (a.parents.n || a.children.n))
		e = check_levels(r, &r->node);
	/* The limit may be a new one. */
	if (!e && r->node.config.type == NODE_COLLECTION)
		e = check_children(r, &r->node);
	return e;
}

int collection_retype(struct request *r, bool was_collection)
{
	bool is = r->node.config.type == NODE_COLLECTION;
	int e;

	if (is == was_collection)
		return PS_OK;
	if (!is)
		return PS_INVALID_LINK;
	e = check_making(r);
	if (e || !r->node.items)
		return e;
	e = tell_purge(r);
	if (!e)
		e = store_item_purge(r->service->store, r->node.id);
	r->node.items = 0;
	return e;
}

/* The end */

int collection_orphans(struct request *r, char ***ret_names)
{
	AUTO(strings_free) char **names = NULL;
	int64_t subscribers;
	int e = store_sub_count(r->service->store, NODE_ROOT, &subscribers);

	if (!e && subscribers)
		e = store_edge_only_children(r->service->store, r->node.id, add_name, &names);
	if (!e)
		*ret_names = steal(names);
	return e;
}

int collection_adopt(struct request *r, char *const *names)
{
	int e = 0;

	for (; names && *names && !e; names++)
		e = tell_root(r, *names, "associate");
	return e;
}

/* Subscriptions */

struct others {
	int64_t key;
	const struct sub_options *options;
	bool conflict;
};

static int compare_options(const struct subscription *sub, void *data)
{
	AUTO_IN_PLACE(sub_options_release) struct sub_options other;
	struct others *o = data;

	sub_options_init(&other);
	if (sub->key == o->key)
		return 0;
	if (*sub->options && fields_load(sub_fields, sub->options, &other))
		return -EIO;
	o->conflict = other.type == o->options->type && other.depth != o->options->depth;
	return o->conflict;
}

int collection_check_options(struct request *r, const struct node *n, const char *jid, int64_t key,
			     const struct sub_options *options)
{
	AUTO_IN_PLACE(sub_options_release) struct sub_options defaults;
	struct others o = { .key = key };
	int e;

	sub_options_init(&defaults);
	o.options = options ? options : &defaults;
	if (n->config.type != NODE_COLLECTION)
		return PS_OK;
	e = store_sub_find(r->service->store, n->id, jid, compare_options, &o);
	if (e)
		return e;
	return o.conflict ? PS_CONFLICT : PS_OK;
}
