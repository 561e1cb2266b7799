#!/usr/bin/env python3
"""Boots the agent as PID 1 under emulation and checks what only a machine of its own can show.

Needs qemu-system-x86_64, qemu-img, cpio, the release binary, and what ../kernel-and-rootfs/build.sh makes.
"""
import base64
import hashlib
import json
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
GUEST = HERE.parent / "kernel-and-rootfs" / "target" / "guest"
BINARY = HERE / "target" / "x86_64-unknown-linux-gnu" / "release" / "envd"
TOKEN = "check-capsule"
PATIENCE = 60
DISK = "20G"


class Capsule:
    def __init__(self, work):
        self.work = pathlib.Path(work)
        self.port = self.free_port()
        self.make_initrd()
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", GUEST / "images/minimal/rootfs.ext4", self.work / "disk", DISK], check=True)
        self.began = time.monotonic()
        self.qemu = self.boot()

    @staticmethod
    def free_port():
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    def make_initrd(self):
        tree = self.work / "tree"
        for name in ("dev", "proc", "sys", "run", "newroot"):
            (tree / name).mkdir(parents=True)
        shutil.copy(BINARY, tree / "init")
        names = "\n".join(["init", "dev", "proc", "sys", "run", "newroot"])
        with open(self.work / "initrd", "wb") as out:
            subprocess.run(["cpio", "--quiet", "-o", "-H", "newc"], input=names.encode(), stdout=out, cwd=tree, check=True)

    def boot(self):
        facts = dict(line.split("=", 1) for line in (GUEST / "kernel/kernel.properties").read_text().splitlines() if "=" in line)
        words = [facts["cmdline"], "wrenn.root=/dev/vda wrenn.ip=10.0.2.15/24 wrenn.gw=10.0.2.2 wrenn.dns=10.0.2.3 wrenn.hostname=cl-check",
                 "wrenn.token=" + hashlib.sha256(TOKEN.encode()).hexdigest()]
        bus = "pci" if facts["machine"] == "q35" else "device"
        machine = ["-M", "q35"] if facts["machine"] == "q35" else ["-M", "microvm,rtc=on,acpi=off"]
        khz = next(float(line.split(":")[1]) * 1000 for line in open("/proc/cpuinfo") if line.startswith("cpu MHz"))
        words.append(facts.get("cmdline.emulation", "").replace("@host_tsc_khz@", str(int(khz))))
        log = open(self.work / "qemu.log", "wb")
        return subprocess.Popen(
            ["qemu-system-x86_64", *machine, "-accel", "tcg", "-cpu", "max", "-m", "256", "-smp", "1", "-nodefaults", "-no-user-config", "-no-reboot",
             "-display", "none", "-serial", f"file:{self.work}/console", "-kernel", GUEST / "kernel" / facts["file"], "-initrd", self.work / "initrd",
             "-append", " ".join(words), "-drive", f"if=none,id=root,file={self.work}/disk,format=qcow2", "-device", f"virtio-blk-{bus},drive=root",
             "-netdev", f"user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:{self.port}-10.0.2.15:49983", "-device", f"virtio-net-{bus},netdev=net"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def http(self, method, path, body=None, headers=None, timeout=PATIENCE):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=body, method=method)
        for name, value in {"X-Access-Token": TOKEN, **(headers or {})}.items():
            if value:
                request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as reply:
                return reply.status, reply.read()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read()

    def call(self, method, message):
        status, body = self.http("POST", "/process.Process/" + method, json.dumps(message).encode(), {"Content-Type": "application/json"})
        return status, json.loads(body)

    def stream(self, method, message, headers=None):
        text = json.dumps(message).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/process.Process/{method}", data=struct.pack(">BI", 0, len(text)) + text)
        for name, value in {"X-Access-Token": TOKEN, "Content-Type": "application/connect+json", **(headers or {})}.items():
            request.add_header(name, value)
        reply = urllib.request.urlopen(request, timeout=PATIENCE)
        while True:
            head = reply.read(5)
            if len(head) < 5:
                return
            flags, length = struct.unpack(">BI", head)
            yield flags, json.loads(reply.read(length))

    def run(self, command, **options):
        """Runs a shell command: (output of both kinds, end)."""
        output, end = b"", {}
        for _, message in self.stream("Start", {"process": {"cmd": "/bin/bash", "args": ["-c", command]}, "stdin": False}, **options):
            event = message.get("event", {})
            for data in event.get("data", {}).values():
                output += base64.b64decode(data)
            end = event.get("end", end)
        return output.decode(), end

    def wait_until_up(self):
        while self.qemu.poll() is None and time.monotonic() - self.began < PATIENCE:
            try:
                if self.http("GET", "/health", timeout=0.2)[0] == 204:
                    return int((time.monotonic() - self.began) * 1000)
            except OSError:
                time.sleep(0.01)
        raise SystemExit("the agent did not answer:\n" + (self.work / "console").read_text(errors="replace")[-3000:])

    def stop(self):
        if self.qemu.poll() is None:
            self.qemu.kill()
        self.qemu.wait()


ROOT = {"Authorization": "Basic " + base64.b64encode(b"root:").decode()}


def check(what, truth, shown=""):
    print(("ok      " if truth else "FAILED  ") + what + ("" if truth else f": {shown}"), flush=True)
    if not truth:
        raise SystemExit(1)


def identity(capsule):
    check("no token, no entry", capsule.http("GET", "/envs", headers={"X-Access-Token": None})[0] == 401)
    init = {"accessToken": TOKEN, "sequence": 1, "machineId": "0123456789abcdef" * 2, "hostname": "cl-check", "defaultUser": "user", "envVars": {"FROM": "init"},
            "timestamp": "2040-05-06T07:08:09.123456789Z", "entropySeed": base64.b64encode(bytes(range(32))).decode()}
    status, answer = capsule.http("POST", "/init", json.dumps(init).encode())
    parts = json.loads(answer).get("parts", {})
    check("/init is taken", status == 200 and not [part for part in parts.values() if part.startswith("failed")], answer)
    check("no step of the boot has failed", "bootFailures" not in json.loads(answer), answer)
    output, _ = capsule.run("date +%Y-%m-%d; id -un; echo $FROM $HOME; cat /etc/machine-id /etc/hostname; hostname; pwd")
    check("clock, user, variables and names are set", output.split() == ["2040-05-06", "user", "init", "/home/user", "0123456789abcdef" * 2, "cl-check", "cl-check", "/home/user"], output)
    output, end = capsule.run("sudo -n sh -c 'id -u; hostname' 2>&1")
    check("sudo works and is silent", output.split() == ["0", "cl-check"], output)


def machine(capsule):
    output, _ = capsule.run("cat /proc/1/comm; cat /proc/self/cgroup; ls /; stat -f -c %T /tmp /run /dev/shm; ls -d /dev/fd/1 /dev/pts/ptmx; ip route 2>/dev/null; cat /etc/resolv.conf")
    check("the root is the image's", "lost+found" in output and "newroot" not in output, output)
    check("a process has a cgroup of its own", "0::/user/p" in output, output)
    check("memory file systems are there", output.count("tmpfs") == 3, output)
    check("name servers are set", "nameserver 10.0.2.3" in output, output)
    output, _ = capsule.run("sleep 0.01 & disown; ps -o pid,ppid,stat ax | grep -c ' Z' || true")
    check("orphans are reaped", output.strip() == "0", output)
    output, end = capsule.run("python3 -c 'x = bytearray(1 << 30)' 2>&1; echo $?; python3 -c '\nx = []\nwhile True: x.append(bytearray(b\"x\" * (8 << 20)))'; echo $?")
    check("a greedy process dies and nobody else", output.split()[-1] == "137" and end.get("exitCode") == 0, output)
    output, _ = capsule.run("dmesg | grep -o 'CONSTRAINT_[A-Z]*' | sort -u", headers=ROOT)
    check("the limit of the user's group is what it met", output.split() == ["CONSTRAINT_MEMCG"], output)


def disk_growth(capsule):
    """The image's file system is smaller than the disk: it grows by itself, and takes next to nothing for that."""
    deadline, total = time.monotonic() + PATIENCE, 0
    while total < 19 << 30 and time.monotonic() < deadline:
        total = json.loads(capsule.http("GET", "/metrics")[1])["disk_total"]
    check("the root file system grows to its disk", total > 19 << 30, total)
    status, body = capsule.http("POST", "/disk/grow", b"")
    answer = json.loads(body)
    check("growing it again changes nothing", status == 200 and answer["grown"] is False and answer["fileSystemBytes"] == answer["deviceBytes"] == 20 << 30, answer)
    capsule.run("sync", headers=ROOT)
    taken = (capsule.work / "disk").stat().st_blocks * 512
    check("its new groups take no space", taken < 40 << 20, taken)
    output, _ = capsule.run("dmesg | grep -i 'ext4.*\\(resiz\\|error\\)'; grep ' / ' /proc/mounts", headers=ROOT)
    check("it is mounted as it was", "noinit_itable" in output and "rror" not in output, output)
    print("        " + output.replace("\n", "\n        ").strip())


def activity(capsule):
    status, body = capsule.http("GET", "/activity")
    figures = json.loads(body)
    check("activity is counted", status == 200 and figures["networkRxBytes"] > 0 and figures["diskReadBytes"] > 0 and figures["userProcesses"] is not None, figures)


def loopback_server(capsule):
    server = capsule.stream("Start", {"process": {"cmd": "python3", "args": ["-m", "http.server", "8123", "--bind", "127.0.0.1", "--directory", "/etc"]}, "tag": "server"})
    next(server)
    deadline, text = time.monotonic() + PATIENCE, b""
    while not text and time.monotonic() < deadline:
        with socket.create_connection(("127.0.0.1", capsule.port), timeout=PATIENCE) as tunnel:
            tunnel.sendall(f"GET /connect/8123 HTTP/1.1\r\nHost: a\r\nX-Access-Token: {TOKEN}\r\nConnection: Upgrade\r\nUpgrade: tunnel\r\n\r\n".encode())
            stream = tunnel.makefile("rb")
            if stream.readline().startswith(b"HTTP/1.1 101"):
                while stream.readline() != b"\r\n":
                    pass
                tunnel.sendall(b"GET /hostname HTTP/1.0\r\n\r\n")
                text = stream.read()
    check("a server of the loopback is reached through a tunnel", text.endswith(b"cl-check\n"), text)
    capsule.call("SendSignal", {"process": {"tag": "server"}, "signal": "SIGNAL_SIGKILL"})


def agent_restart(capsule):
    """The agent is killed; a process goes on, with its input, its output and its end."""
    start = {"process": {"cmd": "/bin/bash", "args": ["-c", "while read line; do echo got $line; [ $line = quit ] && exit 7; done; exit 9"]}, "tag": "survivor"}
    events = capsule.stream("Start", start)
    pid = next(events)[1]["event"]["start"]["pid"]
    pty = capsule.stream("Start", {"process": {"cmd": "/bin/bash", "args": ["-c", "trap '' HUP; read line; echo pty $line; sleep 0.2; exit 3"]}, "pty": {"size": {"cols": 80, "rows": 24}}, "tag": "pty"})
    next(pty)
    eof = capsule.stream("Start", {"process": {"cmd": "cat"}, "tag": "eof"})
    next(eof)
    capsule.http("POST", "/init", json.dumps({"envVars": {"FROM": "before"}, "userToken": "the-users", "sequence": 2}).encode())
    try:
        capsule.run("kill -9 $(pgrep -x envd)", headers=ROOT)
    except Exception:
        pass  # the stream breaks off with the agent
    status, listed = capsule.call("List", {})
    # The shell that has killed the agent may still be among them.
    tags = sorted(process["tag"] for process in listed["processes"] if "tag" in process)
    check("processes outlive the agent and are known to the next", tags == ["eof", "pty", "survivor"], listed)
    check("what /init has set is remembered", json.loads(capsule.http("GET", "/envs")[1]) == {"FROM": "before"})
    check("so is the user's token", [capsule.http(method, path, headers={"X-Access-Token": "the-users"})[0] for method, path in [("GET", "/envs"), ("POST", "/init")]] == [200, 404])
    attached = capsule.stream("Connect", {"process": {"tag": "survivor"}})
    check("it has the same pid", next(attached)[1]["event"]["start"]["pid"] == pid)
    for word in ("one", "quit"):
        capsule.call("SendInput", {"process": {"pid": pid}, "input": {"stdin": base64.b64encode(f"{word}\n".encode()).decode()}})
    output, end = b"", {}
    for _, message in attached:
        output += base64.b64decode(message.get("event", {}).get("data", {}).get("stdout", ""))
        end = message.get("event", {}).get("end", end)
    check("input, output and end arrive", output == b"got one\ngot quit\n" and end.get("exitCode") == 7, (output, end))
    attached = capsule.stream("Connect", {"process": {"tag": "pty"}})
    next(attached)
    capsule.call("SendInput", {"process": {"tag": "pty"}, "input": {"pty": base64.b64encode(b"hi\n").decode()}})
    messages = [message for _, message in attached]
    shown = b"".join(base64.b64decode(message.get("event", {}).get("data", {}).get("pty", "")) for message in messages)
    check("a terminal survives as well", b"pty hi" in shown and messages[-2]["event"]["end"]["exitCode"] == 3, messages)
    attached = capsule.stream("Connect", {"process": {"tag": "eof"}})
    next(attached)
    capsule.call("CloseStdin", {"process": {"tag": "eof"}})
    check("input can still be ended", [m for _, m in attached][0]["event"]["end"]["exitCode"] == 0)


def main():
    for needed in (BINARY, GUEST / "kernel/kernel.properties", GUEST / "images/minimal/rootfs.ext4"):
        if not needed.exists():
            raise SystemExit(f"{needed} is missing: build it first")
    with tempfile.TemporaryDirectory() as work:
        capsule = Capsule(work)
        try:
            print(f"        answered after {capsule.wait_until_up()} ms")
            identity(capsule)
            disk_growth(capsule)
            machine(capsule)
            activity(capsule)
            loopback_server(capsule)
            agent_restart(capsule)
            output, _ = capsule.run("dmesg | grep 'envd: up'", headers=ROOT)
            print("        " + output.strip())
            try:
                capsule.run("kill -TERM 1; sleep 100", headers=ROOT)
            except Exception:
                pass  # the stream ends with the machine
            capsule.qemu.wait(timeout=PATIENCE)
            check("SIGTERM to PID 1 ends the machine", capsule.qemu.returncode == 0, capsule.qemu.returncode)
        finally:
            capsule.stop()


if __name__ == "__main__":
    sys.exit(main())
