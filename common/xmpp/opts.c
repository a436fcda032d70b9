/* SPDX-License-Identifier: MIT */
#include "common/xmpp/opts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/nearest.h"
#include "common/base/parse.h"
#include "common/xmpp/client_cert.h"
#include "common/xmpp/versions.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/opts_conf.h"
#include "common/xmpp/secret.h"

void session_opts_init(struct session_opts *o, int retries)
{
	*o = (struct session_opts){ .connect_timeout = 30,
				    .request_timeout = 60,
				    .retries = retries };
}

void session_opts_release(struct session_opts *o)
{
	char **owned[] = { &o->jid,
			   &o->password_file,
			   &o->password_command,
			   &o->host,
			   &o->tls,
			   &o->ca_file,
			   &o->cert,
			   &o->key,
			   &o->config,
			   &o->profile,
			   &o->full_jid,
			   &o->host_name,
			   &o->given_connect_timeout,
			   &o->given_request_timeout,
			   &o->given_retries };

	for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++) {
		free(*owned[i]);
		*owned[i] = NULL;
	}
	if (o->secret)
		explicit_bzero(o->secret, strlen(o->secret));
	free(o->secret);
	o->secret = NULL;
}

struct poptOption *session_opts_table(struct session_opts *o)
{
	static struct poptOption table[20];
	/* clang-format off */
	const struct poptOption rows[] = {
		{ "jid", 'j', POPT_ARG_STRING, &o->jid, 0, "the account to log in with (PUBSUB_JID)", "JID" },
		{ "password-file", 0, POPT_ARG_STRING, &o->password_file, 0, "the password is FILE's first line", "FILE" },
		{ "password-command", 0, POPT_ARG_STRING, &o->password_command, 0,
		  "the password is the first line that CMD prints", "CMD" },
		{ "host", 'H', POPT_ARG_STRING, &o->host, 0, "connect there and not where DNS says", "HOST[:PORT]" },
		{ "tls", 0, POPT_ARG_STRING, &o->tls, 0, "starttls (default), direct, or none", "MODE" },
		{ "ca-file", 0, POPT_ARG_STRING, &o->ca_file, 0, "trust these CAs and not the system's", "FILE" },
		{ "cert", 0, POPT_ARG_STRING, &o->cert, 0, "client certificate, for SASL EXTERNAL", "FILE" },
		{ "key", 0, POPT_ARG_STRING, &o->key, 0, "its private key", "FILE" },
		{ "connect-timeout", 0, POPT_ARG_STRING, &o->given_connect_timeout, 0,
		  "give up a connection attempt after this (30)", "SECONDS" },
		{ "request-timeout", 0, POPT_ARG_STRING, &o->given_request_timeout, 0,
		  "give up an unanswered request after this (60)", "SECONDS" },
		{ "retries", 0, POPT_ARG_STRING, &o->given_retries, 0,
		  "how often to reconnect before giving up; -1: for ever", "N" },
		{ "config", 'c', POPT_ARG_STRING, &o->config, 0, "options from FILE, and from no other", "FILE" },
		{ "profile", 0, POPT_ARG_STRING, &o->profile, 0, "use section [NAME] of the configuration", "NAME" },
		{ "verbose", 'v', POPT_ARG_NONE, NULL, OPT_VERBOSE, "say more on standard error (again: still more)", NULL },
		{ "quiet", 'q', POPT_ARG_NONE, NULL, OPT_QUIET, "say nothing but errors", NULL },
		{ "trace", 0, POPT_ARG_NONE, &o->trace, 0, "every stanza on standard error, secrets blanked", NULL },
		{ "version", 0, POPT_ARG_NONE, NULL, OPT_VERSION, "print the versions of pubsub and its libraries", NULL },
		POPT_TABLEEND
	};
	/* clang-format on */
	_Static_assert(sizeof(rows) <= sizeof(table), "the table has outgrown its place");

	memcpy(table, rows, sizeof(rows));
	return table;
}

int opts_usage_error(const char *fmt, ...)
{
	AUTO_FREE char *text = NULL;
	AUTO_FREE char *where = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		text = NULL;
	where = text ? opts_configured_at(text) : NULL;
	if (where) {
		log_error("%s: %s", where, text + strlen("--"));
		return EX_CONFIG;
	}
	log_error("%s (see %s --help)", text ? text : "bad usage", log_name());
	return EX_USAGE;
}

