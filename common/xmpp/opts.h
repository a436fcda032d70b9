/* SPDX-License-Identifier: MIT */
#ifndef XMPP_OPTS_H
#define XMPP_OPTS_H

/*
 * The options that every applet has: one popt table, and what becomes of it.
 */
#include <popt.h>

#include "common/xmpp/session.h"

/* Filled by popt; release with session_opts_release(). */
struct session_opts {
	char *jid, *password_file, *password_command, *host, *tls, *ca_file, *cert, *key, *config,
		*profile;
	char *given_connect_timeout, *given_request_timeout, *given_retries;
	int connect_timeout, request_timeout, retries; /* these, after opts_parse() */
	int trace;
	/* Not from popt: set by the applet before session_opts_resolve(). */
	const char *component; /* be this component; NULL: an account */
	const char *secret_file, *secret_command;
	bool fixed_resource;
	/* Owned results that session_params points into. */
	char *full_jid, *secret, *host_name;
};

/* Defaults that differ by applet. */
void session_opts_init(struct session_opts *o, int retries);
void session_opts_release(struct session_opts *o);

/*
 * The shared table, to be included with POPT_ARG_INCLUDE_TABLE. It points into @o and is valid
 * until the next call. -v, -q and --version act by themselves.
 */
struct poptOption *session_opts_table(struct session_opts *o);

/*
 * Fills in the environment (PUBSUB_JID, PUBSUB_PASSWORD, PUBSUB_SECRET), reads the secret (or asks
 * for it on /dev/tty), checks everything. Returns 0 or an exit code after a message: EX_USAGE,
 * EX_CONFIG.
 */
int session_opts_resolve(struct session_opts *o, struct session_params *ret_params);
/* The same but for the secret: nothing is asked for, no command is run. */
int session_opts_check(struct session_opts *o, struct session_params *ret_params);

/*
 * Parses @pc to its end, and adds the configuration to it: pubsub.conf(5). @table: what @pc was
 * made with, session_opts_table(@o) in it; where it has strings and lists, they are NULL before.
 * Returns 0, or an exit code after a message (EX_USAGE; one line, naming --help; EX_CONFIG). Leaves
 * the remaining arguments to poptGetArgs().
 */
int opts_parse(poptContext pc, const struct poptOption *table, struct session_opts *o);
/*
 * "pubsub-pub: MESSAGE" and a hint at --help; returns EX_USAGE. A message on an option's value
 * begins with the option, as in "--node: ...": where the value comes from the configuration, file
 * and line are named, and EX_CONFIG is returned.
 */
int opts_usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/*
 * The file descriptor that @text names, which must be open; NULL: -1. 0, or EX_USAGE after a message
 * that begins with @option.
 */
int opts_descriptor(const char *option, const char *text, int *ret);
/* As opts_usage_error(), for what popt does not take: @error of poptGetNextOpt(). Names the nearest of @table. */
int opts_bad_option(poptContext pc, const struct poptOption *table, int error);
/* Was the value of this option taken from the configuration? Name without "--". */
bool opts_is_configured(const char *option);

/*
 * The applets that there are, for keys that are not for the one that runs; ended by a NULL name.
 * Of their options without those that all have only the names are looked at.
 */
struct opts_applet {
	const char *name; /* "pubsub-sub" */
	const struct poptOption *(*options)(void);
};
void opts_know_applets(const struct opts_applet *list);

#endif
