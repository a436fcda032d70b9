/* SPDX-License-Identifier: MIT */
#include "cmd/pub/spool.h"

#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cmd/pub/aside.h"
#include "cmd/pub/entry.h"
#include "cmd/pub/work.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/out.h"
#include "common/base/parse.h"
#include "common/base/str.h"
#include "common/xmpp/jid.h"

#define HEAD "pubsub-spool 1\n"
#define DIGITS 16
#define SUFFIX ".items"
#define NAME_LEN (DIGITS + sizeof(SUFFIX) - 1)
#define NEW "new"
#define SENDER_MAX 3072 /* as long as an address may be, and a line feed */

/* One file, from when its name was seen until all in it is settled. */
struct segment {
	TAILQ_ENTRY(segment) link;
	char name[NAME_LEN + 1];
	struct str text;	/* once it has been read, until all has been handed out */
	bool loaded, ended;
	bool stays;		/* something in it could neither be sent nor put aside */
	size_t pos;
	size_t open;		/* handed out and not settled */
};
TAILQ_HEAD(segments, segment);

struct spool {
	char *dir;
	int fd, lock_fd, sender_fd;
	bool locked;
	bool again;		/* since it was locked, something has been handed out */
	char *sender;		/* as in that file; NULL: not known, or none */
	bool warned;		/* that it could not be written there */
	struct str added;	/* entries */
	size_t count;		/* how many those are */
	struct segments segments; /* by age */
};

/* Opening */

static int trouble(const struct spool *s, const char *what, int error)
{
	log_error("cannot %s the spool '%s': %s", what, s->dir, strerror(error));
	return error == ENOSPC || error == EDQUOT || error == EIO || error == EFBIG ? EX_IOERR :
										     EX_CANTCREAT;
}

