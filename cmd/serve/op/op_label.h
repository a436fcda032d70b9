/* SPDX-License-Identifier: MIT */
#ifndef SERVE_OP_LABEL_H
#define SERVE_OP_LABEL_H

/*
 * What an operation is called in the log and in the metrics: "publish", "owner-delete",
 * "disco-info". One name for each namespace and element, so a get and a set may share it.
 */
struct op;
struct str;

/* Added to @out. NULL: a request in which no operation was found. */
void op_label(const struct op *op, struct str *out);

#endif
