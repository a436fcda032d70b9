/* SPDX-License-Identifier: MIT */
#include "common/xmpp/rsm.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/base/parse.h"
#include "common/base/str.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

static int parse_number(const char *text, bool *ret_present, uint64_t *ret)
{
	int r;

	if (!text)
		return 0;
	r = parse_uint(text, 0, UINT64_MAX, ret);
	if (r == -ERANGE)
		*ret = UINT64_MAX;
	else if (r < 0)
		return r;
	*ret_present = true;
	return 0;
}

int rsm_parse(xmpp_stanza_t *parent, struct rsm_request *ret)
{
	xmpp_stanza_t *set = stanza_child(parent, "set", NS_RSM);
	struct rsm_request rsm = { .present = set };

	if (parse_number(stanza_child_text(set, "max", NS_RSM), &rsm.has_max, &rsm.max) < 0 ||
	    parse_number(stanza_child_text(set, "index", NS_RSM), &rsm.has_index, &rsm.index) < 0)
		return -EINVAL;
	rsm.after = stanza_child_text(set, "after", NS_RSM);
	if (rsm.after && !*rsm.after)
		rsm.after = NULL;
	rsm.before = stanza_child_text(set, "before", NS_RSM);
	if (!!rsm.after + !!rsm.before + rsm.has_index > 1)
		return -EINVAL;
	*ret = rsm;
	return 0;
}

static void add_element(struct str *out, const char *name, const char *text)
{
	xml_text(out, text, strlen(text));
	str_printf(out, "</%s>", name);
}

void rsm_render(struct str *out, const struct rsm_page *page)
{
	str_puts(out, "<set xmlns='" NS_RSM "'>");
	if (page->first) {
		str_printf(out, "<first index='%" PRIu64 "'>", page->index);
		add_element(out, "first", page->first);
		str_puts(out, "<last>");
		add_element(out, "last", page->last);
	}
	str_printf(out, "<count>%" PRIu64 "</count></set>", page->count);
}
