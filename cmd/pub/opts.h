/* SPDX-License-Identifier: MIT */
#ifndef PUB_OPTS_H
#define PUB_OPTS_H

/* The command line of pubsub-pub, parsed and checked. */
#include <stdbool.h>

#include "cmd/pub/input.h"
#include "cmd/pub/intake.h"
#include "cmd/pub/sender.h"
#include "common/pubsub/target.h"
#include "common/xmpp/opts.h"

struct pub_opts {
	struct session_params params;
	struct target target;		/* with one node or none */
	struct intake_params intake;
	struct sender_params sender;
	struct input_source *sources;
	size_t count;
	const char *lines;		/* NULL: input is XML */
	bool print;
	const char *spool;		/* its folder; NULL: none */
	bool flush;			/* @sources are none */
	/* Behind the above. */
	struct session_opts session;
	char *id, *lines_name, *spool_dir;
	char *options, *config;		/* forms */
	char **payloads;
	char **files;
};

/* 0 or an exit code after a message. Either way release it. */
int pub_opts_parse(struct pub_opts *o, int argc, const char **argv);
void pub_opts_release(struct pub_opts *o);

#endif
