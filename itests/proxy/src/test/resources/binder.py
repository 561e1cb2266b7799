"""Begins to listen on one port after the other and answers one request on each: binder.py FIRST LAST SEED
The answer has microseconds of this machine's clock: when it began to listen, when a connection was there, when the answer was made."""
import random, socket, sys, time

now = lambda: time.monotonic_ns() // 1000
chance = random.Random(int(sys.argv[3]))
for port in range(int(sys.argv[1]), int(sys.argv[2])):
    six = port % 2
    server = socket.socket(socket.AF_INET6 if six else socket.AF_INET)
    # So that requests come at any time before and after it.
    time.sleep(chance.uniform(0.02, 0.4))
    server.bind(("::1" if six else "127.0.0.1", port))
    server.listen()
    listening = now()
    with server, server.accept()[0] as client:
        accepted = now()
        asked = client.recv(65536)
        while asked and not asked.endswith(b"\r\n\r\n"):
            asked = client.recv(65536)
        body = b"%d %d %d" % (listening, accepted, now())
        client.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
