/* SPDX-License-Identifier: MIT */
#ifndef CMD_APPLET_H
#define CMD_APPLET_H

/*
 * The applets. Each takes its own argv (argv[0] is its name, "pubsub-pub") and returns an exit code
 * (base/exits.h). The table in main.c is the only list of them.
 */
int serve_main(int argc, const char **argv);
int sub_main(int argc, const char **argv);
int pub_main(int argc, const char **argv);
int ctl_main(int argc, const char **argv);

/* The options of each but those that all have; only their names and types are to be looked at. */
struct poptOption;
const struct poptOption *serve_options(void);
const struct poptOption *sub_options(void);
const struct poptOption *pub_options(void);
const struct poptOption *ctl_options(void);

#endif
