/* SPDX-License-Identifier: MIT */
#include "cmd/serve/subs/sub_list.h"

#include <errno.h>
#include <stdlib.h>

#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/pubsub/sub_fields.h"

void sub_list_release(struct sub_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		sub_ref_release(&l->list[i].ref);
	free(l->list);
	*l = (struct sub_list){ 0 };
}

int sub_list_add(const struct subscription *row, void *data)
{
	AUTO_IN_PLACE(sub_options_release) struct sub_options options;
	struct sub_list *l = data;

	sub_options_init(&options);
	if (*row->options && fields_load(sub_fields, row->options, &options))
		return -EIO;
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 8;
		l->list = mem_realloc(l->list, l->cap * sizeof(*l->list));
	}
	l->list[l->n++] = (struct listed_sub){ .ref = sub_ref_of(row),
					       .node = row->node,
					       .deliver = options.deliver,
					       .on_presence = options.expire == EXPIRE_PRESENCE,
					       .shows = options.shows };
	return 0;
}
