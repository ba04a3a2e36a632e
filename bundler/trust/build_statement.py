"""How a bundle was built, as an in-toto Statement v1 with SLSA's provenance v1: what is told of it, and the reading of one.

It lies beside the archive, whose bytes don't depend on it: time and host stand here and nowhere else.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Mapping, Sequence
from typing import Any

from bundler.errors import SignatureError
from bundler.foreign import MalformedJsonError, read_json
from bundler.formats.dsse import Envelope, malformed_statement

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = "tag:offline-bundler,2026:build/v1"
ANY_HOST = "tag:offline-bundler,2026:builder/any-host"
"""Who builds, where nobody says it: some host, for which the signature alone vouches."""
PROGRAM = "offline-bundler"
"""The tool whose version people want to see."""
_LONGEST, _MOST_TOOLS = 500, 100


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Input:
    """Something that a build took, or made on the way (SLSA's ResourceDescriptor): at least one of ``uri`` and ``digests`` says which.

    ``uri``: an address without credentials, empty for a file of the build host; ``digests``: by algorithm; ``facts``: further ones, by names of ours.
    """

    name: str
    uri: str = ""
    digests: Mapping[str, str]
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        said = {"name": self.name, "uri": self.uri, "digest": dict(self.digests), "annotations": dict(self.facts)}
        return {key: value for key, value in said.items() if value}


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BuildFacts:
    """``parameters``: what was asked for; ``host``: on what; ``tools``: name and version of whatever took part; ``builder``: a URI that says who
    builds, ``invocation``: one for this run; ``made``: on the way, such as wheels that were built here.
    """

    parameters: Mapping[str, Any]
    host: Mapping[str, str]
    tools: Mapping[str, str]
    builder: str
    invocation: str
    started: datetime.datetime
    finished: datetime.datetime
    inputs: Sequence[Input]
    made: Sequence[Input] = ()


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BuildStatement:
    """What a statement says that people want to see: each empty where it says nothing of it. All of it is whoever wrote it's own word.

    ``tools``: name and version of whatever took part.
    """

    builder: str
    built_with: str
    host: str
    finished: str
    inputs: int
    tools: tuple[tuple[str, str], ...] = ()


def write_statement(facts: BuildFacts, *, name: str, sha256: str) -> Envelope:
    """``name`` and ``sha256``: of the archive, or a folder's sums. Nobody has signed it yet."""
    statement = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {"sha256": sha256}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": dict(facts.parameters),
                "internalParameters": {"host": dict(facts.host)},
                "resolvedDependencies": [each.told() for each in facts.inputs],
            },
            "runDetails": {
                "builder": {"id": facts.builder, "version": dict(facts.tools)},
                "metadata": {
                    "invocationId": facts.invocation,
                    "startedOn": _moment(facts.started),
                    "finishedOn": _moment(facts.finished),
                },
                "byproducts": [each.told() for each in facts.made],
            },
        },
    }
    return Envelope(payload_type=PAYLOAD_TYPE, payload=json.dumps(statement, sort_keys=True).encode("ascii"))


def read_statement(envelope: Envelope, *, name: str, sha256: str) -> BuildStatement:
    """What it says of the archive of that name and hash.

    Raises SignatureError (``statement-malformed``; ``statement-of-another``: it is about other bytes or another name).
    """
    if envelope.payload_type != PAYLOAD_TYPE:
        raise malformed_statement(f"it holds {envelope.payload_type[:100]} and not {PAYLOAD_TYPE}")
    try:
        statement = read_json(envelope.payload.decode("utf-8"))
    except (UnicodeDecodeError, MalformedJsonError) as error:
        raise malformed_statement(str(error)) from None
    table = _Table(statement)
    for key, wanted in (("_type", STATEMENT_TYPE), ("predicateType", PREDICATE_TYPE)):
        if table.text(key) != wanted:
            raise malformed_statement(f"its {key} isn't {wanted}")
    _must_be_about(table, name, sha256)
    definition, run = (table.table("predicate").table(key) for key in ("buildDefinition", "runDetails"))
    versions = run.table("builder").table("version")
    version = versions.text(PROGRAM)
    inputs = definition.data.get("resolvedDependencies")
    return BuildStatement(
        builder=run.table("builder").text("id"),
        built_with=f"{PROGRAM} {version}" if version else "",
        host=definition.table("internalParameters").table("host").text("system"),
        finished=run.table("metadata").text("finishedOn"),
        inputs=len(inputs) if isinstance(inputs, list) else 0,
        tools=tuple((_bounded(name), versions.text(name)) for name in sorted(versions.data)[:_MOST_TOOLS]),
    )


def _must_be_about(table: _Table, name: str, sha256: str) -> None:
    subjects = table.data.get("subject")
    if not isinstance(subjects, list) or len(subjects) != 1:
        raise malformed_statement("it must be about one thing")
    subject = _Table(subjects[0])
    found = subject.table("digest").text("sha256")
    if (subject.text("name"), found) != (name, sha256):
        raise SignatureError(
            "statement-of-another",
            f"the statement beside {name} says how something else was built",
            context=(f"it is about {subject.text('name')}, sha256 {found}", f"{name} has sha256 {sha256}"),
            hint="take bundle and statement again from where they came from, both; whoever builds a bundle anew writes a new statement",
        )


@dataclasses.dataclass(frozen=True, slots=True)
class _Table:
    """A stranger's table: what has another shape isn't there."""

    _data: Any

    @property
    def data(self) -> dict[str, Any]:
        return self._data if isinstance(self._data, dict) else {}

    def table(self, key: str) -> _Table:
        return _Table(self.data.get(key))

    def text(self, key: str) -> str:
        return _bounded(self.data.get(key))


def _bounded(value: Any) -> str:
    return value[:_LONGEST] if isinstance(value, str) else ""


def _moment(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
