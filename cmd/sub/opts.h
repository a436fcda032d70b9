/* SPDX-License-Identifier: MIT */
#ifndef SUB_OPTS_H
#define SUB_OPTS_H

/* The command line of pubsub-sub, parsed and checked. */
#include <stdbool.h>
#include <stdint.h>

#include "cmd/sub/output.h"
#include "common/pubsub/target.h"
#include "common/xmpp/opts.h"

struct template;
struct xpath;

struct sub_opts {
	struct session_params params;
	struct target target;
	bool all, once, durable, stamp, colour, monitor;
	uint64_t last;		/* 0: not given */
	uint64_t count;		/* 0: no end */
	double wait;		/* seconds; 0: no end */
	enum output_format format;
	unsigned kinds;		/* as struct output has it */
	struct template *template; /* of the last two formats; NULL: another one */
	struct xpath *where;	/* NULL: all items */
	char **namespaces;	/* for expressions, as xpath_compile() takes them */
	char *options;		/* of the subscription: a form; NULL: none given */
	char *state;		/* file of the position; NULL: none */
	char *exec;		/* a command for each event; NULL: none */
	unsigned jobs;
	unsigned long tries;	/* 0: no end */
	char *dead_letters;	/* a folder; NULL: none */
	int ready_fd;		/* -1: none */
	/* Behind the above. */
	struct session_opts session;
};

/* 0 or an exit code after a message. Either way release it. */
int sub_opts_parse(struct sub_opts *o, int argc, const char **argv);
void sub_opts_release(struct sub_opts *o);

#endif
