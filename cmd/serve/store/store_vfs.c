/* SPDX-License-Identifier: MIT */
#include "cmd/serve/store/store_vfs.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/base/sqlite.h"

#define GATHERED ((size_t)64 * 1024)

/* The real file stands behind it. */
struct log_file {
	sqlite3_file base;
	char *text; /* to be written */
	size_t len;
	sqlite3_int64 offset; /* where */
};

/* The alignment that malloc() has. */
#define HEAD                                                                                       \
	((sizeof(struct log_file) + _Alignof(max_align_t) - 1) / _Alignof(max_align_t) *           \
	 _Alignof(max_align_t))

static sqlite3_vfs *real_vfs;

static struct log_file *log_of(sqlite3_file *f)
{
	return (struct log_file *)f;
}

static sqlite3_file *real_of(sqlite3_file *f)
{
	return (sqlite3_file *)((char *)f + HEAD);
}

static int flush(sqlite3_file *f)
{
	struct log_file *log = log_of(f);
	size_t len = log->len;

	log->len = 0;
	if (!len)
		return SQLITE_OK;
	return real_of(f)->pMethods->xWrite(real_of(f), log->text, (int)len, log->offset);
}

static int log_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 offset)
{
	struct log_file *log = log_of(f);
	size_t len = (size_t)n;
	int rc = SQLITE_OK;

	if (offset != log->offset + (sqlite3_int64)log->len || log->len + len > GATHERED)
		rc = flush(f);
	if (rc != SQLITE_OK)
		return rc;
	if (len > GATHERED)
		return real_of(f)->pMethods->xWrite(real_of(f), p, n, offset);
	if (!log->len)
		log->offset = offset;
	memcpy(log->text + log->len, p, len);
	log->len += len;
	return SQLITE_OK;
}

/* All else finds the file as it is to be. */

static int log_close(sqlite3_file *f)
{
	int flushed = flush(f), rc = real_of(f)->pMethods->xClose(real_of(f));

	free(log_of(f)->text);
	return flushed == SQLITE_OK ? rc : flushed;
}

/* What could not be written is lost: only after an error of this kind the whole transaction is. */
static int log_read(sqlite3_file *f, void *p, int n, sqlite3_int64 offset)
{
	if (flush(f) != SQLITE_OK)
		return SQLITE_IOERR_READ;
	return real_of(f)->pMethods->xRead(real_of(f), p, n, offset);
}

static int log_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	int rc = flush(f);

	return rc == SQLITE_OK ? real_of(f)->pMethods->xTruncate(real_of(f), size) : rc;
}

static int log_sync(sqlite3_file *f, int flags)
{
	int rc = flush(f);

	return rc == SQLITE_OK ? real_of(f)->pMethods->xSync(real_of(f), flags) : rc;
}

static int log_size(sqlite3_file *f, sqlite3_int64 *ret_size)
{
	int rc = flush(f);

	return rc == SQLITE_OK ? real_of(f)->pMethods->xFileSize(real_of(f), ret_size) : rc;
}

static int log_lock(sqlite3_file *f, int level)
{
	return real_of(f)->pMethods->xLock(real_of(f), level);
}

static int log_unlock(sqlite3_file *f, int level)
{
	return real_of(f)->pMethods->xUnlock(real_of(f), level);
}

static int log_is_reserved(sqlite3_file *f, int *ret_is)
{
	return real_of(f)->pMethods->xCheckReservedLock(real_of(f), ret_is);
}

static int log_control(sqlite3_file *f, int op, void *arg)
{
	return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}

static int log_sector(sqlite3_file *f)
{
	return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int log_traits(sqlite3_file *f)
{
	return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}

static const sqlite3_io_methods methods = {
	.iVersion = 1, /* the index is the database's business */
	.xClose = log_close,
	.xRead = log_read,
	.xWrite = log_write,
	.xTruncate = log_truncate,
	.xSync = log_sync,
	.xFileSize = log_size,
	.xLock = log_lock,
	.xUnlock = log_unlock,
	.xCheckReservedLock = log_is_reserved,
	.xFileControl = log_control,
	.xSectorSize = log_sector,
	.xDeviceCharacteristics = log_traits,
};

void store_vfs_forget(sqlite3 *db)
{
	sqlite3_file *f = NULL;

	sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &f);
	if (f && f->pMethods == &methods)
		log_of(f)->len = 0;
}

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
	struct log_file *log = log_of(f);
	int rc;

	(void)vfs;
	if (!(flags & SQLITE_OPEN_WAL))
		return real_vfs->xOpen(real_vfs, name, f, flags, ret_flags);
	memset(f, 0, HEAD);
	rc = real_vfs->xOpen(real_vfs, name, real_of(f), flags, ret_flags);
	if (rc != SQLITE_OK)
		return rc;
	log->text = mem_alloc(GATHERED);
	log->base.pMethods = &methods;
	return SQLITE_OK;
}

const char *store_vfs(void)
{
	static sqlite3_vfs vfs;

	if (vfs.zName)
		return vfs.zName;
	real_vfs = sqlite3_vfs_find(NULL);
	if (!real_vfs)
		return NULL;
	vfs = *real_vfs;
	vfs.pNext = NULL;
	vfs.szOsFile += (int)HEAD;
	vfs.xOpen = open_file;
	vfs.zName = "pubsub";
	return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK ? vfs.zName : NULL;
}
