# The published Python SDK against a platform: python suite.py
# Where it is comes from E2B_API_KEY, E2B_API_URL and E2B_SANDBOX_URL alone. One line for each check: "ok <name>" or "not ok <name>".
import asyncio
import hashlib
import http.client
import os
import sys
import time
import traceback
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timezone

import e2b
from e2b import (
    AsyncSandbox, AuthenticationException, CommandExitException, NotFoundException, Sandbox, SandboxException, SandboxQuery, SandboxState,
    TimeoutException)

LONG = 120
failed = []
made = []
mark = f"p {os.getpid()}-{time.time_ns()} ü&=%/+"


def check(name):
    def run(body):
        try:
            body()
            print(f"ok {name}", flush=True)
        except Exception:
            failed.append(name)
            print(f"not ok {name}\n" + "".join("  " + line + "\n" for line in traceback.format_exc().splitlines()), end="", flush=True)
    return run


def until(what, look):
    end = time.monotonic() + LONG
    while True:
        value = look()
        if value:
            return value
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.2)


def raises(kinds, body):
    try:
        body()
    except kinds as e:
        return e
    raise AssertionError(f"expected {kinds}")


def create(**options):
    sandbox = Sandbox.create(timeout=600, request_timeout=LONG, **options)
    made.append(sandbox)
    return sandbox


