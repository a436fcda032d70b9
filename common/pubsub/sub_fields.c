/* SPDX-License-Identifier: MIT */
#include "common/pubsub/sub_fields.h"

#include <stddef.h>

#define AT(member) offsetof(struct sub_options, member)

/* clang-format off */
static const char *const show_labels[] = {
	"Available", "Free for chat", "Away", "Do not disturb", "Away for long",
};
static const char *const subtype_labels[] = {
	"News of the nodes in the collection", "What is published to them", "Both",
};

const struct field sub_fields[] = { /* name, kind, place, default; flags, label */
	{ "pubsub#deliver", &field_bool, AT(deliver), "1", .label = "Whether to receive notifications" },
	{ "pubsub#digest", &field_bool, AT(digest), "0",
	  .label = "Whether to receive notifications together, as digests" },
	{ "pubsub#digest_frequency", &field_uint, AT(digest_frequency), "86400000",
	  .min = 0, .max = 366ull * 86400000,
	  .label = "The minimum number of milliseconds between two digests" },
	{ "pubsub#expire", &field_time, AT(expire), NULL, .top = "presence", .feature = "leased-subscription",
	  .label = "The time at which the subscription ends" },
	{ "pubsub#include_body", &field_bool, AT(include_body), "0", .flags = FIELD_LEAF,
	  .label = "Whether to receive a message body in addition to the payload" },
	{ "pubsub#show-values", &field_set, AT(shows), "online,chat,away,dnd,xa",
	  .choices = show_names, .choice_labels = show_labels, .feature = "presence-notifications",
	  .label = "The presence states in which to receive notifications" },
	{ "pubsub#subscription_type", &field_choice, AT(type), "nodes",
	  .choices = sub_type_names, .choice_labels = subtype_labels, .flags = FIELD_COLLECTION,
	  .feature = "collections", .label = "What to be told of" },
	{ "pubsub#subscription_depth", &field_uint, AT(depth), "1", .top = "all", .min = 0, .max = INT64_MAX,
	  .flags = FIELD_COLLECTION, .feature = "collections",
	  .label = "How many levels of nodes below the collection count" },
	{ "x-filter", &field_text, AT(filter), NULL,
	  .label = "Only items for whose payload this XPath expression is true" },
	{ "x-filter_ns", &field_lines, AT(filter_ns), NULL,
	  .label = "The expression's prefixes, each as prefix=URI" },
	{ .var = NULL },
};
/* clang-format on */

void sub_options_init(struct sub_options *o)
{
	static struct sub_options initial; /* nothing in it is on the heap */
	static bool ready;

	if (!ready)
		fields_init(sub_fields, &initial);
	ready = true;
	*o = initial;
}

void sub_options_release(struct sub_options *o)
{
	/* What hardly anybody has; each notification comes by here. */
	if (o->filter || o->filter_ns)
		fields_release(sub_fields, o);
}
