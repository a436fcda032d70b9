/* SPDX-License-Identifier: MIT */
#include "cmd/serve/config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/serve/features.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/parse.h"
#include "common/base/str.h"
#include "common/base/strings.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/opts.h"
#include "common/xmpp/tap.h"

/* clang-format off */
static const struct limit { /* option, as given, what it comes to, least, most, default */
	const char *option;
	size_t given, value;
	uint64_t min, max, def;
} limits[] = {
	{ "max-payload", offsetof(struct config, given.max_payload),
	  offsetof(struct config, max_payload), 1, TAP_MAX_CAPTURE, 0 /* resolve_sizes() */ },
	{ "max-items", offsetof(struct config, given.max_items), offsetof(struct config, max_items),
	  1, INT64_MAX, 1000000 },
	{ "max-owner-items", offsetof(struct config, given.max_owner_items),
	  offsetof(struct config, max_owner_items), 1, INT64_MAX, 10000000 },
	{ "max-nodes", offsetof(struct config, given.max_nodes), offsetof(struct config, max_nodes),
	  1, INT64_MAX, 100000 },
	{ "max-total-nodes", offsetof(struct config, given.max_total_nodes),
	  offsetof(struct config, max_total_nodes), 1, INT64_MAX, INT64_MAX },
	{ "max-subscriptions", offsetof(struct config, given.max_subscriptions),
	  offsetof(struct config, max_subscriptions), 1, INT64_MAX, 100000 },
	{ "max-lease", offsetof(struct config, given.max_lease), offsetof(struct config, max_lease),
	  1, 100ull * 366 * 86400, 0 },
	{ "max-subscribers", offsetof(struct config, given.max_subscribers),
	  offsetof(struct config, max_subscribers), 1, INT64_MAX, 1000000 },
	{ "max-contacts", offsetof(struct config, given.max_contacts),
	  offsetof(struct config, max_contacts), 1, INT32_MAX, 100000 },
};

static const struct pair { /* N/MORE: most and default of each; MORE may be left out */
	const char *option;
	size_t given, n, more;
	uint64_t max, def, more_max, more_def;	/* 0: MORE is N */
} pairs[] = {
	{ "max-bounces", offsetof(struct config, given.max_bounces), offsetof(struct config, max_bounces),
	  offsetof(struct config, bounce_hours), INT64_MAX, 20, 24 * 366, 7 * 24 },
	{ "max-rate", offsetof(struct config, given.max_rate), offsetof(struct config, max_rate),
	  offsetof(struct config, rate_burst), 1000000, 0, 1000000000, 0 },
};

static const struct {
	const char *name;
	enum create_policy policy;
} create_policies[] = {
	{ "anyone", CREATE_ANYONE },
	{ "domain", CREATE_DOMAIN },
	{ "admins", CREATE_ADMINS },
};

/* enum presence_policy */
static const char *const presence_policies[] = { "anyone", "domain", "admins", "nobody", NULL };
/* clang-format on */

#define ARCHIVE_SECONDS 604800 /* a week, as others do who archive messages */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

AUTO_DEFINE(char **, strings_free);

void config_init(struct config *c)
{
	*c = (struct config){ .given = { .auto_create = 1 } };
	body_init(&c->body);
}

void config_release(struct config *c)
{
	free(c->given.component);
	free(c->given.secret_file);
	free(c->given.secret_command);
	free(c->given.store);
	free(c->given.create);
	free(c->given.archive);
	free(c->given.outbox);
	free(c->given.multicast);
	free(c->given.metrics);
	free(c->given.create_collections);
	free(c->given.presence);
	free(c->given.ready_fd);
	for (size_t i = 0; i < COUNT(limits); i++)
		free(*(char **)((char *)c + limits[i].given));
	for (size_t i = 0; i < COUNT(pairs); i++)
		free(*(char **)((char *)c + pairs[i].given));
	strings_free(c->given.admins);
	strings_free(c->given.nodes);
	strings_free(c->given.defaults);
	strings_free(c->given.disabled);
	strings_free(c->given.stylesheets);
	body_release(&c->body);
	strings_free(c->given.anonymous);
	strings_free(c->anonymous);
	strings_free(c->disabled);
	for (int type = 0; type < NODE_TYPE_MAX; type++)
		node_config_release(&c->defaults[type]);
	free(c->jid);
	free(c->owner);
	free(c->store);
	strings_free(c->admins);
	*c = (struct config){ 0 };
}

