/* SPDX-License-Identifier: MIT */
#ifndef SUB_CURSES_H
#define SUB_CURSES_H

/* ncurses, which the monitor alone needs; loaded when it takes the terminal (late.h). */
#include <ncurses.h>

#include "common/base/late.h"

/* clang-format off */
#define CURSES_NAMES(X) \
	X(COLS) \
	X(LINES) \
	X(cbreak) \
	X(clearok) \
	X(curs_set) \
	X(curscr) \
	X(delscreen) \
	X(endwin) \
	X(has_colors) \
	X(init_pair) \
	X(isendwin) \
	X(keypad) \
	X(newterm) \
	X(nodelay) \
	X(noecho) \
	X(nonl) \
	X(reset_prog_mode) \
	X(resizeterm) \
	X(set_escdelay) \
	X(start_color) \
	X(stdscr) \
	X(tigetstr) \
	X(use_default_colors) \
	X(use_tioctl) \
	X(waddnstr) \
	X(waddnwstr) \
	X(wattr_off) \
	X(wattr_on) \
	X(werase) \
	X(wget_wch) \
	X(whline) \
	X(wmove) \
	X(wrefresh)
/* clang-format on */

extern struct curses_names {
	CURSES_NAMES(LATE_MEMBER)
} curses_names;

/* Before anything of it is called. 0, or -ELIBACC after a message. */
int curses_load(void);

#define COLS (*curses_names.COLS)
#define LINES (*curses_names.LINES)
#define cbreak (*curses_names.cbreak)
#define clearok (*curses_names.clearok)
#define curs_set (*curses_names.curs_set)
#define curscr (*curses_names.curscr)
#define delscreen (*curses_names.delscreen)
#define endwin (*curses_names.endwin)
#define has_colors (*curses_names.has_colors)
#define init_pair (*curses_names.init_pair)
#define isendwin (*curses_names.isendwin)
#define keypad (*curses_names.keypad)
#define newterm (*curses_names.newterm)
#define nodelay (*curses_names.nodelay)
#define noecho (*curses_names.noecho)
#define nonl (*curses_names.nonl)
#define reset_prog_mode (*curses_names.reset_prog_mode)
#define resizeterm (*curses_names.resizeterm)
#define set_escdelay (*curses_names.set_escdelay)
#define start_color (*curses_names.start_color)
#define stdscr (*curses_names.stdscr)
#define tigetstr (*curses_names.tigetstr)
#define use_default_colors (*curses_names.use_default_colors)
#define use_tioctl (*curses_names.use_tioctl)
#define waddnstr (*curses_names.waddnstr)
#define waddnwstr (*curses_names.waddnwstr)
#define wattr_off (*curses_names.wattr_off)
#define wattr_on (*curses_names.wattr_on)
#define werase (*curses_names.werase)
#define wget_wch (*curses_names.wget_wch)
#define whline (*curses_names.whline)
#define wmove (*curses_names.wmove)
#define wrefresh (*curses_names.wrefresh)

#endif
