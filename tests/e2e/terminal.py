#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs a program on a terminal of its own.

usage: terminal.py PROMPT TYPED PROGRAM [ARGUMENT...]

Types TYPED ("^C": the interrupt character) when PROMPT shows and the terminal does not echo.
Prints what came out, then "echo on" or "echo off" as the terminal was left, and the exit status.
"""
import os
import pty
import sys
import termios


def echoes(fd):
    return bool(termios.tcgetattr(fd)[3] & termios.ECHO)


prompt, typed, program = sys.argv[1], sys.argv[2].replace("^C", "\x03"), sys.argv[3:]
master, slave = pty.openpty()
pid = os.fork()
if pid == 0:
    os.setsid()
    os.close(os.open(os.ttyname(slave), os.O_RDWR))  # becomes the controlling terminal
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(slave, 2)
    os.execvp(program[0], program)
shown = ""
while prompt not in shown or echoes(slave):
    shown += os.read(master, 4096).decode() if prompt not in shown else ""
os.write(master, (typed + "\n" if typed != "\x03" else typed).encode())
status = os.waitpid(pid, 0)[1]
os.set_blocking(master, False)
try:
    while True:
        shown += os.read(master, 65536).decode()
except OSError:
    pass
print(shown)
print("echo", "on" if echoes(slave) else "off")
print("status", os.waitstatus_to_exitcode(status))
