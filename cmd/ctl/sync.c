/* SPDX-License-Identifier: MIT */
/*
 * A folder to a node, a file for each item: sync.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/ctl/ctl.h"
#include "cmd/ctl/filename.h"
#include "cmd/ctl/have.h"
#include "cmd/ctl/print.h"
#include "cmd/ctl/verbs.h"
#include "cmd/ctl/window.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/progress.h"
#include "common/base/mem.h"
#include "common/pubsub/item_reader.h"
#include "common/pubsub/request.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/opts.h"
#include "common/xmpp/xml.h"

struct sync {
	struct ctl *c;
	const char *dir;
	int fd; /* of it */
	struct dirent **files;
	int n;
	struct have have;
	struct window window;
	struct progress *progress;
	bool differs;
	int code; /* while it retracts */
};

/* One file */

struct file {
	char *id, *payload;
	size_t len;
};

static void file_release(struct file *f)
{
	free(f->id);
	free(f->payload);
}

static int bad(const struct sync *s, const char *name, int code, const char *why)
{
	log_error("'%s/%s': %s", s->dir, name, why);
	return code;
}

static int take_payload(const struct in_item *item, void *data)
{
	struct file *f = data;

	if (item->kind != IN_ITEM || !item->payload || f->payload)
		return -EINVAL;
	f->payload = mem_strndup(item->payload, item->payload_len);
	f->len = item->payload_len;
	return 0;
}

static int read_whole(const struct sync *s, const char *name, struct str *ret)
{
	int fd = openat(s->fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK), e;
	char buf[16384];
	ssize_t n = fd < 0 ? -1 : 1;

	while (n > 0 && ret->len <= ITEM_READER_MAX_SIZE) {
		n = read(fd, buf, sizeof(buf));
		if (n > 0)
			str_add(ret, buf, (size_t)n);
	}
	e = errno;
	if (fd >= 0)
		close(fd);
	return n < 0 ? bad(s, name, e == EIO ? EX_IOERR : EX_NOTFOUND, strerror(e)) : 0;
}

static int parse_file(const struct sync *s, const char *name, const struct str *text,
		      struct file *ret)
{
	struct item_reader *reader = item_reader_new(take_payload, ret);
	size_t used;
	int r = text->len ? item_reader_feed(reader, text->p, text->len, &used) : 0;
	int code = 0;

	if (!r)
		r = item_reader_end(reader);
	if (r == -EBADMSG)
		code = bad(s, name, EX_DATAERR, item_reader_error(reader));
	else if (r || !ret->payload)
		code = bad(s, name, EX_DATAERR, "it is not one XML element");
	item_reader_free(reader);
	return code;
}

static int read_file(const struct sync *s, const char *name, struct file *ret)
{
	AUTO_STR text = { 0 };
	int code;

	ret->id = filename_id(name);
	if (!ret->id || !xml_valid(ret->id, strlen(ret->id)))
		return bad(s, name, EX_DATAERR, "the name is not that of an item");
	code = read_whole(s, name, &text);
	return code ? code : parse_file(s, name, &text, ret);
}

/* The folder */

static int is_item(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool is_file(const struct sync *s, const char *name)
{
	struct stat st;

	return fstatat(s->fd, name, &st, 0) || S_ISREG(st.st_mode);
}

static int open_dir(struct sync *s)
{
	s->n = scandir(s->dir, &s->files, is_item, by_name);
	s->fd = s->n < 0 ? -1 : open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->fd >= 0)
		return 0;
	log_error("cannot read '%s': %s", s->dir, strerror(errno));
	return EX_NOTFOUND;
}

/* What is done */

static void tell(struct sync *s, const char *what, const char *id)
{
	AUTO_STR xml = { 0 };

	s->differs = true;
	if (!s->c->o->xml) {
		print_row(s->c, what, id);
		return;
	}
	str_printf(&xml, "<%s xmlns='" NS_PUBSUB_EVENT "'",
		   strcmp(what, "retract") != 0 ? "item" : "retract");
	xml_attr(&xml, "id", id);
	xml_attr(&xml, "node", s->c->node);
	str_puts(&xml, "/>");
	print_xml(s->c, xml.p, xml.len);
}

static int publish(struct sync *s, const struct file *f)
{
	AUTO_STR xml = { 0 };

	request_publish_begin(&xml, s->c->node);
	request_publish_item(&xml, f->id, f->payload, f->len);
	request_publish_end(&xml);
	return window_send(&s->window, s->c, &xml, false, "publish item '%s' to '%s'", f->id,
			   s->c->node);
}

static int sync_file(struct sync *s, const char *name)
{
	AUTO_IN_PLACE(file_release) struct file f = { 0 };
	enum have_state have;
	int code = read_file(s, name, &f);

	if (code)
		return code;
	if (have_is_wanted(&s->have, f.id))
		return bad(s, name, EX_DATAERR, "another file is the same item");
	have = have_find(&s->have, f.id, f.payload, f.len);
	if (have == HAVE_SAME)
		return 0;
	have_put(&s->have, f.id, f.payload, f.len);
	tell(s, have == HAVE_NOT ? "add" : "change", f.id);
	return s->c->o->dry_run ? 0 : publish(s, &f);
}

static void retract(const char *id, void *data)
{
	struct sync *s = data;
	AUTO_STR xml = { 0 };

	if (s->code)
		return;
	tell(s, "retract", id);
	if (s->c->o->dry_run)
		return;
	request_retract(&xml, s->c->node, id, true);
	s->code = window_send(&s->window, s->c, &xml, true, "retract item '%s' of '%s'", id,
			      s->c->node);
}

/*
 * A file that cannot be read ends it: its item would be taken for one that is to be retracted. So
 * does an item that is refused: what it was to replace stays.
 */
static int sync_files(struct sync *s)
{
	int code = 0;

	for (int i = 0; i < s->n && !code; i++) {
		const char *name = s->files[i]->d_name;

		progress_add(s->progress);
		if (is_file(s, name))
			code = sync_file(s, name);
		else
			log_warn("'%s/%s' is no file: passed over", s->dir, name);
	}
	if (!code && s->c->o->delete)
		code = window_drain(&s->window, s->c);
	if (!code && s->c->o->delete && !s->window.refused)
		have_each_unwanted(&s->have, retract, s);
	return code ? code : s->code;
}

static void sync_release(struct sync *s)
{
	for (int i = 0; i < s->n; i++)
		free(s->files[i]);
	free(s->files);
	have_release(&s->have);
	if (s->fd >= 0)
		close(s->fd);
}

int verb_sync(struct ctl *c)
{
	AUTO_IN_PLACE(sync_release) struct sync s = { .c = c, .dir = c->args[0], .fd = -1 };
	int code = open_dir(&s), e;

	s.window.keep_going = c->o->keep_going;
	s.progress = progress_new(session_loop(c->session));
	ctl_doing(c, "read the items of '%s'", c->node);
	if (!code)
		code = have_read(c, c->node, &s.have);
	if (!code)
		code = sync_files(&s);
	e = window_drain(&s.window, c);
	progress_free(s.progress);
	code = code ? code : e;
	if (!code && s.window.refused)
		return EX_REFUSED;
	return !code && s.differs && c->o->dry_run ? EXIT_DIFFERS : code;
}

int verb_sync_check(struct ctl *c)
{
	AUTO_IN_PLACE(sync_release) struct sync s = { .c = c, .dir = c->args[0], .fd = -1 };

	return open_dir(&s);
}
