/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a configuration file. What is read from one and written again reads the same; as
 * the service's settings it is taken or refused, and what was taken resolves or is refused.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cmd/serve/config.h"
#include "cmd/serve/reload.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/base/strings.h"
#include "common/xmpp/conf.h"
#include "common/xmpp/opts.h"
#include "fuzz.h"

#define MAX_SIZE (16 * 1024)
#define LONG_LINE 4000 /* written again it may be too long by what stands around it */

static int read_bytes(struct conf *c, const void *data, size_t size)
{
	FILE *f = fmemopen((void *)data, size, "r");
	int r;

	MUST(f);
	r = conf_read_stream(c, "fuzz", f);
	fclose(f);
	MUST(!r || r == EX_CONFIG);
	return r;
}

/* False: not to be read again. */
static bool write_again(const struct conf *c, struct str *out)
{
	const char *section = "";

	str_puts(out, "# where a byte order mark would not count\n");
	for (size_t i = 0; i < c->n; i++) {
		const struct conf_entry *e = &c->entries[i];

		MUST(*e->key && (!*e->section || strings_have(c->sections, e->section)));
		if (strlen(e->key) + strlen(e->value) > LONG_LINE)
			return false;
		if (strcmp(section, e->section))
			str_printf(out, "[%s]\n", e->section);
		section = e->section;
		str_printf(out, "%s=%s\n", e->key, e->value);
	}
	return true;
}

static void check_reading(const void *data, size_t size)
{
	AUTO_IN_PLACE(conf_release) struct conf c = { 0 };
	AUTO_IN_PLACE(conf_release) struct conf again = { 0 };
	AUTO_STR text = { 0 };

	if (read_bytes(&c, data, size) || !write_again(&c, &text))
		return;
	MUST(!read_bytes(&again, text.p, text.len));
	MUST(again.n == c.n);
	for (size_t i = 0; i < c.n; i++) {
		MUST(!strcmp(c.entries[i].section, again.entries[i].section));
		MUST(!strcmp(c.entries[i].key, again.entries[i].key));
		MUST(!strcmp(c.entries[i].value, again.entries[i].value));
	}
}

static void check_settings(const void *data, size_t size)
{
	AUTO_IN_PLACE(session_opts_release) struct session_opts o = { 0 };
	AUTO_IN_PLACE(config_release) struct config c = { 0 };
	int fd = memfd_create("fuzz", 0);
	AUTO_FREE char *path = mem_printf("/proc/self/fd/%d", fd);
	const char *argv[] = { "pubsub-serve", "-c", path, "--profile", "p", NULL };
	int r;

	MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	r = config_read(5, argv, &o, &c);
	MUST(!r || r == EX_CONFIG || r == EX_USAGE);
	if (!r) {
		r = config_resolve(&c, "pubsub.example.com", true);
		MUST(!r || r == EX_CONFIG);
	}
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size || size > MAX_SIZE)
		return 0;
	unsetenv("PUBSUB_JID");
	setenv("XDG_STATE_HOME", "/nonexistent", 1);
	log_init("pubsub-serve");
	log_set_level((enum log_level)(LOG_ERROR - 1));
	check_reading(data, size);
	check_settings(data, size);
	return 0;
}
