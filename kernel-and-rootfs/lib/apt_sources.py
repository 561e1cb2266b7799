#!/usr/bin/env python3
"""apt_sources.py SUITE: prints this host's apt sources of a Debian suite (and its -updates and -security) as one-line entries.

Reads sources.list, *.list and *.sources under /etc/apt; entries for other suites (third-party software) are left out.
"""
import glob
import re
import sys


def from_list(text):
    for line in text.splitlines():
        match = re.match(r"\s*deb\s+(\[[^]]*\]\s+)?(\S+)\s+(\S+)\s+(.+?)\s*(#.*)?$", line)
        if match:
            options, uri, suite, components, _ = match.groups()
            yield (options or "").strip(), uri, suite, components.split()


def from_deb822(text):
    for stanza in re.split(r"\n\s*\n", text):
        lines = [line for line in stanza.splitlines() if not line.startswith("#")]
        fields, key = {}, None
        for line in lines:
            if line[:1].isspace() and key:
                fields[key] += " " + line.strip()
            elif ":" in line:
                key, value = line.split(":", 1)
                key = key.strip().lower()
                fields[key] = value.strip()
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() in ("no", "false"):
            continue
        signed = fields.get("signed-by", "")
        options = f"[signed-by={signed}]" if signed.startswith("/") else ""
        for uri in fields.get("uris", "").split():
            for suite in fields.get("suites", "").split():
                yield options, uri, suite, fields.get("components", "").split()


def main(suite):
    wanted = {suite, f"{suite}-updates", f"{suite}-security"}
    entries = []
    for path in ["/etc/apt/sources.list", *sorted(glob.glob("/etc/apt/sources.list.d/*"))]:
        reader = {"list": from_list, "sources": from_deb822}.get(path.rsplit(".", 1)[-1])
        try:
            with open(path, encoding="utf-8") as file:
                text = file.read() if reader else ""
        except FileNotFoundError:
            continue
        entries += [entry for entry in (reader(text) if reader else ()) if entry[2] in wanted]
    lines = dict.fromkeys(" ".join(filter(None, ["deb", options, uri, name, *components]))
                          for options, uri, name, components in entries)
    if not any(entry[2] == suite for entry in entries):
        sys.exit(f"error: no apt source for {suite} under /etc/apt; set WRENN_APT_SOURCES to a file with some")
    print("\n".join(lines))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: apt_sources.py SUITE")
    main(sys.argv[1])