static int open_file(const struct spool *s, const char *name, int *ret)
{
	*ret = openat(s->fd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	return *ret < 0 ? errno : 0;
}

/* Its entry in the folder above must last as well. */
static void sync_parent(const struct spool *s)
{
	int fd = openat(s->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

static int open_all(struct spool *s)
{
	bool made = !mkdir(s->dir, 0700);
	int e = made || errno == EEXIST ? 0 : errno;

	if (e)
		return trouble(s, "make", e);
	s->fd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->fd < 0)
		return trouble(s, "open", errno);
	if (made)
		sync_parent(s);
	e = open_file(s, "lock", &s->lock_fd);
	if (!e)
		e = open_file(s, "sender", &s->sender_fd);
	return e ? trouble(s, "write to", e) : 0;
}

int spool_open(const char *dir, struct spool **ret)
{
	struct spool *s = mem_zalloc(sizeof(*s));
	int code;

	s->dir = mem_strdup(dir);
	s->fd = s->lock_fd = s->sender_fd = -1;
	TAILQ_INIT(&s->segments);
	code = open_all(s);
	if (code)
		spool_close(s);
	else
		*ret = s;
	return code;
}

static void drop_segment(struct spool *s, struct segment *g)
{
	TAILQ_REMOVE(&s->segments, g, link);
	str_release(&g->text);
	free(g);
}

void spool_close(struct spool *s)
{
	int fds[] = { s ? s->fd : -1, s ? s->lock_fd : -1, s ? s->sender_fd : -1 };

	if (!s)
		return;
	while (!TAILQ_EMPTY(&s->segments))
		drop_segment(s, TAILQ_FIRST(&s->segments));
	/* What has been removed shall not come back: it would replace what has been sent since. */
	if (s->locked)
		fsync(s->fd);
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	str_release(&s->added);
	free(s->sender);
	free(s->dir);
	free(s);
}

const char *spool_dir(const struct spool *s)
{
	return s->dir;
}

/* Names */

/* The number that a name has; 0: it is another's file. */
static uint64_t number_of(const char *name)
{
	char digits[DIGITS + 1] = "";
	uint64_t n;

	if (strlen(name) != NAME_LEN || strcmp(name + DIGITS, SUFFIX) != 0)
		return 0;
	memcpy(digits, name, DIGITS);
	return parse_uint(digits, 1, UINT64_MAX, &n) ? 0 : n;
}

static int is_ours(const struct dirent *d)
{
	return number_of(d->d_name) != 0;
}

static int list(const struct spool *s, struct dirent ***ret)
{
	return scandirat(s->fd, ".", ret, is_ours, alphasort);
}

static void free_names(struct dirent **names, int n)
{
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
}

static uint64_t newest_there(const struct spool *s)
{
	struct dirent **names = NULL;
	int n = list(s, &names);
	uint64_t newest = n > 0 ? number_of(names[n - 1]->d_name) : 0;

	if (n >= 0)
		free_names(names, n);
	return newest;
}

/* The newest name that was given, whether or not that file is still there. */
static uint64_t newest(const struct spool *s)
{
	char digits[DIGITS + 1] = "";
	uint64_t n;

	if (pread(s->lock_fd, digits, DIGITS, 0) == DIGITS &&
	    !parse_uint(digits, 1, UINT64_MAX, &n))
		return n;
	return newest_there(s);
}

/* Later than all names so far; by the clock, in microseconds, so that a name says when. */
static uint64_t next_number(const struct spool *s)
{
	struct timespec now;
	uint64_t n, last = newest(s);

	clock_gettime(CLOCK_REALTIME, &now);
	n = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	return n > last ? n : last + 1;
}

/* Adding */

void spool_add(struct spool *s, const struct work *w)
{
	entry_write(w, &s->added);
	s->count++;
}

size_t spool_uncommitted(const struct spool *s)
{
	return s->added.len;
}

/* A run that was killed while it wrote had promised nothing yet. */
static void look_for_rest(const struct spool *s)
{
	struct stat st;

	if (!fstatat(s->fd, NEW, &st, AT_SYMLINK_NOFOLLOW))
		log_warn("a run was ended while it wrote to the spool '%s': of its last %jd bytes "
			 "nothing is sent",
			 s->dir, (intmax_t)st.st_size);
	unlinkat(s->fd, NEW, 0);
}

static int write_new(const struct spool *s)
{
	int fd = openat(s->fd, NEW, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	int r;

	if (fd < 0)
		return -errno;
	r = out_write(fd, HEAD, strlen(HEAD), NULL);
	if (!r)
		r = out_write(fd, s->added.p, s->added.len, NULL);
	if (!r && fsync(fd))
		r = -errno;
	if (close(fd) && !r)
		r = -errno;
	return r;
}

static int write_segment(const struct spool *s)
{
	char name[NAME_LEN + 1];
	uint64_t n;
	int r;

	look_for_rest(s);
	r = write_new(s);
	if (r)
		return r;
	n = next_number(s);
	do /* where the clock and the lock's content are both lost: never over another */
		snprintf(name, sizeof(name), "%0*" PRIu64 SUFFIX, DIGITS, n++);
	while (!faccessat(s->fd, name, F_OK, AT_SYMLINK_NOFOLLOW));
	if (pwrite(s->lock_fd, name, DIGITS, 0) != DIGITS && ftruncate(s->lock_fd, 0))
		return -errno;
	if (renameat(s->fd, NEW, s->fd, name))
		return -errno;
	return fsync(s->fd) ? -errno : 0;
}

static int flock_patiently(int fd, int how)
{
	int r;

	do
		r = flock(fd, how);
	while (r && errno == EINTR);
	return r;
}

int spool_commit(struct spool *s)
{
	size_t count = s->count;
	int r;

	if (!count)
		return 0;
	r = flock_patiently(s->lock_fd, LOCK_EX) ? -errno : write_segment(s);
	if (r)
		unlinkat(s->fd, NEW, 0);
	flock_patiently(s->lock_fd, LOCK_UN);
	str_reset(&s->added);
	s->count = 0;
	if (!r)
		return 0;
	log_warn("the last %zu that were read are not kept", count);
	return trouble(s, "write to", -r);
}

/* Sending */

bool spool_lock(struct spool *s)
{
	if (s->locked)
		return true;
	s->again = false;
	s->locked = !flock_patiently(s->sender_fd, LOCK_EX | LOCK_NB);
	return s->locked;
}

void spool_unlock(struct spool *s)
{
	fsync(s->fd); /* as in spool_close() */
	flock_patiently(s->sender_fd, LOCK_UN);
	s->locked = false;
}

bool spool_is_locked(const struct spool *s)
{
	return s->locked;
}

char *spool_sender(const struct spool *s)
{
	char line[SENDER_MAX + 1];
	ssize_t n = pread(s->sender_fd, line, SENDER_MAX, 0);
	char *lf = n > 0 ? memchr(line, '\n', (size_t)n) : NULL;

	if (!lf)
		return NULL;
	*lf = '\0';
	return jid_prep(line);
}

/* Not for a power cut: that takes with it what was still on its way out of this machine. */
static int write_sender(const struct spool *s, const char *jid)
{
	AUTO_FREE char *line = mem_printf("%s\n", jid);
	size_t len = strlen(line);
	ssize_t n = pwrite(s->sender_fd, line, len, 0);

	if (n != (ssize_t)len)
		return n < 0 ? -errno : -ENOSPC;
	return ftruncate(s->sender_fd, (off_t)len) ? -errno : 0;
}

void spool_send_as(struct spool *s, const char *jid)
{
	int r;

	if (s->sender && !strcmp(s->sender, jid))
		return;
	free(steal(s->sender));
	r = write_sender(s, jid);
	if (!r)
		s->sender = mem_strdup(jid);
	else if (!s->warned)
		log_warn("cannot write to the spool '%s': %s", s->dir, strerror(-r));
	s->warned = r;
}

static bool is_settled(const struct spool *s)
{
	struct segment *g;

	TAILQ_FOREACH(g, &s->segments, link)
		if (g->open)
			return false;
	return true;
}

/* Where that fails, the next run logs in under that address: no harm. */
static void forget_sender(struct spool *s)
{
	free(steal(s->sender));
	if (ftruncate(s->sender_fd, 0))
		log_info("cannot write to the spool '%s': %s", s->dir, strerror(errno));
}

static bool is_known(const struct spool *s, const char *name)
{
	struct segment *g;

	TAILQ_FOREACH(g, &s->segments, link)
		if (!strcmp(g->name, name))
			return true;
	return false;
}

/* Looks for files that are new. */
static void look(struct spool *s)
{
	struct dirent **names = NULL;
	int n = list(s, &names);

	if (n < 0) {
		trouble(s, "read", errno);
		return;
	}
	for (int i = 0; i < n; i++) {
		struct segment *g;

		if (is_known(s, names[i]->d_name))
			continue;
		g = mem_zalloc(sizeof(*g));
		memcpy(g->name, names[i]->d_name, sizeof(g->name));
		TAILQ_INSERT_TAIL(&s->segments, g, link);
	}
	free_names(names, n);
}

/* What is read from @fd: 0 or a negative errno. */
static int read_all(int fd, struct str *out)
{
	ssize_t n;

	do {
		str_reserve(out, 64 * 1024);
		n = read(fd, out->p + out->len, 64 * 1024);
		if (n > 0)
			out->len += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? -errno : 0;
}

/* False, after a message: it cannot be read. */
static bool load(struct spool *s, struct segment *g)
{
	int fd = openat(s->fd, g->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int r = fd < 0 ? -errno : read_all(fd, &g->text);

	if (fd >= 0)
		close(fd);
	if (r == -ENOENT) { /* somebody has removed it */
		log_warn("'%s/%s' has been removed", s->dir, g->name);
		return false;
	}
	if (!r && (g->text.len < strlen(HEAD) || memcmp(g->text.p, HEAD, strlen(HEAD)) != 0))
		r = -EBADMSG;
	if (r) {
		g->stays = !aside_file(s->dir, s->fd, g->name,
				       r == -EBADMSG ? "it is no spool file" : strerror(-r));
		return false;
	}
	g->pos = strlen(HEAD);
	return true;
}

static void mark_done(const struct spool *s, const char *name, size_t offset)
{
	static const char done = ENTRY_DONE;
	int fd = openat(s->fd, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 || pwrite(fd, &done, 1, (off_t)offset) != 1)
		log_warn("cannot write to '%s/%s': %s", s->dir, name, strerror(errno));
	if (fd >= 0)
		close(fd);
}

/*
 * The next line of @g that waits; NULL: there is none. Work is done with in order. Where something
 * waits in front of what is done with, a power cut has taken its mark: all behind it is sent again,
 * or else what is older would replace it.
 */
static struct work *next_in(struct spool *s, struct segment *g)
{
	while (g->pos < g->text.len) {
		size_t offset = g->pos, left = g->text.len - offset;
		const char *line = g->text.p + offset, *lf = memchr(line, '\n', left);
		size_t len = lf ? (size_t)(lf - line) : left;
		struct work *w;
		bool done = lf && entry_is_done(line, len);
		int r;

		g->pos += lf ? len + 1 : left;
		g->ended = g->pos >= g->text.len;
		if (done && !s->again)
			continue;
		r = lf ? entry_read(line, len, &w) : -EBADMSG;
		if (done && r) /* damaged: it has been put aside */
			continue;
		if (!r) {
			s->again = true;
			w->segment = g;
			w->offset = offset;
			g->open++;
			return w;
		}
		if (aside_entry(s->dir, s->fd, g->name, line, len))
			mark_done(s, g->name, offset);
		else
			g->stays = true;
	}
	g->ended = true;
	return NULL;
}

static void remove_segment(struct spool *s, struct segment *g)
{
	if (g->stays) /* and is known: it is not looked at again */
		return;
	if (unlinkat(s->fd, g->name, 0) && errno != ENOENT)
		log_warn("cannot remove '%s/%s': %s", s->dir, g->name, strerror(errno));
	drop_segment(s, g);
}

/* The oldest from which something may still be handed out. */
static struct segment *current(struct spool *s)
{
	struct segment *g;

	TAILQ_FOREACH(g, &s->segments, link)
		if (!g->ended)
			return g;
	return NULL;
}

struct work *spool_next(struct spool *s)
{
	bool looked = false;

	for (;;) {
		struct segment *g = current(s);
		struct work *w;

		if (!g && looked)
			return NULL;
		if (!g) {
			look(s);
			looked = true;
			continue;
		}
		if (!g->loaded && !load(s, g)) {
			g->ended = true;
			if (!g->stays)
				drop_segment(s, g);
			continue;
		}
		g->loaded = true;
		w = next_in(s, g);
		if (g->ended)
			str_release(&g->text);
		if (w)
			return w;
		if (!g->open)
			remove_segment(s, g);
	}
}

static bool keep_refused(const struct spool *s, const struct segment *g, const struct work *w)
{
	AUTO_FREE char *name = mem_printf("%.*s-%zu", DIGITS, g->name, w->offset);

	return aside_refused(s->dir, s->fd, name, w);
}

void spool_settled(struct spool *s, const struct work *w)
{
	struct segment *g = w->segment;
	bool refused = w->state == WORK_REFUSED && w->kind != WORK_CREATE;

	g->open--;
	if (refused && !keep_refused(s, g, w))
		g->stays = true;
	else if (!g->ended || g->open || g->stays)
		mark_done(s, g->name, w->offset);
	if (g->ended && !g->open)
		remove_segment(s, g);
	if (s->sender && is_settled(s))
		forget_sender(s);
}

bool spool_is_empty(struct spool *s)
{
	struct segment *g;

	look(s);
	TAILQ_FOREACH(g, &s->segments, link)
		if (!g->ended || g->open)
			return false;
	return true;
}
