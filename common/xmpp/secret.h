/* SPDX-License-Identifier: MIT */
#ifndef XMPP_SECRET_H
#define XMPP_SECRET_H

/*
 * Where a password comes from. Never from an argument: arguments show in the process list.
 */
#define SECRET_PATIENCE 120 /* it may ask a person */

struct secret_source {
	const char *file;     /* its first line; NULL: none given */
	const char *command;  /* the first line that it prints */
	unsigned patience;    /* seconds for the command; 0: SECRET_PATIENCE */
	const char *variable; /* of the environment */
	const char *what;     /* "password": for messages and the prompt */
	const char *whose;
};

/*
 * In this order: file, command, environment, a prompt on /dev/tty where there is one. Returns 0 or,
 * after a message, EX_CONFIG; EX_USAGE where there is no source at all. The caller owns the result,
 * and wipes it.
 */
int secret_get(const struct secret_source *source, char **ret_secret);

#endif
