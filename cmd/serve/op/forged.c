/* SPDX-License-Identifier: MIT */
#include "cmd/serve/op/forged.h"

#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>

#include "common/base/auto.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/tap.h"

AUTO_DEFINE(xmlDoc *, xmlFreeDoc);

static bool is_stanza_id(const struct tap_payload *p)
{
	return p->elements == 1 && !p->text && p->name && p->ns && !strcmp(p->name, "stanza-id") &&
	       !strcmp(p->ns, NS_SID);
}

bool forged_id(const struct tap_payload *payload, const char *jid)
{
	AUTO(xmlFreeDoc) xmlDoc *doc = NULL;
	AUTO_FREE char *normal = NULL;
	xmlChar *by;

	if (!is_stanza_id(payload))
		return false;
	doc = xmlReadMemory(payload->xml, (int)payload->len, NULL, "UTF-8",
			    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	if (!doc)
		return false;
	by = xmlGetNoNsProp(xmlDocGetRootElement(doc), (const xmlChar *)"by");
	normal = by ? jid_prep((const char *)by) : NULL;
	xmlFree(by);
	return normal && !strcmp(normal, jid);
}
