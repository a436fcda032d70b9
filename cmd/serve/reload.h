/* SPDX-License-Identifier: MIT */
#ifndef SERVE_RELOAD_H
#define SERVE_RELOAD_H

/*
 * The settings from command line and configuration.
 */
struct config;
struct session_opts;

/*
 * Initialises both and fills in what was given; nothing is resolved yet. Returns 0, or an exit code
 * after a message; either way they are to be released.
 */
int config_read(int argc, const char **argv, struct session_opts *o, struct config *c);

#endif
