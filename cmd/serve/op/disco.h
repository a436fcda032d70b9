/* SPDX-License-Identifier: MIT */
#ifndef SERVE_DISCO_H
#define SERVE_DISCO_H

/*
 * Service discovery (XEP-0030): what the service and its nodes are, and what they hold. Both are
 * operations; the node attribute is optional.
 */
#include <stdbool.h>

struct request;
struct service;
struct str;

int disco_info(struct request *r);  /* disco.c */
int disco_items(struct request *r); /* disco_items.c */

/* The identity and features of the service, as they stand in its disco#info. */
void disco_render_service(const struct service *s, struct str *out);

/* The node named in the request; *ret_named is false where none is. PS_* or a negative errno. */
int disco_find_node(struct request *r, bool *ret_named);
/* <query>; the attribute comes back as it was sent (X0030-02). */
void disco_open_query(struct request *r, const char *ns);

#endif
