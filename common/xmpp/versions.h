/* SPDX-License-Identifier: MIT */
#ifndef XMPP_VERSIONS_H
#define XMPP_VERSIONS_H

/* Prints the versions of pubsub and of the libraries that it runs on; returns an exit code. */
int versions_print(void);

#endif
