/* SPDX-License-Identifier: MIT */
#ifndef CTL_VERBS_H
#define CTL_VERBS_H

/*
 * The verbs: one row each. From the table come the choice, the check of arguments and options, and
 * what --help says.
 *
 * A new verb is a row, a function declared here, and a name for each option of its own in opts.c.
 */
#include <stddef.h>

struct ctl;

#define VERB_NODE (1u << 0)	  /* the first argument, if there is one, is a node, or a URI */
#define VERB_ITEM (1u << 1)	  /* an item that the URI names is the first argument behind it */
#define VERB_NODES (1u << 3)	  /* all arguments are nodes, or URIs */
#define VERB_DIR (1u << 4)	  /* a folder stands before the node */
#define VERB_NO_SERVICE (1u << 2) /* none is looked for where none is named */

struct verb {
	const char *name;
	int min, max;	     /* arguments, the node among them; max -1: any number */
	const char *usage;   /* "NODE [ID...]" */
	const char *help;    /* in a line */
	const char *options; /* of its own, by their long names: "redirect subid"; NULL: none */
	unsigned flags;
	/* Before the login, c->session is NULL: 0 or an exit code after a message. NULL: no check.
	 */
	int (*check)(struct ctl *c);
	/* Returns the exit code, after a message. */
	int (*run)(struct ctl *c);
};
extern const struct verb verbs[]; /* ended by a NULL name */

/* NULL, and a message that names the nearest, where there is none. */
const struct verb *verb_find(const char *name);
/* "create NODE|--instant [VAR=VALUE...]" and what it does, for --help: a line for each verb. */
void verbs_print(void);

/* node.c */
int verb_create_check(struct ctl *c);
int verb_create(struct ctl *c);
int verb_configure_check(struct ctl *c);
int verb_configure(struct ctl *c);
int verb_defaults(struct ctl *c);
int verb_delete_check(struct ctl *c);
int verb_delete(struct ctl *c);
int verb_purge(struct ctl *c);

/* items.c */
int verb_ids_check(struct ctl *c);
int verb_items(struct ctl *c);
int verb_get(struct ctl *c);
int verb_retract(struct ctl *c);

/* disco.c */
int verb_info(struct ctl *c);
int verb_nodes(struct ctl *c);

/* people.c */
int verb_subscribe(struct ctl *c);
int verb_unsubscribe(struct ctl *c);
int verb_options_check(struct ctl *c);
int verb_options(struct ctl *c);
int verb_subscriptions(struct ctl *c);
int verb_affiliations(struct ctl *c);

/* owner.c */
int verb_subscribers_check(struct ctl *c);
int verb_subscribers(struct ctl *c);
int verb_affiliates_check(struct ctl *c);
int verb_affiliates(struct ctl *c);

/* pending.c */
int verb_pending(struct ctl *c);
int verb_decide_check(struct ctl *c);
int verb_approve(struct ctl *c);
int verb_deny(struct ctl *c);

/* backup.c, restore.c */
int verb_backup_check(struct ctl *c);
int verb_backup(struct ctl *c);
int verb_restore(struct ctl *c);

/* diff.c */
int verb_diff_check(struct ctl *c);
int verb_diff(struct ctl *c);
int verb_apply(struct ctl *c);

/* sync.c */
int verb_sync_check(struct ctl *c);
int verb_sync(struct ctl *c);

/* doctor.c */
int verb_doctor_check(struct ctl *c);
int verb_doctor(struct ctl *c);

/* check.c */
int verb_check_check(struct ctl *c);
int verb_check(struct ctl *c);
/* Of a check, whatever has become of it: the exit code that Nagios knows, and a line if there was
 * none. */
int check_end(struct ctl *c, int code);

/* mirror.c */
int verb_mirror_check(struct ctl *c);
int verb_mirror(struct ctl *c);

#endif
