/* SPDX-License-Identifier: MIT */
#include "cmd/pub/aside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/pub/work.h"
#include "common/base/auto.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/out.h"
#include "common/base/str.h"
#include "common/xmpp/xml.h"

#define REFUSED "refused"
#define DAMAGED "damaged"

static bool make_folder(int fd, const char *sub)
{
	return !mkdirat(fd, sub, 0700) || errno == EEXIST;
}

/* Opens @name in the folder @sub, which is made. */
static int open_beside(int fd, const char *sub, const char *name, int flags)
{
	AUTO_FREE char *path = mem_printf("%s/%s", sub, name);

	if (!make_folder(fd, sub))
		return -1;
	return openat(fd, path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
}

/* What was made there. */
static int sync_beside(int fd, const char *sub)
{
	int sub_fd = openat(fd, sub, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = sub_fd < 0 || fsync(sub_fd) || fsync(fd) ? -errno : 0;

	if (sub_fd >= 0)
		close(sub_fd);
	return r;
}

/* Puts @text into @sub/@name, and on the disk. */
static bool keep(const char *dir, int fd, const char *sub, const char *name, int flags,
		 const struct str *text)
{
	int file = open_beside(fd, sub, name, flags);
	int r = file < 0 ? -errno : out_write(file, text->p, text->len, NULL);

	if (!r && fsync(file))
		r = -errno;
	if (file >= 0)
		close(file);
	if (!r)
		r = sync_beside(fd, sub);
	if (r)
		log_error("cannot write to '%s/%s/%s': %s", dir, sub, name, strerror(-r));
	return !r;
}

bool aside_file(const char *dir, int fd, const char *name, const char *why)
{
	AUTO_FREE char *to = mem_printf(DAMAGED "/%s", name);

	if (!make_folder(fd, DAMAGED) || renameat(fd, name, fd, to)) {
		log_error("cannot read '%s/%s': %s; it is passed over", dir, name, why);
		return false;
	}
	log_error("cannot read '%s/%s': %s; it is now '%s/%s'", dir, name, why, dir, to);
	return true;
}

bool aside_entry(const char *dir, int fd, const char *name, const char *line, size_t len)
{
	AUTO_STR text = { 0 };

	str_add(&text, line, len);
	str_putc(&text, '\n');
	log_error("an entry in '%s/%s' is damaged and not sent: see '%s/" DAMAGED "/%s'", dir, name,
		  dir, name);
	return keep(dir, fd, DAMAGED, name, O_APPEND, &text);
}

/* As a comment: two hyphens in a row would end it. */
static void put_comment(struct str *out, const char *text)
{
	str_puts(out, "<!-- ");
	for (; *text; text++) {
		str_putc(out, *text);
		if (*text == '-')
			str_putc(out, ' ');
	}
	str_puts(out, " -->\n");
}

static const char *element(const struct work *w)
{
	return w->kind == WORK_ITEM ? "item" : w->kind == WORK_PURGE ? "purge" : "retract";
}

bool aside_refused(const char *dir, int fd, const char *name, const struct work *w)
{
	AUTO_FREE char *file = mem_printf("%s.xml", name);
	AUTO_FREE char *why = mem_printf("refused by %s: %s", w->service ? w->service : "the service",
					 w->why ? w->why : "");
	AUTO_STR text = { 0 };

	put_comment(&text, why);
	str_printf(&text, "<%s", element(w));
	xml_attr(&text, "id", w->id);
	xml_attr(&text, "node", w->node);
	str_putc(&text, '>');
	str_add(&text, w->payload, w->len);
	str_printf(&text, "</%s>\n", element(w));
	if (!keep(dir, fd, REFUSED, file, O_TRUNC, &text))
		return false;
	log_note("it is kept in '%s/" REFUSED "/%s'", dir, file);
	return true;
}
