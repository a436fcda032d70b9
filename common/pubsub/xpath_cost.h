/* SPDX-License-Identifier: MIT */
#ifndef PUBSUB_XPATH_COST_H
#define PUBSUB_XPATH_COST_H

/*
 * What an evaluation costs beyond the nodes that it visits.
 *
 * libxml2 counts the steps of an evaluation (opLimit), but one step may build or compare strings of
 * any length. So each node knows how large its string value is, each function of XPath that builds
 * strings is wrapped in one that adds up what it will read, and operands are guarded (see
 * xpath_scan.h). Beyond the limit the evaluation ends as it does beyond libxml2's.
 */
#include <stdbool.h>
#include <stddef.h>

#include <libxml/xpath.h>

#define XPATH_COST_FUNCTIONS 32

/* The user data of the context. */
struct xpath_cost {
	size_t used, limit;			      /* about bytes of strings that are read */
	xmlXPathFunction plain[XPATH_COST_FUNCTIONS]; /* of xpath_functions, in order */
};

/* Sizes of the nodes below @n are kept in their _private. */
void xpath_cost_weigh(xmlDocPtr doc);
/* False: no memory. @ctx has @cost as its user data from here on. */
bool xpath_cost_attach(xmlXPathContextPtr ctx, struct xpath_cost *cost);
/* What casting @o to a string reads. */
size_t xpath_cost_of(const xmlXPathObject *o);

#endif
