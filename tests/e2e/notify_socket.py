#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Stands in for a service manager: prints each datagram that comes to the socket PATH, a line each,
with " | " for line ends."""
import os
import socket
import sys

s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
if len(sys.argv) > 2:  # --ready-fd FD
    os.write(int(sys.argv[3]), b"READY=1\n")
while True:
    print(s.recv(65536).decode().replace("\n", " | "), flush=True)
