/* SPDX-License-Identifier: MIT */
#ifndef TESTS_DISK_LOG_H
#define TESTS_DISK_LOG_H

/*
 * For tests of what has reached the disk when: what the program asks of it, in order, a line each.
 * The functions here take the place of the C library's, so one file of a program can include this.
 *
 *	sync NAME	fsync(2) or fdatasync(2) of that file or folder
 *	rename OLD NEW
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/base/str.h"

static struct str disk_log;
static int disk_error; /* not zero: that is what syncing ends with */

static const char *disk_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int disk_sync(int fd)
{
	char link[32], path[PATH_MAX] = "";

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (readlink(link, path, sizeof(path) - 1) < 0)
		return -1;
	str_printf(&disk_log, "sync %s\n", disk_base(path));
	errno = disk_error;
	return disk_error ? -1 : 0;
}

int fsync(int fd)
{
	return disk_sync(fd);
}

int fdatasync(int fd)
{
	return disk_sync(fd);
}

int renameat(int from, const char *old, int to, const char *new)
{
	str_printf(&disk_log, "rename %s %s\n", disk_base(old), disk_base(new));
	return (int)syscall(SYS_renameat2, from, old, to, new, 0);
}

int rename(const char *old, const char *new)
{
	return renameat(AT_FDCWD, old, AT_FDCWD, new);
}

#endif
