"""pages.py SOCKET IMAGE: serves the pages of a flat image to one microVM by userfaultfd, and ends with it.

A stand-in for the page server, so that the hypervisor driver can be tested without it: one page at a time, and slow.
"""
import ctypes
import errno
import fcntl
import json
import mmap
import os
import select
import socket
import struct
import sys

PAGE = 4096
COPY, ZERO, WAKE = 0xC028AA03, 0xC020AA04, 0x8010AA02
FAULT, REMOVE = 0x12, 0x15


def ask(faults, request, *fields):
    """Whether the page is there now; False when the kernel wants to be asked again after its events were read."""
    try:
        fcntl.ioctl(faults, request, bytearray(struct.pack("<%dq" % len(fields), *fields)), True)
    except OSError as e:
        if e.errno == errno.EEXIST:
            fcntl.ioctl(faults, WAKE, bytearray(struct.pack("<qq", fields[0], PAGE)), True)
        elif e.errno != errno.EAGAIN:
            raise
        return e.errno == errno.EEXIST
    return True


def serve(connection, image):
    message, descriptors, _, _ = socket.recv_fds(connection, 4096, 1)
    region, = json.loads(message)
    faults, base = descriptors[0], region["base_host_virt_addr"]
    source = ctypes.addressof(ctypes.c_char.from_buffer(image))
    removed, waiting = set(), set()
    poll = select.poll()
    poll.register(faults, select.POLLIN)
    poll.register(connection, select.POLLIN | select.POLLHUP)
    while True:
        for descriptor, _ in poll.poll(1 if waiting else None):
            if descriptor == connection.fileno():
                return
            events = os.read(faults, 32 * 64)
            for at in range(0, len(events), 32):
                if events[at] == REMOVE:
                    start, end = struct.unpack_from("<qq", events, at + 8)
                    removed.update(range(start, end, PAGE))
                elif events[at] == FAULT:
                    waiting.add(struct.unpack_from("<q", events, at + 16)[0] & -PAGE)
        for page in list(waiting):
            if page in removed:
                done = ask(faults, ZERO, page, PAGE, 0, 0)
            else:
                done = ask(faults, COPY, page, source + page - base + region["offset"], PAGE, 0, 0)
            if done:
                waiting.remove(page)


with socket.socket(socket.AF_UNIX) as listener, open(sys.argv[2], "rb") as file:
    listener.bind(sys.argv[1])
    listener.listen(1)
    connection, _ = listener.accept()
    with connection:
        serve(connection, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