struct poptOption *config_table(struct config *c)
{
	static struct poptOption table[40];
	/* clang-format off */
	struct poptOption options[] = {
		{ "component", '\0', POPT_ARG_STRING, &c->given.component, 0,
		  "be the external component DOMAIN (XEP-0114)", "DOMAIN" },
		{ "secret-file", '\0', POPT_ARG_STRING, &c->given.secret_file, 0,
		  "the component's secret is FILE's first line", "FILE" },
		{ "secret-command", '\0', POPT_ARG_STRING, &c->given.secret_command, 0,
		  "the component's secret is the first line that CMD prints", "CMD" },
		{ "store", '\0', POPT_ARG_STRING, &c->given.store, 0,
		  "keep everything in WHERE: FILE, sqlite:FILE or memory:", "WHERE" },
		{ "admin", '\0', POPT_ARG_ARGV, &c->given.admins, 0,
		  "JID has an owner's rights at every node; repeatable", "JID" },
		{ "create", '\0', POPT_ARG_STRING, &c->given.create, 0,
		  "who may create nodes: anyone, domain (default) or admins", "WHO" },
		{ "create-collections", '\0', POPT_ARG_STRING, &c->given.create_collections, 0,
		  "who of them may create collections: anyone (default), admins or nobody", "WHO" },
		{ "anonymous", '\0', POPT_ARG_ARGV, &c->given.anonymous, 0,
		  "who logs in at DOMAIN has no account, and may not subscribe; repeatable", "DOMAIN" },
		{ "auto-create", '\0', POPT_ARG_VAL, &c->given.auto_create, 1,
		  "publishing to a node that does not exist creates it (default)", NULL },
		{ "no-auto-create", '\0', POPT_ARG_VAL, &c->given.auto_create, 0,
		  "publishing to a node that does not exist is an error", NULL },
		{ "node", '\0', POPT_ARG_ARGV, &c->given.nodes, 0,
		  "make sure that the open node NODE exists; repeatable", "NODE" },
		{ "default", '\0', POPT_ARG_ARGV, &c->given.defaults, 0,
		  "the setting VAR of new nodes is VALUE; repeatable", "VAR=VALUE" },
		{ "multi-subscribe", '\0', POPT_ARG_NONE, &c->given.multi_subscribe, 0,
		  "a JID may subscribe to a node several times", NULL },
		{ "lenient", '\0', POPT_ARG_NONE, &c->given.lenient, 0,
		  "take requests that some clients write against the specification", NULL },
		{ "disable", '\0', POPT_ARG_ARGV, &c->given.disabled, 0,
		  "switch the service's feature FEATURE off; repeatable", "FEATURE" },
		{ "stylesheet", '\0', POPT_ARG_ARGV, &c->given.stylesheets, 0,
		  "payloads of namespace URI become message bodies by FILE; repeatable", "URI=FILE" },
		{ "archive", '\0', POPT_ARG_STRING, &c->given.archive, 0,
		  "keep replaced items so long: SECONDS (default: 604800), max or off", "AGE" },
		{ "outbox", '\0', POPT_ARG_STRING, &c->given.outbox, 0,
		  "keep notifications until the server has them: on (default) or off", "STATE" },
		{ "multicast", '\0', POPT_ARG_STRING, &c->given.multicast, 0,
		  "send one message for many subscribers: on (default) or off", "STATE" },
		{ "max-payload", '\0', POPT_ARG_STRING, &c->given.max_payload, 0,
		  "refuse payloads larger than this", "BYTES" },
		{ "max-items", '\0', POPT_ARG_STRING, &c->given.max_items, 0,
		  "keep the newest N items of a node (default: 1000000)", "N" },
		{ "max-owner-items", '\0', POPT_ARG_STRING, &c->given.max_owner_items, 0,
		  "items at all nodes of one creator (default: 10000000)", "N" },
		{ "max-nodes", '\0', POPT_ARG_STRING, &c->given.max_nodes, 0,
		  "nodes that one JID may create (default: 100000)", "N" },
		{ "max-total-nodes", '\0', POPT_ARG_STRING, &c->given.max_total_nodes, 0,
		  "nodes of all together (default: no limit)", "N" },
		{ "max-subscriptions", '\0', POPT_ARG_STRING, &c->given.max_subscriptions, 0,
		  "subscriptions that one bare JID may have (default: 100000)", "N" },
		{ "max-subscribers", '\0', POPT_ARG_STRING, &c->given.max_subscribers, 0,
		  "subscriptions that one node may have, and affiliations (default: 1000000)", "N" },
		{ "max-bounces", '\0', POPT_ARG_STRING, &c->given.max_bounces, 0,
		  "end a subscription whose notifications came back N times over HOURS (default: 20/168)",
		  "N[/HOURS]" },
		{ "max-rate", '\0', POPT_ARG_STRING, &c->given.max_rate, 0,
		  "requests of one account in a second, BURST at once (default: no limit)", "N[/BURST]" },
		{ "max-lease", '\0', POPT_ARG_STRING, &c->given.max_lease, 0,
		  "a subscription with an end may last so long (default: any time)", "SECONDS" },
		{ "metrics", '\0', POPT_ARG_STRING, &c->given.metrics, 0,
		  "keep counters in FILE, as Prometheus text", "FILE" },
		{ "presence", '\0', POPT_ARG_STRING, &c->given.presence, 0,
		  "share presence with: domain (default), anyone, admins or nobody", "WHO" },
		{ "max-contacts", '\0', POPT_ARG_STRING, &c->given.max_contacts, 0,
		  "share presence with N at most (default: 100000)", "N" },
		{ "ready-fd", '\0', POPT_ARG_STRING, &c->given.ready_fd, 0,
		  "write READY=1 and a newline to FD once the service answers", "FD" },
		POPT_TABLEEND
	};
	/* clang-format on */

