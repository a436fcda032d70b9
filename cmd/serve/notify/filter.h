/* SPDX-License-Identifier: MIT */
#ifndef SERVE_FILTER_H
#define SERVE_FILTER_H

/*
 * Content filters (XEP-0060 section 12.20): the options x-filter and x-filter_ns, an XPath
 * expression over payloads and its prefixes.
 *
 * A filter judges each item of an event; retracts and all that is not about items pass. An item
 * without payload passes no filter. Expressions are kept compiled, a bounded number of them, and
 * the payloads of an event are read once for all filters. An expression that costs too much on a
 * payload does not match it (xpath.h), and the log says so, once.
 */
#include <stdbool.h>

struct event;
struct filter_docs;
struct service;
struct str;
struct sub_options;

struct filters;
struct filters *filters_new(void);
void filters_free(struct filters *f);

/* Can it be a filter? 0, or -EINVAL with a sentence in @why. */
int filter_check(const struct sub_options *o, struct str *why);
/* Sets those of e->n_entries bools that pass, leaves the others. Do any? */
bool filter_pick(struct service *s, struct event *e, const struct sub_options *o, bool *picked);

void filter_docs_free(struct filter_docs *d);

#endif
