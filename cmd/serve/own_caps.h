/* SPDX-License-Identifier: MIT */
#ifndef SERVE_OWN_CAPS_H
#define SERVE_OWN_CAPS_H

/* The service's own capabilities, in its presence (XEP-0115 section 6.1). */
#include <stdbool.h>

struct service;
struct str;

/* <c/>, whose hash stands for the service's disco#info. */
void own_caps_render(struct service *s, struct str *out);
/* Is it the node under which they are asked for? */
bool own_caps_node(struct service *s, const char *node);
/* Computes them anew, after the configuration has changed. Are they others than they were? */
bool own_caps_renew(struct service *s);

#endif
