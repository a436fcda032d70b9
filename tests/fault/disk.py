#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What is on the disk after the power has failed, from what disk.c has written down.

usage: disk.py cut LOG FOLDER SEED
       disk.py check LOG FOLDER STORE SEED COUNT [ACKNOWLEDGED...]

A file has for certain what was synced, and so has a folder. Of what was written to a file since, the
disk has nothing, all, or some of the sectors; of what was changed in a folder, as much as had come so
far: file systems keep those in order.

cut    FOLDER becomes what the disk has of it at the end of LOG, and LOG a new one, that begins with
       FOLDER as it is then.
check  The power fails COUNT times, anywhere in LOG. Each time STORE, a path below FOLDER, must be
       a whole database of pubsub-serve, in which all is that was acknowledged before, and
       each of those nodes has the items 1, 2, 3... up to one. ACKNOWLEDGED are files with lines
       "TIME NODE ID" (stamp).

usage: disk.py stamp NODE
       disk.py compare MILLISECONDS RUN...

stamp  reads the items that pubsub-pub --print or pubsub-sub writes, and says when each came.
compare  RUNs are what stamp has said of one reader's, in order. Each goes on where the one before it
       has come to, or earlier: by what that had printed in its last MILLISECONDS.
"""
import collections
import os
import random
import re
import shutil
import sqlite3
import struct
import sys
import tempfile
import time

HEAD = struct.Struct("=QQQqII")
SECTOR = 512
BEGIN = "B"  # in front of it stands what was there before


class File:
    def __init__(self):
        self.disk = bytearray()
        self.waits = []  # (offset, bytes), (size, None)

    @staticmethod
    def put(content, at, data):
        if data is None:
            content[at:] = bytes(max(0, at - len(content)))
            return
        content.extend(bytes(max(0, at - len(content))))
        content[at:at + len(data)] = data

    def sync(self):
        for at, data in self.waits:
            self.put(self.disk, at, data)
        self.waits = []

    def after(self, chance):
        """What is left of it."""
        content = bytearray(self.disk)
        share = chance.choice((0, 1, chance.random()))
        for at, data in self.waits:
            if data is None:
                if chance.random() < share:
                    self.put(content, at, None)
                continue
            start = 0
            while start < len(data):
                end = min(len(data), start + SECTOR - (at + start) % SECTOR)
                if chance.random() < share:
                    self.put(content, at + start, data[start:end])
                start = end
        return content


class Folder:
    def __init__(self):
        self.disk = {}   # name: File, Folder
        self.now = {}
        self.waits = []  # changes: [(Folder, name, entry)...], shared with the other one's

    def after(self, done):
        left = dict(self.disk)
        for change in self.waits:
            if id(change) in done:
                apply(change, self, left)
        return left


def apply(change, folder, entries):
    for where, name, entry in change:
        if where is folder:
            if entry is None:
                entries.pop(name, None)
            else:
                entries[name] = entry


class Disk:
    def __init__(self, folder):
        self.root = Folder()
        self.by_inode = {os.stat(folder).st_ino: self.root}

    def change(self, *steps):
        """All of it is on the disk at once."""
        change = list(steps)
        for folder in {id(step[0]): step[0] for step in steps}.values():
            apply(change, folder, folder.now)
            folder.waits.append(change)

    def play(self, what, inode, folder, at, data):
        """A record of disk.c."""
        there = self.by_inode.get(folder)
        if what in "CD":
            made = self.by_inode[inode] = File() if what == "C" else Folder()
            self.change((there, data[:-1], made))
        elif what == "W":
            self.by_inode[inode].waits.append((at, data))
        elif what == "T":
            self.by_inode[inode].waits.append((at, None))
        elif what == "U":
            self.change((there, data[:-1], None))
        elif what == "R":
            old, new = data[:-1].split(b"\0")
            entry = there.now[old]
            self.change((there, old, None), (self.by_inode[inode], new, entry))
        elif what == "S":
            self.sync(self.by_inode[inode])

    @staticmethod
    def sync(synced):
        if isinstance(synced, File):
            synced.sync()
            return
        for change in synced.waits:
            apply(change, synced, synced.disk)
            for other in {id(step[0]): step[0] for step in change}.values():
                if other is not synced:
                    apply(change, other, other.disk)
                    other.waits = [c for c in other.waits if c is not change]
        synced.waits = []

    def folders(self):
        return [f for f in self.by_inode.values() if isinstance(f, Folder)]

    def write(self, path, chance):
        """What is left, as the folder @path."""
        done = set()
        for folder in self.folders():
            count = chance.choice((0, len(folder.waits), chance.randint(0, len(folder.waits))))
            done.update(map(id, folder.waits[:count]))
        self.write_folder(self.root, path, done, chance)

    def write_folder(self, folder, path, done, chance):
        os.makedirs(path, 0o700, exist_ok=True)
        for name, entry in folder.after(done).items():
            below = os.path.join(path, os.fsdecode(name))
            if isinstance(entry, Folder):
                self.write_folder(entry, below, done, chance)
            else:
                with open(below, "wb", opener=lambda p, flags: os.open(p, flags, 0o600)) as out:
                    out.write(entry.after(chance))


def records(path):
    with open(path, "rb") as log:
        while len(head := log.read(HEAD.size)) == HEAD.size:
            stamp, inode, folder, at, length, what = HEAD.unpack(head)
            data = log.read(length)
            if len(data) < length:  # the last one, of a program that was killed
                return
            yield stamp, chr(what), inode, folder, at, data


def play_all(disk, some_records):
    for _, *what in some_records:
        disk.play(*what)


def begin_log(path, root):
    """A log of how @root has come to be, all of it synced."""
    with open(path, "wb") as log:
        def put(what, inode=0, folder=0, data=b""):
            log.write(HEAD.pack(time.monotonic_ns(), inode, folder, 0, len(data), ord(what)) + data)

        def fill(where, inode):
            for entry in os.scandir(where):
                put("D" if entry.is_dir() else "C", entry.inode(), inode,
                    os.fsencode(entry.name) + b"\0")
                if entry.is_dir():
                    fill(entry.path, entry.inode())
                    continue
                with open(entry.path, "rb") as content:
                    put("W", entry.inode(), 0, content.read())
                put("S", entry.inode())
            put("S", inode)
        fill(root, os.stat(root).st_ino)
        put(BEGIN)


def cut(log, folder, seed):
    disk = Disk(folder)
    play_all(disk, records(log))
    shutil.rmtree(folder)
    disk.write(folder, random.Random(f"{seed} {log}"))
    begin_log(log, folder)


def items(db):
    """Of each node, in the order in which they were published."""
    stored = collections.defaultdict(list)
    for node, item in db.execute(
            "SELECT node.name, item.id FROM item JOIN node ON node.id = item.node ORDER BY item.seq"):
        stored[node].append(item)
    return stored


def trouble(store, nodes, wanted):
    """What is wrong with the database; None: nothing."""
    if not os.path.exists(store):
        return f"no store, and {wanted}" if wanted else None
    try:
        with sqlite3.connect(store) as db:
            whole = db.execute("PRAGMA integrity_check").fetchone()[0]
            if whole != "ok":
                return whole
            made = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            stored = items(db) if made else {}
    except sqlite3.Error as error:
        return repr(error)
    for node in nodes:
        ids = stored.get(node, [])
        if ids != [str(n + 1) for n in range(len(ids))]:
            return f"{node} has {ids[:5]}...{ids[-5:]}"
    for node, last in wanted.items():
        if len(stored.get(node, ())) < last:
            return f"{node} has {len(stored.get(node, ()))} of {last} items"
    return None


def check(log, folder, store, seed, count, acknowledged):
    all_records = list(records(log))
    chance = random.Random(seed)
    begin = next((i for i, r in enumerate(all_records) if r[1] == BEGIN), -1) + 1
    points = sorted(chance.choices(range(begin, len(all_records) + 1), k=count))
    acks = []
    for path in acknowledged:
        with open(path, encoding="utf-8") as lines:
            acks += [(int(stamp), node, int(item)) for stamp, node, item in map(str.split, lines)]
    acks.sort()
    disk, at, ack, wanted = Disk(folder), 0, 0, {}
    for point in points:
        play_all(disk, all_records[at:point])
        at = point
        now = all_records[point - 1][0] if point else 0
        while ack < len(acks) and acks[ack][0] <= now:
            wanted[acks[ack][1]] = max(acks[ack][2], wanted.get(acks[ack][1], 0))
            ack += 1
        with tempfile.TemporaryDirectory() as left:
            disk.write(left, random.Random(f"{seed} {point}"))
            wrong = trouble(os.path.join(left, store), {ack[1] for ack in acks}, wanted)
        if wrong:
            sys.exit(f"disk.py: after {point} of {len(all_records)} steps: {wrong}")
    print(f"{count} times in {len(all_records)} steps, {ack} items acknowledged")


def stamp(node):
    for line in iter(sys.stdin.buffer.readline, b""):
        if found := re.match(rb"<item [^>]*?\bid='(\d+)'", line):
            print(time.monotonic_ns(), node, found[1].decode(), flush=True)


def compare(most, runs):
    before, again = [], 0
    for path in runs:
        with open(path, encoding="utf-8") as lines:
            run = [(int(stamp), int(item)) for stamp, _, item in map(str.split, lines)]
        for (_, item), (_, following) in zip(run, run[1:]):
            if following != item + 1:
                sys.exit(f"disk.py: {path}: {following} follows {item}")
        if before and run:
            last_stamp, last = before[-1]
            if run[0][1] > last + 1:
                sys.exit(f"disk.py: {path} begins with {run[0][1]}, after {last}")
            for stamp, item in before:
                if item >= run[0][1]:
                    again += 1
                    if stamp < last_stamp - most * 1000000:
                        sys.exit(f"disk.py: {path}: {item} comes again, which was printed "
                                 f"{(last_stamp - stamp) // 1000000} ms before the end")
        before = run or before
    print(f"{again} came again")


def main():
    match sys.argv[1:]:
        case ["cut", log, folder, seed]:
            cut(log, folder, seed)
        case ["check", log, folder, store, seed, count, *acknowledged]:
            check(log, folder, store, seed, int(count), acknowledged)
        case ["compare", most, *runs]:
            compare(int(most), runs)
        case ["stamp", node]:
            stamp(node)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
