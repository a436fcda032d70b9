/* SPDX-License-Identifier: MIT */
#ifndef XMPP_OPTS_CONF_H
#define XMPP_OPTS_CONF_H

/*
 * The configuration as options: pubsub.conf(5). A key is the name of a long option, and is saved
 * by popt as that option would be.
 *
 * In the order of precedence: command line, environment, configuration. Of the configuration the
 * profile comes before what all share, the user's own file before the machine's, APPLET.KEY before
 * KEY. Of two that exclude each other only the one with precedence is there.
 */
#include <stdbool.h>
#include <stddef.h>

#include <popt.h>

struct session_opts;

/* Values of options that act by themselves. */
enum { OPT_VERBOSE = 0x1000, OPT_QUIET, OPT_VERSION };
void opts_loudness(int opt);

/*
 * Reads the configuration and adds it to what the command line has left in @table's variables:
 * strings and lists there were NULL before that. @pc has been parsed to its end, and is again.
 * @loudness: -v and -q were given. Returns 0 or, after a message, EX_CONFIG.
 */
int opts_configure(poptContext pc, const struct poptOption *table, struct session_opts *o,
		   bool loudness);

/*
 * Where the configuration has set the option with which @message begins ("--create: ..."): file and
 * line of that, for the caller to free; else NULL.
 */
char *opts_configured_at(const char *message);

#endif