	_Static_assert(sizeof(options) <= sizeof(table), "a row for each option");
	memcpy(table, options, sizeof(options));
	return table;
}

static int resolve_limits(struct config *c)
{
	for (size_t i = 0; i < COUNT(limits); i++) {
		const struct limit *l = &limits[i];
		const char *text = *(char **)((char *)c + l->given);
		uint64_t *value = (uint64_t *)((char *)c + l->value);

		*value = l->def;
		if (text && parse_uint(text, l->min, l->max, value) < 0)
			return opts_usage_error("--%s: '%s' is not a number from %" PRIu64
						" to %" PRIu64,
						l->option, text, l->min, l->max);
	}
	return 0;
}

static bool parse_pair(const struct pair *p, const char *text, uint64_t *n, uint64_t *more)
{
	AUTO_FREE char *copy = mem_strdup(text);
	char *slash = strchr(copy, '/');

	if (slash)
		*slash = '\0';
	if (parse_uint(copy, 1, p->max, n) < 0)
		return false;
	if (slash)
		return !parse_uint(slash + 1, p->more_def ? 0 : 1, p->more_max, more);
	*more = p->more_def ? p->more_def : *n;
	return true;
}

static int resolve_pairs(struct config *c)
{
	for (size_t i = 0; i < COUNT(pairs); i++) {
		const struct pair *p = &pairs[i];
		const char *text = *(char **)((char *)c + p->given);
		uint64_t *n = (uint64_t *)((char *)c + p->n);
		uint64_t *more = (uint64_t *)((char *)c + p->more);

		*n = p->def;
		*more = p->more_def;
		if (text && !parse_pair(p, text, n, more))
			return opts_usage_error("--%s: '%s' is not a number from 1 to %" PRIu64
						", or two with a '/' between them",
						p->option, text, p->max);
	}
	return 0;
}

static int resolve_anonymous(struct config *c)
{
	for (char **p = c->given.anonymous; p && *p; p++) {
		AUTO_FREE char *domain = jid_prep(*p);

		if (!domain || jid_has_local(domain) || jid_resource(domain))
			return opts_usage_error("--anonymous: '%s' is not a domain", *p);
		strings_add(&c->anonymous, domain);
	}
	return 0;
}

static int resolve_archive(struct config *c)
{
	const char *text = c->given.archive;
	uint64_t seconds = ARCHIVE_SECONDS;

	if (text && !strcmp(text, "max")) {
		c->archive = INT64_MAX;
		return 0;
	}
	if (text && !strcmp(text, "off"))
		seconds = 0;
	else if (text && parse_uint(text, 1, INT64_MAX / 1000, &seconds) < 0)
		return opts_usage_error(
			"--archive: '%s' is neither a number of seconds nor max nor off", text);
	c->archive = (int64_t)seconds * 1000;
	return 0;
}

