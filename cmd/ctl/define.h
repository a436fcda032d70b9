/* SPDX-License-Identifier: MIT */
#ifndef CTL_DEFINE_H
#define CTL_DEFINE_H

/*
 * A node as a document has it, against the node that the service has: that it is there, its
 * settings, its affiliations. Settings that the document does not name, and affiliations where it
 * has no list of them, are as they are. The own account stays an owner.
 */
#include <stdbool.h>

struct ctl;
struct doc_node;

#define DEFINE_APPLY (1u << 0) /* make it so; only what differs is sent */
#define DEFINE_PRINT                                                                               \
	(1u << 1) /* each difference: node, kind, name, what there is, what the document has */
#define DEFINE_LENIENT (1u << 2) /* settings that the service does not have are passed over */

/* 0, or an exit code after a message. *ret_differs is set where anything differs, else left alone.
 */
int define_node(struct ctl *c, const struct doc_node *n, unsigned flags, bool *ret_differs);

#endif
