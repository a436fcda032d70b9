/* SPDX-License-Identifier: MIT */
#ifndef SERVE_STORE_VFS_H
#define SERVE_STORE_VFS_H

/*
 * SQLite's own files, but for the write-ahead log: what is added to it goes out in few writes.
 *
 * SQLite writes each page of a commit by itself, and in front of it the page's header; then it
 * syncs. Here they are gathered until that sync, or until anything else is asked of the log. So
 * nobody can miss them: other processes learn of a commit from the log's index, which is written
 * behind the sync. A write that fails is reported by the call that has caused it, at the latest the
 * sync, which makes the commit fail.
 */

#include "common/base/sqlite.h"

/* The name for sqlite3_open_v2(); NULL where it cannot be had. */
const char *store_vfs(void);
/*
 * After a rollback: pages that were written before it, as there were too many for memory, are not
 * to be found in the log by anybody. It may be another process's turn to write there.
 */
void store_vfs_forget(sqlite3 *db);

#endif