static void consider_options(struct nearest *near, const struct poptOption *row)
{
	for (; row->longName || row->shortName || row->arg; row++)
		if ((row->argInfo & POPT_ARG_MASK) == POPT_ARG_INCLUDE_TABLE)
			consider_options(near, row->arg);
		else if (row->longName)
			nearest_consider(near, row->longName);
}

int opts_bad_option(poptContext pc, const struct poptOption *table, int error)
{
	const char *option = poptBadOption(pc, POPT_BADOPTION_NOALIAS);
	AUTO_FREE char *name = NULL;
	struct nearest near = { 0 };

	if (error != POPT_ERROR_BADOPT || strncmp(option, "--", 2) != 0)
		return opts_usage_error("%s: %s", option, poptStrerror(error));
	name = mem_strndup(option + 2, strcspn(option + 2, "="));
	near.word = name;
	consider_options(&near, table);
	return opts_usage_error("%s: %s; did you mean '--%s'?", option, poptStrerror(error),
				nearest_found(&near));
}

int opts_descriptor(const char *option, const char *text, int *ret)
{
	uint64_t fd;

	*ret = -1;
	if (!text)
		return 0;
	if (parse_uint(text, 0, INT_MAX, &fd) || fcntl((int)fd, F_GETFD) < 0)
		return opts_usage_error("%s: '%s' is not an open file descriptor", option, text);
	*ret = (int)fd;
	return 0;
}

static int take_number(const char *option, const char *text, int min, int *ret)
{
	bool minus = text && *text == '-';
	uint64_t n;

	if (!text)
		return 0;
	if (parse_uint(text + minus, 0, INT_MAX, &n) || (minus ? -(int)n : (int)n) < min)
		return opts_usage_error("--%s: '%s' is not a number from %d on", option, text, min);
	*ret = minus ? -(int)n : (int)n;
	return 0;
}

static int take_numbers(struct session_opts *o)
{
	int r = take_number("connect-timeout", o->given_connect_timeout, 1, &o->connect_timeout);

	if (!r)
		r = take_number("request-timeout", o->given_request_timeout, 1,
				&o->request_timeout);
	return r ? r : take_number("retries", o->given_retries, -1, &o->retries);
}

int opts_parse(poptContext pc, const struct poptOption *table, struct session_opts *o)
{
	bool loudness = false;
	int r;

	while ((r = poptGetNextOpt(pc)) > 0) {
		if (r == OPT_VERSION)
			exit(versions_print());
		loudness |= r == OPT_VERBOSE || r == OPT_QUIET;
		opts_loudness(r);
	}
	if (r < -1)
		return opts_bad_option(pc, table, r);
	r = opts_configure(pc, table, o, loudness);
	return r ? r : take_numbers(o);
}

/* HOST, HOST:PORT, [IPV6], [IPV6]:PORT, or a bare IPv6 address. */
static int parse_host(const char *arg, char **ret_host, unsigned *ret_port)
{
	const char *colon = strrchr(arg, ':');
	uint64_t port = 0;
	size_t len;

	if (arg[0] == '[') {
		const char *close = strchr(arg, ']');

		if (!close || (close[1] && close[1] != ':'))
			return -EINVAL;
		colon = close[1] ? close + 1 : NULL;
		arg++;
		len = (size_t)(close - arg);
	} else if (colon && strchr(arg, ':') != colon) {
		colon = NULL;
		len = strlen(arg);
	} else {
		len = colon ? (size_t)(colon - arg) : strlen(arg);
	}
	if (!len || (colon && parse_uint(colon + 1, 1, 65535, &port)))
		return -EINVAL;
	*ret_host = mem_strndup(arg, len);
	*ret_port = (unsigned)port;
	return 0;
}

static int parse_tls(const char *arg, enum session_tls *ret_tls)
{
	static const char *const names[] = { [SESSION_STARTTLS] = "starttls",
					     [SESSION_DIRECT_TLS] = "direct",
					     [SESSION_NO_TLS] = "none" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(arg, names[i])) {
			*ret_tls = (enum session_tls)i;
			return 0;
		}
	return -EINVAL;
}