static int resolve_switch(const char *option, const char *text, bool *ret)
{
	*ret = !text || strcmp(text, "off") != 0;
	if (!text || !strcmp(text, "on") || !*ret)
		return 0;
	return opts_usage_error("--%s: '%s' is neither on nor off", option, text);
}

static int resolve_switches(struct config *c)
{
	int r = resolve_switch("outbox", c->given.outbox, &c->outbox);

	return r ? r : resolve_switch("multicast", c->given.multicast, &c->multicast);
}

static int resolve_create(struct config *c)
{
	const char *text = c->given.create ? c->given.create : "domain";

	for (size_t i = 0; i < COUNT(create_policies); i++)
		if (!strcmp(text, create_policies[i].name)) {
			c->create = create_policies[i].policy;
			return 0;
		}
	return opts_usage_error("--create: '%s' is none of anyone, domain, admins", text);
}

static int resolve_collections(struct config *c)
{
	static const char *const names[] = { "anyone", "admins", "nobody", NULL };
	int policy = vocab_find(names, c->given.create_collections ? c->given.create_collections
								   : names[COLLECTIONS_ANYONE]);

	if (policy < 0)
		return opts_usage_error(
			"--create-collections: '%s' is none of anyone, admins, nobody",
			c->given.create_collections);
	c->create_collections = (enum collections_policy)policy;
	return 0;
}

static int resolve_presence(struct config *c)
{
	const char *text = c->given.presence ? c->given.presence : "domain";
	int policy = vocab_find(presence_policies, text);

	if (policy < 0)
		return opts_usage_error(
			"--presence: '%s' is none of anyone, domain, admins, nobody", text);
	c->presence = (enum presence_policy)policy;
	return 0;
}

static int resolve_admins(struct config *c)
{
	size_t n = 0;

	while (c->given.admins && c->given.admins[n])
		n++;
	c->admins = mem_zalloc((n + 2) * sizeof(*c->admins));
	/* A component's own JID has nobody behind it. */
	if (!n && !c->component)
		c->admins[0] = mem_strdup(c->owner);
	for (size_t i = 0; i < n; i++) {
		AUTO_FREE char *jid = jid_prep(c->given.admins[i]);

		if (!jid)
			return opts_usage_error("--admin: '%s' is not a JID", c->given.admins[i]);
		c->admins[i] = jid_bare(jid);
	}
	return 0;
}

static int check_nodes(struct config *c)
{
	for (char **node = c->given.nodes; node && *node; node++) {
		AUTO_FREE char *name = jid_prep_resource(*node);

		if (!name)
			return opts_usage_error("--node: '%s' cannot be the name of a node", *node);
	}
	return 0;
}

static int resolve_disabled(struct config *c)
{
	for (char **p = c->given.disabled; p && *p; p++) {
		if (!feature_known(*p))
			return opts_usage_error("--disable: there is no feature '%s' to be "
						"switched off; did you mean '%s'?",
						*p, feature_nearest(*p));
		strings_add(&c->disabled, *p);
	}
	return 0;
}

/* The last '=': there may be some in the URI. */
static int resolve_stylesheet(struct config *c, const char *given)
{
	const char *file = strrchr(given, '=');
	AUTO_FREE char *ns = file ? mem_strndup(given, (size_t)(file - given)) : NULL;
	int e;

	if (!ns)
		return opts_usage_error("--stylesheet: '%s' is not URI=FILE", given);
	e = body_add_stylesheet(&c->body, ns, file + 1);
	if (!e)
		return 0;
	if (e == -EEXIST)
		return opts_usage_error("--stylesheet: there are two for '%s'", ns);
	log_error("cannot use stylesheet '%s': %s", file + 1,
		  e == -EINVAL ? "it is not one of XSLT 1.0 that reads nothing else"
			       : strerror(-e));
	return EX_CONFIG;
}

static int resolve_stylesheets(struct config *c)
{
	int r = 0;

	for (char **p = c->given.stylesheets; p && *p && !r; p++)
		r = resolve_stylesheet(c, *p);
	return r;
}

/* What the features that are off leave of the defaults. */
static void curb_defaults(struct config *c)
{
	struct node_config *leaf = &c->defaults[NODE_LEAF];

	if (!feature_on(c, "persistent-items"))
		leaf->persist = false;
	if (!feature_on(c, "multi-items"))
		leaf->max_items = 1;
	if (strings_have(c->disabled, "last-published"))
		leaf->send_last = LAST_NEVER;
}

