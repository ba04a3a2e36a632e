"""``python -m tests.differential.record_audits DATABASE``: ask pip-audit about packages of PyPA's advisory database, and keep what it said.

``DATABASE``: the database (https://github.com/pypa/advisory-database, CC-BY 4.0) as a folder of OSV records in JSON. pip-audit has to be installed
where this runs; it isn't one of the tools that tests need. Its two services ask a server, which here is one on loopback that knows the database:

- the index's JSON, which lists a release among those of an advisory by the ``versions`` that the database names;
- OSV's query, which follows the schema's evaluation: ranges and versions.

Of the records the facts are kept: ids, aliases, ranges of versions, versions.
"""

from __future__ import annotations

import collections
import http.server
import importlib
import json
import random
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

RECORDED = Path(__file__).parent / "audits"
PAIRS = 200
_MOST_TEXT = 6_000
"""Characters of a package's records: those of a few packages would be most of what is kept."""
_ALWAYS = ("django", "pillow", "jinja2", "urllib3", "cryptography", "twisted", "pip", "setuptools")


def main(arguments: list[str]) -> int:
    """Record; the test compares."""
    records = _packages(Path(arguments[0]))
    chosen = _choice(records)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(chosen))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    answers = _answers(f"http://127.0.0.1:{server.server_address[1]}", chosen)
    server.shutdown()
    RECORDED.mkdir(exist_ok=True)
    kept = {name: found for name, (_, found) in sorted(chosen.items())}
    (RECORDED / "records.json").write_text(_lines(kept), encoding="utf-8")
    (RECORDED / "answers.json").write_text(_lines(answers), encoding="utf-8")
    return 0


def _lines(data: dict[str, Any]) -> str:
    """One line a package."""
    inner = ",\n".join(f"{json.dumps(key)}: {json.dumps(value, separators=(',', ':'))}" for key, value in data.items())
    return f"{{\n{inner}\n}}\n"


def _packages(database: Path) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = collections.defaultdict(list)
    for file in sorted(database.rglob("*.json")):
        data = json.loads(file.read_bytes())
        for name in sorted({canonicalize_name(each["package"]["name"]) for each in data.get("affected", ())}):
            found[name].append(_reduced(data))
    return found


def _reduced(data: dict[str, Any]) -> dict[str, Any]:
    affected = []
    for each in data["affected"]:
        ranges = [
            {key: one[key] for key in ("type", "events")} for one in each.get("ranges", ()) if one["type"] != "GIT"
        ]
        facts = {"ranges": ranges, "versions": each.get("versions")}
        package = {key: each["package"][key] for key in ("ecosystem", "name")}
        affected.append({"package": package} | {key: value for key, value in facts.items() if value})
    return {key: data[key] for key in ("id", "modified", "withdrawn", "aliases") if data.get(key)} | {
        "affected": affected
    }


def _choice(records: dict[str, list[dict[str, Any]]]) -> dict[str, tuple[str, list[dict[str, Any]]]]:
    """A version of each: one that an advisory lists, one that fixes, one before the first, by turns."""
    draw = random.Random(13)  # noqa: S311 - the same each time
    names = sorted(records)
    draw.shuffle(names)
    found: dict[str, tuple[str, list[dict[str, Any]]]] = {}
    for name in (*_ALWAYS, *names):
        if len(found) == PAIRS:
            break
        text = json.dumps(records[name])
        known = sorted(_known_versions(name, records[name]), key=Version)
        if name not in found and known and (len(text) < _MOST_TEXT or name in _ALWAYS):
            found[name] = (draw.choice(known), records[name])
    return found


def _known_versions(name: str, records: list[dict[str, Any]]) -> set[str]:
    found = set()
    for record in records:
        for affected in record["affected"]:
            if canonicalize_name(affected["package"]["name"]) == name:
                events = [
                    e for each in affected.get("ranges", ()) if each["type"] == "ECOSYSTEM" for e in each["events"]
                ]
                fixes = [each["fixed"] for each in events if "fixed" in each]
                found |= {*affected.get("versions", ())[-3:], *fixes}
    return {each for each in found if _is_version(each)}


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


def _handler(chosen: dict[str, tuple[str, list[dict[str, Any]]]]) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            name, version = asked["package"]["name"], Version(asked["version"])
            found = [each for each in chosen[name][1] if _affects(each, name, version)]
            self._tell({"vulns": found} if found else {})

        def do_GET(self) -> None:
            _, _, name, text, _ = self.path.split("/")
            listed = [each for each in chosen[name][1] if Version(text) in _listed(each, name)]
            self._tell(
                {"vulnerabilities": [{"fixed_in": [], "aliases": [], "withdrawn": None} | each for each in listed]}
            )

        def _tell(self, data: dict[str, Any]) -> None:
            content = json.dumps(data).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _listed(record: dict[str, Any], name: str) -> set[Version]:
    return {
        Version(each)
        for affected in record["affected"]
        if canonicalize_name(affected["package"]["name"]) == name
        for each in affected.get("versions", ())
        if _is_version(each)
    }


def _affects(record: dict[str, Any], name: str, version: Version) -> bool:
    """As the schema's pseudocode has it."""
    if version in _listed(record, name):
        return True
    for affected in record["affected"]:
        for each in affected.get("ranges", ()) if canonicalize_name(affected["package"]["name"]) == name else ():
            vulnerable = False
            for event in sorted(each["events"], key=_place) if each["type"] == "ECOSYSTEM" else ():
                if "introduced" in event and (event["introduced"] == "0" or version >= Version(event["introduced"])):
                    vulnerable = True
                elif ("fixed" in event and version >= Version(event["fixed"])) or (
                    "last_affected" in event and version > Version(event["last_affected"])
                ):
                    vulnerable = False
            if vulnerable:
                return True
    return False


def _place(event: dict[str, str]) -> tuple[bool, Version]:
    ((kind, text),) = event.items()
    return (kind, text) != ("introduced", "0"), Version(text)


def _answers(server: str, chosen: dict[str, tuple[str, list[dict[str, Any]]]]) -> dict[str, Any]:
    interface, osv_service, index_service = (
        importlib.import_module(f"pip_audit._service.{each}") for each in ("interface", "osv", "pypi")
    )
    with tempfile.TemporaryDirectory() as cache:
        osv = osv_service.OsvService(Path(cache), osv_url=f"{server}/query")
        index = index_service.PyPIService(Path(cache))
        index.session.get = _redirected(index.session.get, server)
        told = {}
        for name, (version, _) in sorted(chosen.items()):
            wanted = interface.ResolvedDependency(name, Version(version))
            by_ranges = {each.id for each in osv.query(wanted)[1]}
            by_list = {each.id for each in index.query(wanted)[1]}
            told[name] = {"version": version, "osv": sorted(by_ranges), "index": sorted(by_list)}
    return told


def _redirected(get: Any, server: str) -> Any:
    def asked(url: str, **more: Any) -> Any:
        return get(url=f"{server}/pypi/{url.partition('/pypi/')[2]}", **more)

    return asked


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
