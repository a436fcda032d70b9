/* SPDX-License-Identifier: MIT */
#ifndef SERVE_RELOAD_H
#define SERVE_RELOAD_H

/*
 * The settings from command line and configuration: read at the start, and again while the service
 * runs.
 */
struct config;
struct service;
struct session_opts;

/*
 * Initialises both and fills in what was given; nothing is resolved yet. Returns 0, or an exit code
 * after a message; either way they are to be released.
 */
int config_read(int argc, const char **argv, struct session_opts *o, struct config *c);

/*
 * Reads all of it again. Where anything is wrong with it the exit code that it would have meant is
 * returned after a message, and nothing has changed. Else what can change while the service runs is
 * taken over into @running, which @service uses; of the rest (@o, store) a message says that it
 * needs a restart. Strings and lists in @running are new then, but for those of the rest.
 */
int config_reload(int argc, const char **argv, struct session_opts *o, struct config *running,
		  struct service *service);

#endif
