/* SPDX-License-Identifier: MIT */
#ifndef SERVE_CONFIG_H
#define SERVE_CONFIG_H

/*
 * The service's settings: one table of options, and what they come to.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <popt.h>

#include "cmd/serve/access.h"
#include "cmd/serve/node.h"
#include "cmd/serve/notify/body.h"
#include "cmd/serve/presence/contacts.h"

/*
 * What servers let pass where nobody has set it: Prosody and ejabberd take stanzas of 256 KiB from
 * an account and of 512 KiB from a component. A payload must leave room for the message around it.
 */
#define CONFIG_PAYLOAD_ACCOUNT (240 * 1024)
#define CONFIG_PAYLOAD_COMPONENT (480 * 1024)
#define CONFIG_EVENT_ROOM (12 * 1024)	/* item id, publisher, node around a payload */
#define CONFIG_HEAD_ROOM (4 * 1024)	/* addresses and id of a stanza */

enum collections_policy { COLLECTIONS_ANYONE, COLLECTIONS_ADMINS, COLLECTIONS_NOBODY };

struct config {
	/* As given; strings are popt's to allocate, ours to free. */
	struct {
		char *component, *secret_file, *secret_command, *store, *create, *metrics;
		char *create_collections, *outbox, *multicast;
		char *archive, *max_payload, *max_items, *max_owner_items, *max_nodes, *max_total_nodes;
		char *max_subscriptions, *max_subscribers, *max_bounces, *max_rate, *max_lease;
		char *presence, *max_contacts, *ready_fd;
		char **admins, **nodes;	/* NULL-terminated; NULL: none */
		char **defaults, **disabled, **stylesheets, **anonymous;
		int auto_create, multi_subscribe, lenient;
	} given;

	/* What it comes to; filled by config_resolve(). */
	char *jid;		/* the service's address, in normal form */
	char *owner;		/* its bare JID: creator of the nodes that --node names */
	bool component;
	char *store;		/* as store_open() takes it */
	char **admins;		/* bare JIDs in normal form, NULL-terminated */
	enum create_policy create;
	enum collections_policy create_collections; /* of those who may create nodes */
	enum presence_policy presence;
	bool auto_create, multi_subscribe, lenient;
	bool outbox;		/* events stay in the store until the server has them */
	bool multicast;		/* one message to many, where the server can do that */
	char **disabled;	/* features, as given */
	struct body body;	/* texts of payloads */
	struct node_config defaults[NODE_TYPE_MAX]; /* of new nodes */
	char **anonymous;	/* domains in normal form, NULL-terminated; NULL: none */
	int64_t archive; /* milliseconds that past versions stay; 0: no archive, INT64_MAX: for ever */
	uint64_t max_payload, max_items, max_owner_items, max_nodes, max_total_nodes;
	uint64_t max_subscriptions, max_subscribers, max_contacts;
	uint64_t max_bounces, bounce_hours;
	uint64_t max_rate, rate_burst; /* a second, and at once; 0: as fast as it likes */
	uint64_t max_lease;	/* seconds; 0: any */
	size_t max_event, max_stanza; /* bytes that we send in one */
};

void config_init(struct config *c);
void config_release(struct config *c);

/* The options, in pubsub-serve(8)'s order. Points into @c; valid until the next call. */
struct poptOption *config_table(struct config *c);

/*
 * Checks what was given. @jid: the service's address, in normal form: a component's domain or an
 * account's full JID. Returns 0, or an exit code after a message.
 */
int config_resolve(struct config *c, const char *jid, bool component);

bool config_is_anonymous(const struct config *c, const char *jid);
bool config_is_admin(const struct config *c, const char *bare_jid);

#endif
