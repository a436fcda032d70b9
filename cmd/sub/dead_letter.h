/* SPDX-License-Identifier: MIT */
#ifndef SUB_DEAD_LETTER_H
#define SUB_DEAD_LETTER_H

/*
 * Where events go whose handler has failed for good: a folder with two files for each, NAME.xml
 * with the event, as the handler got it, and NAME.reason, which says why it is there. NAME is made
 * of node and id: letters, digits, "-" and "_" stay, other bytes are written as "%XX"; where there
 * is one of that name already, "~2" and so on follow.
 */
struct event;
struct str;

/* Makes the folder where it is not there; 0 or a negative errno. */
int dead_letter_prepare(const char *folder);
/* Both files are on the disk when it returns: 0 or a negative errno. */
int dead_letter_write(const char *folder, const struct event *e, const struct str *text,
		      const char *reason);

#endif
