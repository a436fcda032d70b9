/* SPDX-License-Identifier: MIT */
#ifndef SUB_DELIVER_H
#define SUB_DELIVER_H

/*
 * What becomes of events: they are printed, shown on the full screen or given to handlers; the
 * position moves on behind that. Trouble ends the run (sub_end()), after a message.
 */
#include <stdbool.h>
#include <stdint.h>

struct event;
struct follow;
struct sub;

/* Before the session: the position, and handlers. 0, or an exit code after a message. */
int deliver_open(struct sub *s);
/* There is a session. */
void deliver_start(struct sub *s);
/*
 * The session has ended: nothing is shown any more, and handlers have gone. 0, or EX_IOERR: the
 * position did not reach the disk.
 */
int deliver_stop(struct sub *s);
/* Last of all, also where deliver_open() has failed. */
void deliver_close(struct sub *s);

/* The service is known: is the position one of its? False: it ends. */
bool deliver_bind(struct sub *s);
/* The connection came, or went. */
void deliver_tell_link(struct sub *s);

/* As struct follow_handler has them; @data is the struct sub. */
void deliver_event(const struct event *e, void *data);
void deliver_passed(const struct event *e, void *data);
void deliver_placed(struct follow *f, const char *place, void *data);
void deliver_counted(struct follow *f, uint64_t number, void *data);
void deliver_empty(struct follow *f, void *data);
bool deliver_is_ready(void *data);

#endif