def by_host(host, path, headers=None):
    base = urllib.parse.urlsplit(os.environ["E2B_API_URL"])
    connection = http.client.HTTPConnection(base.hostname, base.port, timeout=LONG)
    try:
        connection.request("GET", path, headers={"Host": host, **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def when_open(host, path, headers=None):
    def look():
        answer = by_host(host, path, headers)
        return answer if answer[0] != 502 else None
    return until(f"an answer from {host}", look)


box = create(metadata={"mark": mark, "k &=": "v %41"}, envs={"GREETING": "hello world"})
print("ok create with metadata and environment")


@check("is running")
def _():
    assert box.is_running()


@check("command: output, errors, exit code")
def _():
    done = box.commands.run("echo out; echo err >&2")
    assert (done.stdout, done.stderr, done.exit_code) == ("out\n", "err\n", 0)
    e = raises(CommandExitException, lambda: box.commands.run("echo partly; exit 3"))
    assert (e.exit_code, e.stdout) == (3, "partly\n")


@check("command: environment, user and working directory")
def _():
    line = 'echo "$GREETING|$OWN|$E2B_SANDBOX_ID"; id -un; pwd'
    assert box.commands.run(line, envs={"OWN": "x"}).stdout == f"hello world|x|{box.sandbox_id}\nuser\n/home/user\n"
    assert box.commands.run("id -un; pwd", user="root", cwd="/tmp").stdout == "root\n/tmp\n"


@check("command: output as it comes")
def _():
    parts = []
    box.commands.run('for i in 1 2 3; do printf "ä€😀"; done', on_stdout=parts.append)
    assert "".join(parts) == "ä€😀" * 3
    assert len(box.commands.run('head -c 3000000 /dev/zero | tr "\\0" x').stdout) == 3_000_000


@check("command: background, standard input, list, kill")
def _():
    cat = box.commands.run("head -n 1", background=True, stdin=True)
    box.commands.send_stdin(cat.pid, "to you\n")
    assert cat.wait().stdout == "to you\n"
    sleeper = box.commands.run("sleep 600", background=True, timeout=0)
    assert sleeper.pid in [process.pid for process in box.commands.list()]
    assert box.commands.kill(sleeper.pid) is True
    raises(CommandExitException, sleeper.wait)
    assert box.commands.kill(sleeper.pid) is False


@check("command: time limit")
def _():
    raises(TimeoutException, lambda: box.commands.run("sleep 600", timeout=2))


@check("terminal")
def _():
    from e2b.sandbox.commands.command_handle import PtySize
    text = b""
    pty = box.pty.create(size=PtySize(rows=31, cols=91), timeout=LONG)
    box.pty.send_stdin(pty.pid, b"stty size; exit 0\n")
    for _, _, data in pty:
        text += data or b""
    assert b"31 91" in text, text


@check("files: write, read, list, exists, rename, remove")
def _():
    assert box.files.write("d/one.txt", "Grüße").path == "/home/user/d/one.txt"
    assert box.files.read("d/one.txt") == "Grüße"
    assert box.files.make_dir("d/sub") is True
    assert box.files.make_dir("d/sub") is False
    assert sorted(entry.name for entry in box.files.list("d")) == ["one.txt", "sub"]
    assert box.files.rename("d/one.txt", "d/two.txt").path == "/home/user/d/two.txt"
    assert not box.files.exists("d/one.txt")
    info = box.files.get_info("d/two.txt")
    assert (info.size, info.owner) == (len("Grüße".encode()), "user")
    box.files.remove("d")
    assert not box.files.exists("d")
    raises(NotFoundException, lambda: box.files.read("d/one.txt"))


@check("files: bytes, large ones, several at once")
def _():
    data = os.urandom(20 << 20)
    box.files.write("big.bin", data, request_timeout=LONG)
    assert box.commands.run("sha256sum < big.bin").stdout.split()[0] == hashlib.sha256(data).hexdigest()
    assert bytes(box.files.read("big.bin", format="bytes", request_timeout=LONG)) == data
    several = box.files.write_files([{"path": "w/1", "data": "eins"}, {"path": "w/2", "data": b"\0\xff"}])
    assert [each.path for each in several] == ["/home/user/w/1", "/home/user/w/2"]
    assert bytes(box.files.read("w/2", format="bytes")) == b"\0\xff"


@check("files: watch, asked for")
def _():
    box.files.make_dir("watched")
    watch = box.files.watch_dir("watched", recursive=True)
    box.files.write("watched/new.txt", "x")
    names = set()
    until("the event", lambda: names.update(event.name for event in watch.get_new_events()) or "new.txt" in names)
    watch.stop()


@check("files: watch, told")
def _():
    async def watch():
        sandbox = await AsyncSandbox.connect(box.sandbox_id)
        seen = asyncio.Event()
        watch = await sandbox.files.watch_dir("watched", lambda event: seen.set() if event.name == "told.txt" else None)
        await sandbox.files.write("watched/told.txt", "x")
        await asyncio.wait_for(seen.wait(), LONG)
        await watch.stop()
        assert (await sandbox.commands.run("echo async")).stdout == "async\n"
    asyncio.run(watch())


@check("files: signed addresses")
def _():
    box.files.write("signed.txt", "by address")
    address = box.download_url("signed.txt", use_signature_expiration=60)
    assert urllib.request.urlopen(address, timeout=LONG).read() == b"by address"
    e = raises(urllib.error.HTTPError, lambda: urllib.request.urlopen(address.replace("signed.txt", "other.txt"), timeout=LONG))
    assert e.code == 401


@check("what is known of a sandbox, and the list")
def _():
    info = box.get_info()
    assert info.metadata == {"mark": mark, "k &=": "v %41"}
    assert info.end_at > info.started_at
    found = Sandbox.list(query=SandboxQuery(metadata={"mark": mark}, state=[SandboxState.RUNNING])).next_items()
    assert [each.sandbox_id for each in found] == [box.sandbox_id]
    assert Sandbox.list(query=SandboxQuery(metadata={"mark": "other"})).next_items() == []


@check("timeout and connect")
def _():
    box.set_timeout(300)
    short = box.get_info().end_at
    same = Sandbox.connect(box.sandbox_id, timeout=10)
    assert same.get_info().end_at == short
    Sandbox.connect(box.sandbox_id, timeout=900)
    assert (box.get_info().end_at - short).total_seconds() > 500
    assert same.commands.run("echo connected").stdout == "connected\n"


@check("metrics")
def _():
    points = until("a sample", box.get_metrics)
    assert points[0].cpu_count == 1 and points[0].mem_total > 100 << 20
    past = datetime.fromtimestamp(1000, timezone.utc)
    assert box.get_metrics(start=past, end=past) == []


@check("port by host name, and for holders of a token only")
def _():
    closed = create(network={"allow_public_traffic": False})
    closed.commands.run("python3 -m http.server 8000 --bind 127.0.0.1", background=True, timeout=0, cwd="/tmp")
    token = {"e2b-traffic-access-token": closed.traffic_access_token}
    assert when_open(closed.get_host(8000), "/", token)[0] == 200
    assert by_host(closed.get_host(8000), "/")[0] == 403
    closed.kill()


@check("without a way out")
def _():
    inside = create(allow_internet_access=False)
    assert inside.commands.run("echo here").stdout == "here\n"
    inside.kill()


@check("a kill breaks what runs, once")
def _():
    doomed = create()
    sleeper = doomed.commands.run("sleep 600", background=True, timeout=0)
    assert Sandbox.kill(doomed.sandbox_id) is True
    assert Sandbox.kill(doomed.sandbox_id) is False
    raises((TimeoutException, SandboxException), sleeper.wait)
    assert not doomed.is_running()
    raises((NotFoundException, SandboxException), lambda: Sandbox.connect(doomed.sandbox_id))


@check("pause, snapshot and copies")
def _():
    source = create()
    source.files.write("kept.txt", "kept")
    source.pause()
    assert source.get_info().state == SandboxState.PAUSED
    woken = Sandbox.connect(source.sandbox_id, timeout=600, request_timeout=LONG)
    assert woken.files.read("kept.txt") == "kept"
    saved = woken.create_snapshot()
    born = Sandbox.create(saved.snapshot_id, timeout=600, request_timeout=LONG)
    made.append(born)
    assert (born.files.read("kept.txt"), born.commands.run("id -un").stdout) == ("kept", "user\n")
    copy = woken.fork(count=1, timeout=600)[0]
    made.append(copy)
    assert copy.files.read("kept.txt") == "kept"
    for sandbox in (copy, born, woken):
        sandbox.kill()
    assert Sandbox.delete_snapshot(saved.snapshot_id) is True


@check("pauses at its end, and its next use wakes it")
def _():
    dozer = create(lifecycle={"on_timeout": "pause", "auto_resume": True})
    assert dozer.get_info().lifecycle == {"on_timeout": "pause", "auto_resume": True}
    dozer.files.write("/dev/shm/kept.txt", "in memory")

    def fall_asleep():
        dozer.set_timeout(1)
        until("its pause", lambda: dozer.get_info().state == SandboxState.PAUSED)
        assert not dozer.is_running()
        assert dozer.get_info().state == SandboxState.PAUSED, "asking wakes nothing"

    fall_asleep()
    assert dozer.commands.run("cat /dev/shm/kept.txt").stdout == "in memory"
    assert dozer.is_running()
    assert (dozer.get_info().end_at - datetime.now(timezone.utc)).total_seconds() > 240, "with time anew"
    fall_asleep()
    assert dozer.files.read("/dev/shm/kept.txt") == "in memory"
    dozer.kill()


@check("pauses at its end, and stays so until somebody connects")
def _():
    sleeper = create(lifecycle={"on_timeout": "pause"})
    sleeper.files.write("kept.txt", "kept")
    sleeper.set_timeout(1)
    until("its pause", lambda: sleeper.get_info().state == SandboxState.PAUSED)
    raises(SandboxException, lambda: sleeper.commands.run("true"))
    assert sleeper.get_info().state == SandboxState.PAUSED
    woken = Sandbox.connect(sleeper.sandbox_id, timeout=600, request_timeout=LONG)
    assert woken.files.read("kept.txt") == "kept"
    woken.kill()


@check("errors: unknown sandbox, template and key")
def _():
    raises(NotFoundException, lambda: Sandbox.get_info("nothing"))
    raises(NotFoundException, lambda: Sandbox.set_timeout("cl0000000000000000000000000", 10))
    e = raises(SandboxException, lambda: Sandbox.create("no-such-template"))
    assert "404" in str(e)
    raises(AuthenticationException, lambda: Sandbox.create(api_key="e2b_" + "0" * 32))


for sandbox in made:
    Sandbox.kill(sandbox.sandbox_id)
sys.exit(1 if failed else 0)
