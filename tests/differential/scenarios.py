"""Scenarios of packse whose answer takes a word: ``scenarios.toml``.

``python -m tests.differential.scenarios`` asks pip and uv again, prints where they say something else than is recorded, and writes the table.
"""

from __future__ import annotations

import dataclasses
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bundler.model.target import Target
from tests.differential.cases import FOLDER, PIP, UV, RequirementSet
from tests.differential.opinions import Answer, ask
from tests.differential.ours import our_answer
from tests.differential.serving import served
from tests.differential.snapshot import Listed, Snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

PLATFORM = "win_amd64"
TABLE = FOLDER.parent / "results" / "packse.md"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """``index``: file name -> what it says. The answers are those that are recorded."""

    name: str
    python: str
    requirements: tuple[str, ...]
    index: Mapping[str, Mapping[str, Any]]
    expected: Answer
    ours: Answer
    pip: Answer
    uv: Answer
    why: str

    def listing(self, project: str) -> tuple[Listed, ...] | None:
        """As an ``Origin`` of a snapshot."""
        files = [each for name, each in self.index.items() if name.partition("-")[0] == project]
        return tuple(
            Listed(filename=each["name"], requires_python=each.get("python"), yanked=each.get("yanked", False))
            for each in files
        )

    def metadata(self, project: str, filename: str) -> str:
        """As an ``Origin`` of a snapshot."""
        said = self.index[filename]
        lines = ["Metadata-Version: 2.1", f"Name: {project}", f"Version: {filename.split('-')[1]}"]
        lines += [f"Requires-Python: {said['python']}"] if "python" in said else []
        lines += [f"Requires-Dist: {each}" for each in said.get("needs", ())]
        return "".join(f"{each}\n" for each in lines)

    @property
    def wanted(self) -> RequirementSet:
        """The question."""
        return RequirementSet(
            name=self.name,
            requirements=self.requirements,
            constraints=(),
            prereleases=False,
            targets=(f"{self.python}-{PLATFORM}",),
        )

    def answer(self) -> Answer:
        """Our own, found now."""
        return our_answer(self.wanted, Target.of(self.python, PLATFORM), Snapshot(self))


def scenarios() -> tuple[Scenario, ...]:
    """All of them."""
    return tuple(map(_read, _told()["scenario"]))


def table(found: Sequence[Scenario]) -> str:
    """What ``tests/results/packse.md`` holds."""
    asked = _told()["asked"]
    lines = [
        "# packse",
        "",
        f"{asked['date']}: the scenarios of packse ({asked['packse'][:12]}) that are for one environment, 107 of them, asked of our resolver,",
        f"of pip {asked['pip']} and of uv {asked['uv']}. 98 have one answer; what takes an sdist was compared with the scenario alone.",
        "These nine haven't:",
        "",
        "| scenario | it expects | ours | pip's | uv's | why |",
        "|---|---|---|---|---|---|",
    ]
    for each in found:
        answers = (" ".join(answer) for answer in (each.expected, each.ours, each.pip, each.uv))
        lines.append(f"| {each.name} | {' | '.join(answers)} | {each.why} |")
    return "\n".join(lines) + "\n"


def _told() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "scenarios.toml").read_text(encoding="utf-8"))


def _read(told: Mapping[str, Any]) -> Scenario:
    return Scenario(
        name=told["packse"],
        python=told.get("python", "3.12.9"),
        requirements=tuple(told["requirements"]),
        index={each["name"]: each for each in told["files"]},
        expected=tuple(told["expected"].split()),
        ours=tuple(told["ours"].split()),
        pip=tuple(told["pip"].split()),
        uv=tuple(told["uv"].split()),
        why=told["why"],
    )


def main() -> int:
    """Ask both; 0 when they say what is recorded."""
    differs = 0
    for each in scenarios():
        with served(Snapshot(each)) as index, tempfile.TemporaryDirectory() as work:
            for opinion, recorded in ((PIP, each.pip), (UV, each.uv)):
                said = ask(opinion, each.wanted, each.wanted.targets[0], index, Path(work))
                if said != recorded:
                    differs += 1
                    print(f"{each.name}: {opinion.name} says {' '.join(said)}, recorded is {' '.join(recorded)}")
    TABLE.write_text(table(scenarios()), encoding="utf-8")
    return int(bool(differs))


if __name__ == "__main__":
    sys.exit(main())