static int resolve_jid(struct session_opts *o, struct session_params *p)
{
	const char *jid = o->component ? o->component : o->jid ? o->jid : getenv("PUBSUB_JID");
	const char *option = o->component ? "--component" : o->jid ? "--jid" : "PUBSUB_JID";

	if (!jid || !*jid)
		return opts_usage_error("no account given: --jid or PUBSUB_JID");
	o->full_jid = jid_prep(jid);
	if (!o->full_jid)
		return opts_usage_error("%s: '%s' is not a JID", option, jid);
	if (o->component && (jid_has_local(o->full_jid) || jid_resource(o->full_jid)))
		return opts_usage_error("%s: '%s' is not a domain", option, jid);
	if (!o->component && !jid_has_local(o->full_jid))
		return opts_usage_error("%s: '%s' is not an account: user@host is needed", option,
					jid);
	p->jid = o->full_jid;
	p->component = o->component != NULL;
	return 0;
}

static int resolve_connection(struct session_opts *o, struct session_params *p)
{
	if (o->host && parse_host(o->host, &o->host_name, &p->port))
		return opts_usage_error("--host: '%s' is not HOST[:PORT]", o->host);
	p->host = o->host_name;
	if (o->tls && parse_tls(o->tls, &p->tls))
		return opts_usage_error("--tls: '%s' is none of starttls, direct, none", o->tls);
	p->connect_timeout = (unsigned)o->connect_timeout;
	p->request_timeout = (unsigned)o->request_timeout;
	p->retries = o->retries;
	p->trace = o->trace;
	p->fixed_resource = o->fixed_resource;
	return 0;
}

static int check_readable(const char *what, const char *file)
{
	if (!file || !access(file, R_OK))
		return 0;
	log_error("cannot read %s '%s': %s", what, file, strerror(errno));
	return EX_CONFIG;
}

/* OpenSSL passes over a file without one, and then says that it trusts nobody. */
static int check_certificates(const char *file)
{
	AUTO_FREE char *line = NULL;
	size_t cap = 0;
	bool found = false;
	FILE *f = file ? fopen(file, "re") : NULL;

	if (!f)
		return 0;
	while (!found && getline(&line, &cap, f) > 0)
		found = !strncmp(line, "-----BEGIN ", 11) && strstr(line, "CERTIFICATE-----");
	fclose(f);
	if (found)
		return 0;
	log_error("there is no certificate in the CA file '%s' (PEM is expected)", file);
	return EX_CONFIG;
}

static int resolve_files(struct session_opts *o, struct session_params *p)
{
	int r;

	if (!o->cert != !o->key)
		return opts_usage_error("--cert and --key belong together");
	r = check_readable("the CA file", o->ca_file);
	if (!r)
		r = check_certificates(o->ca_file);
	if (!r && o->cert)
		r = client_cert_check(o->cert, o->key);
	p->ca_file = o->ca_file;
	p->cert = o->cert;
	p->key = o->key;
	return r;
}

static int resolve_secret(struct session_opts *o, struct session_params *p)
{
	struct secret_source source = {
		.file = o->component ? o->secret_file : o->password_file,
		.command = o->component ? o->secret_command : o->password_command,
		.variable = o->component ? "PUBSUB_SECRET" : "PUBSUB_PASSWORD",
		.what = o->component ? "component secret" : "password",
		.whose = o->full_jid,
	};
	int r;

	if (o->cert && !source.file && !source.command)
		return 0;
	r = secret_get(&source, &o->secret);
	p->secret = o->secret;
	return r;
}

int session_opts_check(struct session_opts *o, struct session_params *ret_params)
{
	struct session_params p = { 0 };
	int r = resolve_jid(o, &p);

	if (!r)
		r = resolve_connection(o, &p);
	if (!r)
		r = resolve_files(o, &p);
	if (!r)
		*ret_params = p;
	return r;
}

int session_opts_resolve(struct session_opts *o, struct session_params *ret_params)
{
	struct session_params p;
	int r = session_opts_check(o, &p);

	if (!r)
		r = resolve_secret(o, &p);
	if (!r)
		*ret_params = p;
	return r;
}
