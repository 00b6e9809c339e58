// SPDX-License-Identifier: GPL-2.0
/* The terminal on standard input: its settings, its size, its foreground group. */
#include "survivor.h"
#include <sys/ioctl.h>
#include <termios.h>

static struct termios was;
static struct winsize size = { .ws_row = 33, .ws_col = 99 };
static pid_t foreground;

static void prepare(void)
{
	if (!isatty(0))
		skip("standard input is no terminal");
	must(tcgetattr(0, &was));
	was.c_lflag &= ~(ECHO | ICANON);
	was.c_iflag |= IXANY;
	was.c_cc[VINTR] = 7;
	was.c_cc[VTIME] = 3;
	was.c_cc[VMIN] = 0;
	must(tcsetattr(0, TCSANOW, &was));
	must(tcgetattr(0, &was));
	must(ioctl(0, TIOCSWINSZ, &size));
	foreground = tcgetpgrp(0);
}

static void check(void)
{
	struct termios is = { 0 };
	struct winsize now_ = { 0 };

	expect(isatty(0));
	must(tcgetattr(0, &is));
	expect_equal(is.c_iflag, was.c_iflag);
	expect_equal(is.c_oflag, was.c_oflag);
	expect_equal(is.c_cflag, was.c_cflag);
	expect_equal(is.c_lflag, was.c_lflag);
	expect(!memcmp(is.c_cc, was.c_cc, sizeof(is.c_cc)));
	expect_equal(cfgetospeed(&is), cfgetospeed(&was));
	must(ioctl(0, TIOCGWINSZ, &now_));
	expect_equal(now_.ws_row, size.ws_row);
	expect_equal(now_.ws_col, size.ws_col);
	expect_equal(tcgetpgrp(0), foreground);
	expect_equal(write(0, "\r", 1), 1);
}

SURVIVOR(console, .about = "the console's settings, size, foreground group",
	 .prepare = prepare, .check = check, .flags = TERMINAL);
