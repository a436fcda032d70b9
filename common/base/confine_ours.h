/* SPDX-License-Identifier: MIT */
#ifndef BASE_CONFINE_OURS_H
#define BASE_CONFINE_OURS_H

/* In the filter that confine_make.c prints this stands for the process, whose number confine.c puts
 * there. No process has it. */
#define CONFINE_OURS 0x7e57c0deu

#endif
