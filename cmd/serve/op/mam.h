/* SPDX-License-Identifier: MIT */
#ifndef SERVE_MAM_H
#define SERVE_MAM_H

/*
 * Asking the archive of a node (XEP-0313 over XEP-0442). All are operations; what is found goes out
 * as messages in front of the answer.
 */
struct request;

int mam_query(struct request *r);
int mam_form(struct request *r);     /* the filters that there are */
int mam_metadata(struct request *r); /* where the archive begins and ends */

#endif
