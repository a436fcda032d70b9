/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into a program (LD_PRELOAD), writes down what it does to the files below one folder, so
 * that disk.py can tell what of it is on the disk when the power fails: what was synced, and of the
 * rest whatever chance has it.
 *
 *	PUBSUB_DISK_ROOT	the folder; its real path
 *	PUBSUB_DISK_LOG		the file that it is written to
 *
 * Each record stands in the log when the call returns: what was synced before an answer goes out is
 * in front of all that came after that answer. A file that SQLite shares in memory (-shm) is made
 * anew after a crash, and left out. Only what pubsub and SQLite call is caught, and by one thread.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define FDS 1024

/* As disk.py reads it; @len bytes follow: what was written, or names, each with a NUL behind it. */
struct record {
	uint64_t time;	 /* nanoseconds, CLOCK_MONOTONIC */
	uint64_t file;	 /* inode; of a rename, the folder it goes to */
	uint64_t folder; /* inode */
	int64_t at;	 /* offset; size */
	uint32_t len;
	uint32_t what;
};
enum {
	CREATE = 'C',
	MKDIR = 'D',
	WRITE = 'W',
	TRUNCATE = 'T',
	SYNC = 'S',
	RENAME = 'R',
	UNLINK = 'U'
};

/* An entry of a folder. */
struct place {
	uint64_t folder;
	char name[NAME_MAX + 1];
};

static bool tracked[FDS];
static const char *root, *log_path; /* NULL: nothing is written down */
static int log_fd = -1;

#define REAL(name)                                                                                 \
	static __typeof__(&name) real;                                                             \
	if (!real)                                                                                 \
	*(void **)&real = dlsym(RTLD_NEXT, #name)

static void die(const char *what)
{
	fprintf(stderr, "disk: %s: %s\n", what, strerror(errno));
	abort();
}

__attribute__((constructor)) static void begin(void)
{
	log_path = getenv("PUBSUB_DISK_LOG");
	root = log_path ? getenv("PUBSUB_DISK_ROOT") : NULL;
}

/* Only for who has something to tell: others inherit the environment. */
static void open_log(void)
{
	int fd = (int)syscall(SYS_openat, AT_FDCWD, log_path,
			      O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0)
		die(log_path);
	/* Out of the way of what the program counts on. */
	log_fd = fcntl(fd, F_DUPFD_CLOEXEC, FDS - 1);
	syscall(SYS_close, fd);
}

static void put(struct record r, const void *data)
{
	struct iovec parts[] = { { &r, sizeof(r) }, { (void *)data, r.len } };
	int error = errno;
	struct timespec now;

	if (log_fd < 0)
		open_log();
	clock_gettime(CLOCK_MONOTONIC, &now);
	r.time = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	if (syscall(SYS_writev, log_fd, parts, 2) != (long)(sizeof(r) + r.len))
		die("cannot write the log");
	errno = error;
}

/* Places and descriptors */

static bool is_below_root(int fd)
{
	char link[40], path[PATH_MAX];
	size_t len = strlen(root);
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	return n >= (ssize_t)len && !memcmp(path, root, len) &&
	       (n == (ssize_t)len || path[len] == '/');
}

static uint64_t inode(int fd)
{
	struct stat st;

	return fstat(fd, &st) ? 0 : st.st_ino;
}

static bool is_shared(const char *name)
{
	size_t len = strlen(name);

	return len > 4 && !strcmp(name + len - 4, "-shm");
}

/* False: it is none of ours. */
static bool find(int at, const char *path, struct place *ret)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX] = ".";
	bool found;
	int fd, error = errno;

	if (!root || strlen(path) >= PATH_MAX)
		return false;
	if (slash)
		snprintf(folder, sizeof(folder), "%.*s", slash > path ? (int)(slash - path) : 1,
			 path);
	snprintf(ret->name, sizeof(ret->name), "%.*s", NAME_MAX, slash ? slash + 1 : path);
	if (is_shared(ret->name))
		return false;
	fd = (int)syscall(SYS_openat, at, folder, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	found = fd >= 0 && is_below_root(fd);
	if (found)
		ret->folder = inode(fd);
	if (fd >= 0)
		syscall(SYS_close, fd);
	errno = error;
	return found;
}

static bool is_tracked(int fd)
{
	return fd >= 0 && fd < FDS && tracked[fd];
}

static void put_name(uint32_t what, uint64_t file, const struct place *p)
{
	put((struct record){ .what = what,
			     .file = file,
			     .folder = p->folder,
			     .len = (uint32_t)strlen(p->name) + 1 },
	    p->name);
}

/* Files are opened */

static int open_any(int at, const char *path, int flags, mode_t mode)
{
	struct place p;
	bool ours = find(at, path, &p), there = true;
	int fd;

	if (ours && (flags & O_CREAT))
		there = !syscall(SYS_faccessat, at, path, F_OK);
	fd = (int)syscall(SYS_openat, at, path, flags, mode);
	if (fd < 0 || fd >= FDS || !root)
		return fd;
	/* The root itself is a folder below none of ours. */
	tracked[fd] = (ours || (flags & O_DIRECTORY)) && is_below_root(fd);
	if (!tracked[fd])
		return fd;
	if (!there)
		put_name(CREATE, inode(fd), &p);
	else if ((flags & O_TRUNC) && (flags & O_ACCMODE) != O_RDONLY)
		put((struct record){ .what = TRUNCATE, .file = inode(fd) }, "");
	return fd;
}

