/* SPDX-License-Identifier: MIT */
#ifndef PUB_SPOOL_H
#define PUB_SPOOL_H

/*
 * A folder in which work is kept, in order, until the service has taken it: --spool.
 *
 *	NNNNNNNNNNNNNNNN.items	entries (entry.h), a line each; the names sort by age
 *	new			what is being written; it gets its name when it is on the disk
 *	lock			held while writing; in it, the newest name that was given
 *	sender			held by the one run that sends; in it, as whom, until all is answered
 *	refused/		what the service refused, and why, as input for pubsub-pub
 *	damaged/		lines that are not as they were written
 *
 * Any number of runs may add at the same time, one of them sends. What spool_commit() has taken is
 * on the disk. A run that is killed leaves nothing half done that another would send: the rest of
 * what it sent is sent again, in order, under the same ids.
 *
 * Messages are given here; codes are exit codes.
 */
#include <stdbool.h>
#include <stddef.h>

struct spool;
struct work;

/* Makes @dir where it is not there (not what is above it). 0; EX_CANTCREAT, EX_IOERR. */
int spool_open(const char *dir, struct spool **ret);
/* What was added and not committed is lost. */
void spool_close(struct spool *s);
const char *spool_dir(const struct spool *s);

/* Kept in memory until the commit; @w stays the caller's. */
void spool_add(struct spool *s, const struct work *w);
/* Bytes. */
size_t spool_uncommitted(const struct spool *s);
/* 0; EX_CANTCREAT; EX_IOERR (a full disk): then what was added is not kept. */
int spool_commit(struct spool *s);

/* Be the one that sends: false where another run is. Until spool_unlock(). */
bool spool_lock(struct spool *s);
void spool_unlock(struct spool *s);
bool spool_is_locked(const struct spool *s);

/*
 * For who has locked it. A run that was ended before all that it sent was settled leaves its address:
 * the server may still have some of that to come, from a link that was slow. Who logs in under
 * the same address puts an end to that session first, or else what is old could replace what is new.
 */
char *spool_sender(const struct spool *s); /* malloc'd; NULL: all is settled */
/* Before anything is sent under @jid; again after a pause, when all was settled. Cheap otherwise. */
void spool_send_as(struct spool *s, const char *jid);

/*
 * For who has locked it. The next that waits; the caller's, to be shown to spool_settled() when that
 * is so, before the spool is closed. NULL: there is none now.
 */
struct work *spool_next(struct spool *s);
/* By its state: it is done with, or goes to refused/. Work is settled in order. */
void spool_settled(struct spool *s, const struct work *w);
/* Does anything wait, or is it without an answer? Looks into the folder. */
bool spool_is_empty(struct spool *s);

#endif
