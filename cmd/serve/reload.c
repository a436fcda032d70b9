/* SPDX-License-Identifier: MIT */
#include "cmd/serve/reload.h"

#include "cmd/applet.h"
#include "cmd/serve/config.h"
#include "common/base/auto.h"
#include "common/xmpp/opts.h"

AUTO_DEFINE(poptContext, poptFreeContext);

const struct poptOption *serve_options(void)
{
	static struct config c;

	return config_table(&c);
}

static int check_usage(const struct session_opts *o, const struct config *c, poptContext pc)
{
	if (poptPeekArg(pc))
		return opts_usage_error("unexpected argument '%s'", poptPeekArg(pc));
	if (c->given.component && o->jid)
		return opts_usage_error("--jid and --component exclude each other");
	/* A configured one may be there for a component that the command line has replaced. */
	if (!c->given.component &&
	    ((c->given.secret_file && !opts_is_configured("secret-file")) ||
	     (c->given.secret_command && !opts_is_configured("secret-command"))))
		return opts_usage_error("--secret-file and --secret-command need --component");
	return 0;
}

int config_read(int argc, const char **argv, struct session_opts *o, struct config *c)
{
	struct poptOption options[] = { { NULL, '\0', POPT_ARG_INCLUDE_TABLE, config_table(c), 0,
					  "Service:", NULL },
					{ NULL, '\0', POPT_ARG_INCLUDE_TABLE, session_opts_table(o),
					  0, "Connection:", NULL },
					POPT_AUTOHELP POPT_TABLEEND };
	AUTO(poptFreeContext) poptContext pc = NULL;
	int r;

	session_opts_init(o, -1);
	config_init(c);
	pc = poptGetContext("pubsub-serve", argc, argv, options, 0);
	r = opts_parse(pc, options, o);
	if (!r)
		r = check_usage(o, c, pc);
	o->component = c->given.component;
	o->secret_file = c->given.secret_file;
	o->secret_command = c->given.secret_command;
	o->fixed_resource = true;
	return r;
}