static int set_default(struct config *c, const struct field *f, char *value)
{
	AUTO(strings_free) char **values = NULL;
	char *p = value, *part;

	while ((part = f->kind->multi ? strsep(&p, ",") : steal(p)))
		strings_add(&values, part);
	for (int type = 0; type < NODE_TYPE_MAX; type++) {
		int e = 0;

		if (node_field_applies(f, type))
			e = field_parse(f, (const char *const *)values, strings_count(values),
					&c->defaults[type]);
		if (e)
			return e;
	}
	return 0;
}

static int resolve_default(struct config *c, const char *given)
{
	AUTO_FREE char *copy = mem_strdup(given);
	char *value = strchr(copy, '=');
	const struct field *f;

	if (!value)
		return opts_usage_error("--default: '%s' is not VAR=VALUE", given);
	*value++ = '\0';
	f = field_find(node_fields, copy);
	if (!f || f->flags & FIELD_LINK || !strcmp(f->var, "pubsub#node_type"))
		return opts_usage_error("--default: there is no setting '%s' of nodes", copy);
	if (set_default(c, f, value))
		return opts_usage_error("--default: '%s' cannot have the value '%s'", copy, value);
	return 0;
}

static int resolve_defaults(struct config *c)
{
	int r;

	for (int type = 0; type < NODE_TYPE_MAX; type++)
		node_config_init(&c->defaults[type], type);
	for (char **p = c->given.defaults; p && *p; p++)
		if ((r = resolve_default(c, *p)))
			return r;
	if (!feature_access(c, c->defaults[NODE_LEAF].access))
		return opts_usage_error("--default: the access model '%s' cannot be had here",
					access_model_names[c->defaults[NODE_LEAF].access]);
	curb_defaults(c);
	return 0;
}

/* $XDG_STATE_HOME/pubsub/SERVICE-JID.sqlite3; a JID's resource must not become a folder. */
static int resolve_store(struct config *c)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	AUTO_STR path = { 0 };

	if (c->given.store) {
		c->store = mem_strdup(c->given.store);
		return 0;
	}
	if (state && *state == '/') {
		str_puts(&path, state);
	} else if (home && *home == '/') {
		str_printf(&path, "%s/.local/state", home);
	} else {
		log_error("no folder for the store: neither XDG_STATE_HOME nor HOME is set; "
			  "--store names a file");
		return EX_CONFIG;
	}
	str_puts(&path, "/pubsub/");
	for (const char *p = c->jid; *p; p++) {
		if (*p == '/')
			str_puts(&path, "%2F");
		else
			str_putc(&path, *p);
	}
	str_puts(&path, ".sqlite3");
	c->store = str_steal(&path);
	return 0;
}

static void resolve_sizes(struct config *c)
{
	uint64_t usual = c->component ? CONFIG_PAYLOAD_COMPONENT : CONFIG_PAYLOAD_ACCOUNT;

	if (!c->max_payload)
		c->max_payload = usual;
	c->max_event = (c->max_payload > usual ? c->max_payload : usual) + CONFIG_EVENT_ROOM;
	c->max_stanza = c->max_event + CONFIG_HEAD_ROOM;
}

int config_resolve(struct config *c, const char *jid, bool component)
{
	static int (*const steps[])(struct config *) = {
		resolve_limits,	     resolve_pairs,	resolve_archive,  resolve_create,
		resolve_collections, resolve_anonymous, resolve_presence, resolve_admins,
		check_nodes,	     resolve_disabled,	resolve_defaults, resolve_stylesheets,
		resolve_switches,
	};
	int r;

	c->jid = mem_strdup(jid);
	c->owner = jid_bare(jid);
	c->component = component;
	c->auto_create = c->given.auto_create;
	c->multi_subscribe = c->given.multi_subscribe;
	c->lenient = c->given.lenient;
	for (size_t i = 0; i < COUNT(steps); i++)
		if ((r = steps[i](c)))
			return r;
	resolve_sizes(c);
	return resolve_store(c);
}

bool config_is_anonymous(const struct config *c, const char *jid)
{
	size_t len;
	const char *domain = jid_domain(jid, &len);

	for (char **p = c->anonymous; p && *p; p++)
		if (strlen(*p) == len && !strncmp(*p, domain, len))
			return true;
	return false;
}

bool config_is_admin(const struct config *c, const char *bare_jid)
{
	for (char **admin = c->admins; *admin; admin++)
		if (!strcmp(*admin, bare_jid))
			return true;
	return false;
}
