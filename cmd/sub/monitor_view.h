/* SPDX-License-Identifier: MIT */
#ifndef SUB_MONITOR_VIEW_H
#define SUB_MONITOR_VIEW_H

/*
 * The monitor's screen: the nodes, the list of events, the chosen event, and a line for messages
 * and for what is typed. Drawn from the model and from what is here.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmd/sub/monitor_text.h"
#include "common/base/str.h"

struct monitor_model;

enum pane { PANE_EVENTS, PANE_ITEM, PANE_NODES };

struct view {
	struct monitor_model *model;
	bool colour;
	const char *service; /* NULL: not known yet */
	bool connected;
	enum pane focus;
	bool zoomed; /* the chosen event has all of the screen */
	bool help;
	size_t node, first_node; /* the cursor among the nodes, and the first that is seen */
	size_t first_line;	 /* of the chosen event */
	const char *prompt;	 /* what is being asked; NULL: nothing is */
	struct str input;
	struct str message; /* empty: none */
	bool failed;	    /* the message is of a failure */
	const char *xpath;  /* of the filter; NULL: none */
	/* As it was drawn last. */
	size_t event_rows, item_rows;
	uint64_t seq; /* of the event whose lines these are; 0: none */
	int width;
	struct str text;
	struct text_lines lines;
};

/* @now: milliseconds since 1970. */
void view_draw(struct view *v, int64_t now);
void view_release(struct view *v);

#endif
