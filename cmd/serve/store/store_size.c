/* SPDX-License-Identifier: MIT */
#include "cmd/serve/store/store_size.h"

#include "cmd/serve/store/store_internal.h"

AUTO_DEFINE(sqlite3_stmt *, sqlite3_finalize);

int store_size_update(struct store *s, struct store_size *size)
{
	static const char sql[] = "SELECT count(*), ifnull(sum(items), 0),"
				  " (SELECT count(*) FROM subscription) FROM node";
	int changes = sqlite3_total_changes(s->db);
	AUTO(sqlite3_finalize) sqlite3_stmt *stmt = NULL;
	int rc;

	if (size->known && size->changes == changes)
		return 0;
	rc = sqlite3_prepare_v2(s->db, sql, sizeof(sql), &stmt, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc != SQLITE_ROW)
		return store_fail(s, rc);
	*size = (struct store_size){
		.nodes = sqlite3_column_int64(stmt, 0),
		.items = sqlite3_column_int64(stmt, 1),
		.subscriptions = sqlite3_column_int64(stmt, 2),
		.known = true,
		.changes = changes,
	};
	return 0;
}
