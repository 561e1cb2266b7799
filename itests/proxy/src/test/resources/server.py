"""Servers in a capsule for the proxy's tests: server.py PORT [ADDRESS]"""
import base64, hashlib, socket, struct, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

pushed = threading.Semaphore(0)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/clock":
            self.whole(b"%d" % (time.monotonic_ns() // 1000))
        elif self.path == "/events":
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            for i in range(1000):
                pushed.acquire()
                self.wfile.write(b"data: %d\n\n" % i)
                self.wfile.flush()
        elif self.headers.get("Upgrade", "").lower() == "websocket":
            self.websocket()
        elif self.path.startswith("/large/"):
            left = int(self.path[7:])
            self.send_response(200)
            self.send_header("Content-Length", str(left))
            self.end_headers()
            block = b"0123456789abcdef" * 4096
            while left > 0:
                self.wfile.write(block[:left])
                left -= len(block)
        else:
            self.whole((self.requestline + "\n" + str(self.headers)).encode())

    def do_POST(self):
        if self.path == "/push":
            pushed.release()
            self.whole(b"pushed")
            return
        left, digest = int(self.headers["Content-Length"]), hashlib.sha256()
        while left > 0:
            block = self.rfile.read(min(left, 65536))
            digest.update(block)
            left -= len(block)
        self.whole(digest.hexdigest().encode())

    def whole(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def websocket(self):
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.send_response(101)
        self.send_header("Connection", "Upgrade")
        self.send_header("Upgrade", "websocket")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
        self.end_headers()
        self.close_connection = True
        while True:
            first, second = self.rfile.read(2)
            length = second & 127
            if length == 126:
                length = struct.unpack("!H", self.rfile.read(2))[0]
            elif length == 127:
                length = struct.unpack("!Q", self.rfile.read(8))[0]
            mask = self.rfile.read(4)
            data = bytes(b ^ mask[i % 4] for i, b in enumerate(self.rfile.read(length)))
            size = bytes([length]) if length < 126 else b"\x7e" + struct.pack("!H", length)
            self.wfile.write(bytes([first]) + size + data)
            self.wfile.flush()
            if first & 15 == 8:
                return

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512


address = sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1"
Server.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
Server((address, int(sys.argv[1])), Handler).serve_forever()
