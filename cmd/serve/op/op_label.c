/* SPDX-License-Identifier: MIT */
#include "cmd/serve/op/op_label.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "cmd/serve/op/ops.h"
#include "common/base/str.h"
#include "common/xmpp/ns.h"

/* clang-format off */
static const struct { /* namespace, what stands in front of the element, or instead of it */
	const char *ns, *name;
	bool instead;
} kinds[] = {
	{ NS_PUBSUB_OWNER, "owner-",	  false },
	{ NS_DISCO_INFO,   "disco-info",  true },
	{ NS_DISCO_ITEMS,  "disco-items", true },
};
/* clang-format on */

void op_label(const struct op *op, struct str *out)
{
	if (!op) {
		str_puts(out, "none");
		return;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].ns, op->ns)) {
			str_puts(out, kinds[i].name);
			if (kinds[i].instead)
				return;
		}
	str_puts(out, op->element);
}
