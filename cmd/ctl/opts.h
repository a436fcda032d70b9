/* SPDX-License-Identifier: MIT */
#ifndef CTL_OPTS_H
#define CTL_OPTS_H

/*
 * The command line of pubsub-ctl: options, anywhere; a verb; its arguments.
 */
#include "common/pubsub/target.h"
#include "common/xmpp/opts.h"

struct verb;

struct ctl_opts {
	struct session_opts session;
	struct session_params params;
	const struct verb *verb;
	struct target target; /* the service, and the verb's node where it has one */
	char **args;	      /* of the verb, behind its node; ended by NULL; NULL: none */
	char *service;
	int xml;
	/* Of single verbs; see the table of verbs. */
	int all, delete, dry_run, follow, instant, keep_going, notify, prometheus;
	char *crit, *redirect, *require, *subid, *warn;
};

/* 0, or an exit code after a message; does not return where help was asked for. */
int ctl_opts_parse(struct ctl_opts *o, int argc, const char **argv);
void ctl_opts_release(struct ctl_opts *o);

#endif
