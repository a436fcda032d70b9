/* SPDX-License-Identifier: MIT */
#ifndef SERVE_ARCHIVE_H
#define SERVE_ARCHIVE_H

/*
 * What the archive keeps of items that have been replaced or dropped, and for how long (--archive);
 * mam.h is how it is asked.
 *
 * With the archive off its secret is forgotten: ids from before are unknown when it is on again, so
 * that nobody takes what is missing in between for all there was.
 */
struct service;

/* To be called once, in a transaction. 0 or a negative errno. */
int archive_init(struct service *s);

#endif
