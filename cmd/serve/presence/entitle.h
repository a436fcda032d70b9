/* SPDX-License-Identifier: MIT */
#ifndef SERVE_ENTITLE_H
#define SERVE_ENTITLE_H

/*
 * What follows when somebody comes to be allowed to read a node, or no longer is: because the
 * node's access model is another (XEP-0060 section 12.2(5), ACC-21), or because of what the contact
 * shares (sections 12.2(6), 12.14).
 */
struct contact;
struct node_config;
struct request;

/* r->node has had the settings @before. 0 or a negative errno. */
int entitle_node(struct request *r, const struct node_config *before);
/* What is stored of the contact was @before. */
int entitle_contact(struct request *r, const char *bare_jid, const struct contact *before);

#endif
