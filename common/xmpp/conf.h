/* SPDX-License-Identifier: MIT */
#ifndef XMPP_CONF_H
#define XMPP_CONF_H

/*
 * Configuration files, as they are written: pubsub.conf(5). What their keys mean is known to
 * opts_conf.h alone.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct conf_entry {
	char *section;	   /* "": before the first one */
	char *key, *value; /* without blanks around them */
	size_t file;	   /* index into conf.files */
	unsigned line;	   /* from 1 */
};

/* Zero-initialise it. */
struct conf {
	struct conf_entry *entries; /* in the order in which they were read */
	size_t n;
	char **files; /* NULL-terminated; NULL: none */
	char **sections;
};

void conf_release(struct conf *c);

/* What is wrong at that place of @file, to the log. */
void __attribute__((format(printf, 3, 0)))
conf_complain(const char *file, unsigned line, const char *fmt, va_list ap);

/*
 * Reads @file behind what is there already. Where it is not there, or not for us to read (a
 * warning), this is an error unless @optional. Returns 0 or, after a message that names file and line, EX_CONFIG.
 */
int conf_read(struct conf *c, const char *file, bool optional);
/* The same from a stream; @name is for messages. */
int conf_read_stream(struct conf *c, const char *name, FILE *f);

/*
 * Where configuration is looked for if none is named: one for the machine, and over it one of the
 * user's own, NULL where neither XDG_CONFIG_HOME nor HOME is set. The caller frees the latter.
 */
#define CONF_SYSTEM_FILE "/etc/pubsub/config"
char *conf_user_file(void);

#endif
