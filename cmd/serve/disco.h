/* SPDX-License-Identifier: MIT */
#ifndef SERVE_DISCO_H
#define SERVE_DISCO_H

/*
 * Service discovery (XEP-0030): what the service and its nodes are, and what they hold. Features
 * come from the operation table and from one list of those that are no operations.
 */
struct config;
struct request;

/* Operations; the node attribute is optional. */
int disco_info(struct request *r);
int disco_items(struct request *r);

/* Calls @fn with each feature that is advertised, in full. */
typedef void disco_feature_fn(const char *var, void *data);
void disco_features(const struct config *c, disco_feature_fn *fn, void *data);

#endif
