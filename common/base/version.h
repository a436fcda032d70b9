/* SPDX-License-Identifier: MIT */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

/* PUBSUB_VERSION is the project's version, a string; the build defines it from meson.build. */
#ifndef PUBSUB_VERSION
#error "PUBSUB_VERSION is not defined"
#endif

#endif
