"""A small client of the platform's REST API for `make dev` and `make stop`; Python's standard library only."""

import argparse
import concurrent.futures
import json
import os
import pathlib
import sys
import time
import urllib.error
import urllib.request

KEY_NAME = "make dev"


class ApiError(Exception):
    """What the platform answered instead of a success."""

    def __init__(self, method, path, status, body):
        super().__init__(f"{method} {path} answered {status}: {body}")
        self.status = status


class Api:
    def __init__(self, url, **headers):
        self.url = url
        self.headers = headers

    def call(self, method, path, body=None, seconds=30):
        data = None if body is None else json.dumps(body).encode()
        headers = dict(self.headers)
        if data is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=seconds) as response:
                text = response.read().decode()
        except urllib.error.HTTPError as error:
            raise ApiError(method, path, error.code, error.read().decode(errors="replace")) from None
        return json.loads(text) if text.strip() else None


def read_properties(path):
    lines = pathlib.Path(path).read_text().splitlines()
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {key.strip(): value.strip().replace("\\:", ":").replace("\\=", "=") for key, value in pairs}


def read_env(path):
    if not os.path.exists(path):
        return {}
    return {key.removeprefix("export "): value.strip("'") for key, value in read_properties(path).items()}


def write_env(path, values):
    """Readable by its owner only, from its first byte on."""
    new = f"{path}.new"
    if os.path.exists(new):
        os.unlink(new)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.writelines(f"export {key}='{value}'\n" for key, value in values.items())
    os.replace(new, path)


def key_works(url, key):
    try:
        Api(url, **{"X-API-Key": key}).call("GET", "/v1/capsules")
        return True
    except ApiError as error:
        if error.status in (401, 403):
            return False
        raise


def session_api(url, admin, seconds=20):
    """The first admin's file is there a moment before the account is, so a refusal is not final at once."""
    end = time.monotonic() + seconds
    while True:
        try:
            session = Api(url).call("POST", "/v1/auth/login", {"email": admin["email"], "password": admin["password"]})
            return Api(url, Authorization=f"Bearer {session['token']}")
        except ApiError as error:
            if error.status not in (401, 503) or time.monotonic() > end:
                raise
        time.sleep(0.5)


def wait_for_host(args):
    """Until a host takes capsules: its drivers boot a guest of their own first, to find out what they can do here."""
    env = read_env(args.env)
    api = session_api(env["WRENN_BASE_URL"], {"email": env["WRENN_ADMIN_EMAIL"], "password": env["WRENN_ADMIN_PASSWORD"]})
    end = time.monotonic() + args.seconds
    while True:
        hosts = api.call("GET", "/v1/hosts")
        if any(host["accepting"] for host in hosts):
            return
        if time.monotonic() > end:
            problems = "; ".join(problem for host in hosts for problem in host.get("problems", [])) or "no host is there"
            raise SystemExit(f"error: no host takes capsules after {args.seconds} s: {problems}")
        time.sleep(0.2)


def login(args):
    admin = read_properties(args.admin)
    known = read_env(args.env)
    key = known.get("WRENN_API_KEY", "")
    if not key or not key_works(args.url, key):
        key = session_api(args.url, admin).call("POST", "/v1/api-keys", {"name": KEY_NAME})["key"]
    write_env(args.env, {
        "WRENN_BASE_URL": args.url,
        "WRENN_API_KEY": key,
        "WRENN_ADMIN_EMAIL": admin["email"],
        "WRENN_ADMIN_PASSWORD": admin["password"],
    })


def key_api(args):
    env = read_env(args.env)
    return Api(env["WRENN_BASE_URL"], **{"X-API-Key": env["WRENN_API_KEY"]})


def try_capsule(args):
    api = key_api(args)
    script = "uname -a && python3 -c 'import sys; print(\"Python\", sys.version.split()[0], \"says\", 6 * 7)'"
    started = time.monotonic()
    capsule = api.call("POST", "/v1/capsules", {"template": "minimal"}, seconds=180)
    print(f"  {capsule['id']} is {capsule['status']} after {time.monotonic() - started:.2f} s")
    try:
        result = api.call("POST", f"/v1/capsules/{capsule['id']}/exec", {"cmd": "/bin/sh", "args": ["-c", script]}, seconds=60)
        sys.stdout.write("".join(f"  | {line}\n" for line in result["stdout"].splitlines()))
        if result["exit_code"] != 0 or "says 42" not in result["stdout"]:
            raise SystemExit(f"the command in the capsule failed: {result}")
    finally:
        api.call("DELETE", f"/v1/capsules/{capsule['id']}", seconds=60)
    print(f"  {capsule['id']} destroyed")


def destroy_all(args):
    """Every capsule that the key's team sees; each is asked for once, side by side."""
    api = key_api(args)
    capsules = [capsule["id"] for capsule in api.call("GET", "/v1/capsules")]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for capsule in pool.map(lambda each: (api.call("DELETE", f"/v1/capsules/{each}", seconds=60), each)[1], capsules):
            print(f"  {capsule} destroyed")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("login", help="an API key for the first admin, kept in dev.env")
    command.add_argument("--url", required=True)
    command.add_argument("--admin", required=True)
    command.set_defaults(run=login)
    command = commands.add_parser("wait-for-host", help="wait until a host takes capsules")
    command.add_argument("--seconds", type=int, default=120)
    command.set_defaults(run=wait_for_host)
    commands.add_parser("try", help="create a capsule, run a command in it, destroy it").set_defaults(run=try_capsule)
    commands.add_parser("destroy-all", help="destroy every capsule").set_defaults(run=destroy_all)
    for command in commands.choices.values():
        command.add_argument("--env", required=True)
    args = parser.parse_args()
    try:
        args.run(args)
    except (ApiError, urllib.error.URLError, TimeoutError) as error:
        raise SystemExit(f"error: {error}") from None


if __name__ == "__main__":
    main()
