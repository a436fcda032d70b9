/* SPDX-License-Identifier: MIT */
#ifndef SERVE_NOTIFY_H
#define SERVE_NOTIFY_H

/*
 * Events x subscriptions -> messages.
 *
 * Messages are made while they are sent, some kilobytes at a time: however many subscribers an
 * event has, it is in memory once.
 */
struct service;

/* To be called once, before anything is sent. */
void notify_init(struct service *s);

/* Sends from s->out what the sink takes. Only outside of a transaction: it reads subscriptions. */
void notify_flush(struct service *s);

#endif
