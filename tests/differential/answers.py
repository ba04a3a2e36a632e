"""The recorded answers of the second opinions: one file a set, to be read and compared by people too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.differential.cases import FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.differential.opinions import Answer

ANSWERS = FOLDER / "recorded"
INDEX = ANSWERS / "index.jsonl.xz"


def load_answers(name: str) -> dict[tuple[str, str], Answer]:
    """(opinion, target's slug) -> answer; empty when nothing is recorded of the set."""
    path = ANSWERS / f"{name}.json"
    if not path.exists():
        return {}
    told = json.loads(path.read_text(encoding="utf-8"))
    return {(opinion, slug): tuple(answer.split()) for opinion in told for slug, answer in told[opinion].items()}


def save_answers(name: str, answers: Mapping[tuple[str, str], Answer]) -> None:
    """Write them, each answer as one line."""
    told: dict[str, dict[str, str]] = {}
    for (opinion, slug), answer in sorted(answers.items()):
        told.setdefault(opinion, {})[slug] = " ".join(answer)
    ANSWERS.mkdir(exist_ok=True)
    (ANSWERS / f"{name}.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