static mode_t mode_of(int flags, va_list list)
{
	return flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;
}

/* The names that the C library has for it; declared here, as its headers replace some by others. */
#define OPEN(name, at, ...)                                                                        \
	int name(__VA_ARGS__, ...);                                                                \
	int name(__VA_ARGS__, ...)                                                                 \
	{                                                                                          \
		va_list list;                                                                      \
		mode_t mode;                                                                       \
                                                                                                   \
		va_start(list, flags);                                                             \
		mode = mode_of(flags, list);                                                       \
		va_end(list);                                                                      \
		return open_any(at, path, flags, mode);                                            \
	}
OPEN(open, AT_FDCWD, const char *path, int flags)
OPEN(open64, AT_FDCWD, const char *path, int flags)
OPEN(__open_2, AT_FDCWD, const char *path, int flags)
OPEN(__open64_2, AT_FDCWD, const char *path, int flags)
OPEN(openat, at, int at, const char *path, int flags)
OPEN(openat64, at, int at, const char *path, int flags)
OPEN(__openat_2, at, int at, const char *path, int flags)
OPEN(__openat64_2, at, int at, const char *path, int flags)

int close(int fd)
{
	REAL(close);
	if (fd == log_fd && fd >= 0) {
		errno = EBADF;
		return -1;
	}
	if (fd >= 0 && fd < FDS)
		tracked[fd] = false;
	return real(fd);
}

/* ... and written */

static ssize_t wrote(int fd, const void *p, ssize_t n, off_t at)
{
	if (n > 0 && is_tracked(fd))
		put(
			(struct record){
				.what = WRITE, .file = inode(fd), .at = at, .len = (uint32_t)n },
			p);
	return n;
}

ssize_t write(int fd, const void *p, size_t len)
{
	ssize_t n = syscall(SYS_write, fd, p, len);

	return n > 0 && is_tracked(fd) ? wrote(fd, p, n, lseek(fd, 0, SEEK_CUR) - n) : n;
}

ssize_t pwrite(int fd, const void *p, size_t len, off_t at)
{
	return wrote(fd, p, syscall(SYS_pwrite64, fd, p, len, at), at);
}

ssize_t pwrite64(int fd, const void *p, size_t len, off64_t at)
{
	return wrote(fd, p, syscall(SYS_pwrite64, fd, p, len, at), at);
}

static int truncate_any(int fd, off_t size)
{
	int r = (int)syscall(SYS_ftruncate, fd, size);

	if (!r && is_tracked(fd))
		put((struct record){ .what = TRUNCATE, .file = inode(fd), .at = size }, "");
	return r;
}

int ftruncate(int fd, off_t size)
{
	return truncate_any(fd, size);
}

int ftruncate64(int fd, off64_t size)
{
	return truncate_any(fd, size);
}

static int sync_any(int fd, long r)
{
	if (!r && is_tracked(fd))
		put((struct record){ .what = SYNC, .file = inode(fd) }, "");
	return (int)r;
}

int fsync(int fd)
{
	return sync_any(fd, syscall(SYS_fsync, fd));
}

int fdatasync(int fd)
{
	return sync_any(fd, syscall(SYS_fdatasync, fd));
}

/* Folders change */

int mkdirat(int at, const char *path, mode_t mode)
{
	int r = (int)syscall(SYS_mkdirat, at, path, mode);
	struct place p;
	struct stat st;

	if (!r && find(at, path, &p) && !fstatat(at, path, &st, AT_SYMLINK_NOFOLLOW))
		put_name(MKDIR, st.st_ino, &p);
	return r;
}

int mkdir(const char *path, mode_t mode)
{
	return mkdirat(AT_FDCWD, path, mode);
}

int unlinkat(int at, const char *path, int flags)
{
	int r = (int)syscall(SYS_unlinkat, at, path, flags);
	struct place p;

	if (!r && find(at, path, &p))
		put_name(UNLINK, 0, &p);
	return r;
}

int unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}

int renameat(int from, const char *old, int to, const char *new)
{
	int r = (int)syscall(SYS_renameat2, from, old, to, new, 0);
	char names[2 * (NAME_MAX + 1)];
	struct place a, b;
	size_t len;

	if (r || !find(from, old, &a) || !find(to, new, &b))
		return r;
	len = strlen(a.name) + 1;
	memcpy(names, a.name, len);
	memcpy(names + len, b.name, strlen(b.name) + 1);
	put((struct record){ .what = RENAME,
			     .folder = a.folder,
			     .file = b.folder,
			     .len = (uint32_t)(len + strlen(b.name) + 1) },
	    names);
	return r;
}

int rename(const char *old, const char *new)
{
	return renameat(AT_FDCWD, old, AT_FDCWD, new);
}
