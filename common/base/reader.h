/* SPDX-License-Identifier: MIT */
#ifndef BASE_READER_H
#define BASE_READER_H

/*
 * Is anybody there who reads what we print? A pipe's reader that goes away shows also while there
 * is nothing to be written.
 */
#include <ev.h>

struct reader {
	ev_io io;
	void (*gone)(void *data);
	void *data;
};

/*
 * Calls @gone once, from @loop, when the other end of @fd has been closed. Files and terminals have
 * no other end: nothing is watched then. reader_unwatch() before @r goes away.
 */
void reader_watch(struct reader *r, struct ev_loop *loop, int fd, void (*gone)(void *data),
		  void *data);
void reader_unwatch(struct reader *r, struct ev_loop *loop);

#endif
