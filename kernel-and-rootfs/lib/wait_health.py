#!/usr/bin/env python3
"""wait_health.py PORT PID SECONDS: waits until GET /health on the loopback port answers 204; prints how long that took.

Gives up when the process PID has ended or the time is over. The clock starts at START_NS (monotonic nanoseconds) from the
environment, so that the start of PID counts too.
"""
import os
import select
import socket
import sys
import time

REQUEST = b"GET /health HTTP/1.1\r\nHost: capsule\r\nConnection: close\r\n\r\n"


def answer(port, patience):
    """The status line, or nothing when there is no answer yet."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=patience) as connection:
            connection.sendall(REQUEST)
            return connection.recv(256).split(b"\r\n", 1)[0].decode("latin-1")
    except OSError:
        return ""


def main(port, pid, seconds):
    start = int(os.environ.get("START_NS") or time.monotonic_ns())
    process = select.poll()
    process.register(os.pidfd_open(pid), select.POLLIN)
    patience = 0.05
    while time.monotonic_ns() - start < seconds * 1e9:
        # user-mode networking accepts before the guest listens and then retries slowly: a new connection is faster than
        # waiting, but on a busy machine a real answer needs time too
        status = answer(port, patience)
        patience = min(patience * 1.3, 2)
        if " 204" in status:
            print(f"{(time.monotonic_ns() - start) / 1e6:.0f}")
            return
        if status:
            sys.exit(f"error: the agent answered {status!r} instead of 204")
        # the pause between two tries is also the watch over the process
        if process.poll(5):
            sys.exit("error: the virtual machine ended before the agent answered")
    sys.exit(f"error: no answer from the agent within {seconds} s")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: wait_health.py PORT PID SECONDS")
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
