/* SPDX-License-Identifier: MIT */
#ifndef PUBSUB_PAYLOAD_DOC_H
#define PUBSUB_PAYLOAD_DOC_H

/*
 * A payload as a tree of libxml2's.
 *
 * Nothing is fetched or expanded: a document type declaration is refused. The tree holds elements,
 * attributes and text alone; comments and processing instructions are left out, CDATA is text.
 */
#include <stddef.h>

#include <libxml/tree.h>

#include "common/base/auto.h"

AUTO_DEFINE(xmlDocPtr, xmlFreeDoc);
#define AUTO_DOC AUTO(xmlFreeDoc)

/* More attributes and declarations in one tag are refused: libxml2 takes quadratic time for them.
 */
#define PAYLOAD_DOC_ATTRS 64

/*
 * @xml: one element, UTF-8; its size is for the caller to bound. @max_nodes: elements, attributes
 * and texts. The document is the caller's to free. 0, -EINVAL (not well-formed, with namespaces or
 * without) or -E2BIG.
 */
int payload_doc_parse(const char *xml, size_t len, size_t max_nodes, xmlDocPtr *ret_doc);

/* Elements, attributes and texts: at least 1, the element itself. */
size_t payload_doc_count(xmlDocPtr doc);

#endif
