/* SPDX-License-Identifier: MIT */
#ifndef SERVE_RENDER_H
#define SERVE_RENDER_H

/*
 * Items as XML, in events and in answers alike (ITEMS-14).
 */
struct item;
struct str;

/* <item/> in the namespace around it. */
void render_item(struct str *out, const struct item *item);
/* The item's id alone, as <@name id='...'/>. */
void render_item_id(struct str *out, const char *name, const char *id);

#endif
