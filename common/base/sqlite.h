/* SPDX-License-Identifier: MIT */
#ifndef BASE_SQLITE_H
#define BASE_SQLITE_H

/* SQLite, which the service alone needs; loaded when it opens its store (late.h). */
#include <sqlite3.h>

#include "common/base/late.h"

/* clang-format off */
#define SQLITE_NAMES(X) \
	X(sqlite3_bind_int64) \
	X(sqlite3_bind_text64) \
	X(sqlite3_bind_zeroblob) \
	X(sqlite3_busy_timeout) \
	X(sqlite3_changes) \
	X(sqlite3_clear_bindings) \
	X(sqlite3_close) \
	X(sqlite3_column_bytes) \
	X(sqlite3_column_int64) \
	X(sqlite3_column_text) \
	X(sqlite3_config) \
	X(sqlite3_errcode) \
	X(sqlite3_errmsg) \
	X(sqlite3_exec) \
	X(sqlite3_extended_result_codes) \
	X(sqlite3_file_control) \
	X(sqlite3_finalize) \
	X(sqlite3_free) \
	X(sqlite3_get_autocommit) \
	X(sqlite3_last_insert_rowid) \
	X(sqlite3_libversion) \
	X(sqlite3_mprintf) \
	X(sqlite3_open_v2) \
	X(sqlite3_prepare_v2) \
	X(sqlite3_prepare_v3) \
	X(sqlite3_reset) \
	X(sqlite3_step) \
	X(sqlite3_stmt_readonly) \
	X(sqlite3_system_errno) \
	X(sqlite3_temp_directory) \
	X(sqlite3_total_changes) \
	X(sqlite3_update_hook) \
	X(sqlite3_vfs_find) \
	X(sqlite3_vfs_register)
/* clang-format on */

extern struct sqlite_names {
	SQLITE_NAMES(LATE_MEMBER)
} sqlite_names;

/* Before anything of it is called. 0, or -ELIBACC after a message. */
int sqlite_load(void);

#define sqlite3_bind_int64 (*sqlite_names.sqlite3_bind_int64)
#define sqlite3_bind_text64 (*sqlite_names.sqlite3_bind_text64)
#define sqlite3_bind_zeroblob (*sqlite_names.sqlite3_bind_zeroblob)
#define sqlite3_busy_timeout (*sqlite_names.sqlite3_busy_timeout)
#define sqlite3_changes (*sqlite_names.sqlite3_changes)
#define sqlite3_clear_bindings (*sqlite_names.sqlite3_clear_bindings)
#define sqlite3_close (*sqlite_names.sqlite3_close)
#define sqlite3_column_bytes (*sqlite_names.sqlite3_column_bytes)
#define sqlite3_column_int64 (*sqlite_names.sqlite3_column_int64)
#define sqlite3_column_text (*sqlite_names.sqlite3_column_text)
#define sqlite3_config (*sqlite_names.sqlite3_config)
#define sqlite3_errcode (*sqlite_names.sqlite3_errcode)
#define sqlite3_errmsg (*sqlite_names.sqlite3_errmsg)
#define sqlite3_exec (*sqlite_names.sqlite3_exec)
#define sqlite3_extended_result_codes (*sqlite_names.sqlite3_extended_result_codes)
#define sqlite3_file_control (*sqlite_names.sqlite3_file_control)
#define sqlite3_finalize (*sqlite_names.sqlite3_finalize)
#define sqlite3_free (*sqlite_names.sqlite3_free)
#define sqlite3_get_autocommit (*sqlite_names.sqlite3_get_autocommit)
#define sqlite3_last_insert_rowid (*sqlite_names.sqlite3_last_insert_rowid)
#define sqlite3_libversion (*sqlite_names.sqlite3_libversion)
#define sqlite3_mprintf (*sqlite_names.sqlite3_mprintf)
#define sqlite3_open_v2 (*sqlite_names.sqlite3_open_v2)
#define sqlite3_prepare_v2 (*sqlite_names.sqlite3_prepare_v2)
#define sqlite3_prepare_v3 (*sqlite_names.sqlite3_prepare_v3)
#define sqlite3_reset (*sqlite_names.sqlite3_reset)
#define sqlite3_step (*sqlite_names.sqlite3_step)
#define sqlite3_stmt_readonly (*sqlite_names.sqlite3_stmt_readonly)
#define sqlite3_system_errno (*sqlite_names.sqlite3_system_errno)
#define sqlite3_temp_directory (*sqlite_names.sqlite3_temp_directory)
#define sqlite3_total_changes (*sqlite_names.sqlite3_total_changes)
#define sqlite3_update_hook (*sqlite_names.sqlite3_update_hook)
#define sqlite3_vfs_find (*sqlite_names.sqlite3_vfs_find)
#define sqlite3_vfs_register (*sqlite_names.sqlite3_vfs_register)

#endif
