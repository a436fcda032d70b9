/* SPDX-License-Identifier: MIT */
#include "cmd/sub/dead_letter.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/map.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/out.h"
#include "common/base/str.h"
#include "common/pubsub/event.h"

#define NAME_PART 90 /* characters of each of the two: with all else, less than NAME_MAX */
#define SAME_NAME_MAX 100000

int dead_letter_prepare(const char *folder)
{
	struct stat st;

	if (mkdir(folder, 0700) && errno != EEXIST)
		return -errno;
	if (stat(folder, &st))
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	return access(folder, W_OK | X_OK) ? -errno : 0;
}

/* What is too long ends with a hash of the whole. */
static void add_part(struct str *out, const char *text)
{
	AUTO_STR part = { 0 };

	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		if (isalnum(*c) || *c == '-' || *c == '_')
			str_putc(&part, (char)*c);
		else
			str_printf(&part, "%%%02X", *c);
	if (part.len <= NAME_PART)
		str_add(out, part.p, part.len);
	else
		str_printf(out, "%.*s~%016" PRIx64, NAME_PART - 17, part.p,
			   map_checksum(text, strlen(text)));
}

static int write_file(int folder, const char *name, const struct str *text)
{
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600),
	    r;

	if (fd < 0)
		return -errno;
	r = out_write(fd, text->p, text->len, NULL);
	if (!r && fsync(fd))
		r = -errno;
	close(fd);
	return r;
}

/* The reason first: where the event is, all is. */
static int write_both(int folder, const char *name, const struct str *text, const char *reason)
{
	AUTO_FREE char *part = mem_printf("%s.part", name), *event = mem_printf("%s.xml", name),
		       *why = mem_printf("%s.reason", name);
	AUTO_STR reason_text = { 0 };
	int r;

	str_printf(&reason_text, "%s\n", reason);
	r = write_file(folder, why, &reason_text);
	if (!r)
		r = write_file(folder, part, text);
	if (!r && renameat(folder, part, folder, event))
		r = -errno;
	if (!r && fsync(folder))
		r = -errno;
	return r;
}

static bool is_free(int folder, const char *name)
{
	AUTO_FREE char *event = mem_printf("%s.xml", name);

	return faccessat(folder, event, F_OK, AT_SYMLINK_NOFOLLOW) && errno == ENOENT;
}

int dead_letter_write(const char *folder, const struct event *e, const struct str *text,
		      const char *reason)
{
	AUTO_STR base = { 0 };
	AUTO_FREE char *name = NULL;
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = -EEXIST;

	if (fd < 0)
		return -errno;
	add_part(&base, e->node);
	str_putc(&base, '.');
	add_part(&base, e->id ? e->id : event_kind_name(e->kind));
	name = mem_strdup(base.p);
	for (int n = 2; n < SAME_NAME_MAX && r == -EEXIST; n++) {
		if (is_free(fd, name)) {
			r = write_both(fd, name, text, reason);
		} else {
			free(name);
			name = mem_printf("%s~%d", base.p, n);
		}
	}
	close(fd);
	return r;
}
