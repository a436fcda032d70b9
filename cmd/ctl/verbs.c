/* SPDX-License-Identifier: MIT */
#include "cmd/ctl/verbs.h"

#include <stdio.h>
#include <string.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/nearest.h"
#include "common/xmpp/opts.h"

/* clang-format off */
const struct verb verbs[] = { /* name, arguments, usage, help, options, flags, check, run */
	{ "info", 0, 1, "[NODE]", "what the service, or a node, is and can do", NULL, VERB_NODE, NULL, verb_info },
	{ "nodes", 0, 1, "[NODE]", "the nodes of the service, or of a collection", NULL, VERB_NODE, NULL, verb_nodes },
	{ "items", 1, 1, "NODE", "the ids of a node's items", NULL, VERB_NODE, NULL, verb_items },
	{ "get", 1, -1, "NODE [ID...]", "items of a node, or all of them", NULL, VERB_NODE | VERB_ITEM, verb_ids_check, verb_get },
	{ "create", 0, -1, "NODE|--instant [VAR=VALUE...]", "create a node", "instant", VERB_NODE, verb_create_check, verb_create },
	{ "configure", 1, -1, "NODE [VAR=VALUE...]", "print a node's settings, or change some", NULL, VERB_NODE, verb_configure_check, verb_configure },
	{ "defaults", 0, 0, "", "print the settings that a new node gets", NULL, 0, NULL, verb_defaults },
	{ "delete", 1, 1, "NODE", "delete a node", "redirect", VERB_NODE, verb_delete_check, verb_delete },
	{ "purge", 1, 1, "NODE", "remove all items of a node", NULL, VERB_NODE, NULL, verb_purge },
	{ "retract", 2, -1, "NODE ID...", "remove items of a node", "notify", VERB_NODE | VERB_ITEM, verb_ids_check, verb_retract },
	{ "subscribe", 1, 1, "NODE", "subscribe the account to a node", NULL, VERB_NODE, NULL, verb_subscribe },
	{ "unsubscribe", 1, 1, "NODE", "end the account's subscriptions to a node", "subid", VERB_NODE, NULL, verb_unsubscribe },
	{ "options", 1, -1, "NODE [VAR=VALUE...]", "print a subscription's options, or change some", "subid", VERB_NODE, verb_options_check, verb_options },
	{ "subscriptions", 0, 1, "[NODE]", "the account's subscriptions", NULL, VERB_NODE, NULL, verb_subscriptions },
	{ "subscribers", 1, -1, "NODE [JID=STATE...]", "print who has subscribed to a node, or change it", NULL, VERB_NODE, verb_subscribers_check, verb_subscribers },
	{ "affiliations", 0, 1, "[NODE]", "the account's affiliations", NULL, VERB_NODE, NULL, verb_affiliations },
	{ "affiliates", 1, -1, "NODE [JID=AFFILIATION...]", "print who is affiliated with a node, or change it", NULL, VERB_NODE, verb_affiliates_check, verb_affiliates },
	{ "pending", 0, 1, "[NODE]", "who waits for approval, at a node or at all of one's own", NULL, VERB_NODE, NULL, verb_pending },
	{ "approve", 2, 2, "NODE JID", "let somebody subscribe who waits for it", "subid", VERB_NODE, verb_decide_check, verb_approve },
	{ "deny", 2, 2, "NODE JID", "refuse somebody who waits for it", "subid", VERB_NODE, verb_decide_check, verb_deny },
	{ "backup", 0, -1, "NODE...|--all", "print nodes as an XML document, with all that is in them", "all", VERB_NODES, verb_backup_check, verb_backup },
	{ "restore", 0, 0, "", "make nodes as the document on standard input has them", "keep-going", 0, NULL, verb_restore },
	{ "diff", 1, 1, "FILE", "print where nodes are not as a document has them", NULL, 0, verb_diff_check, verb_diff },
	{ "apply", 1, 1, "FILE", "make nodes as a document has them: settings, affiliations", "dry-run", 0, verb_diff_check, verb_apply },
	{ "sync", 2, 2, "DIR NODE", "make a node's items those of a folder, a file each", "delete dry-run keep-going", VERB_NODE | VERB_DIR, verb_sync_check, verb_sync },
	{ "doctor", 0, 0, "", "try which features the service really has", "require", 0, verb_doctor_check, verb_doctor },
	{ "check", 0, 1, "[NODE]", "publish, and wait for the notification: for monitoring", "crit prometheus warn", VERB_NODE, verb_check_check, verb_check },
	{ "mirror", 2, 2, "SOURCE-URI TARGET-URI", "make a node's items those of another, at any service", "follow", VERB_NO_SERVICE, verb_mirror_check, verb_mirror },
	{ NULL }
};
/* clang-format on */

const struct verb *verb_find(const char *name)
{
	struct nearest near = { .word = name };

	for (const struct verb *v = verbs; v->name; v++) {
		if (!strcmp(v->name, name))
			return v;
		nearest_consider(&near, v->name);
	}
	opts_usage_error("there is no verb '%s'; did you mean '%s'?", name, nearest_found(&near));
	return NULL;
}

void verbs_print(void)
{
	puts("Verbs:");
	for (const struct verb *v = verbs; v->name; v++) {
		AUTO_FREE char *use = mem_printf("%s %s", v->name, v->usage);

		printf("  %-36s %s\n", use, v->help);
	}
	puts("\npubsub-ctl VERB --help says more of a verb.");
}
