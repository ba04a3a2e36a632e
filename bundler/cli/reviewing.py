"""A review as commands write it: one page, and the folder of all papers."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.cli.rehearsing import leads_away, logs_beside
from bundler.cli.report_places import demand_file, demand_outside
from bundler.pipeline.review import Review

if TYPE_CHECKING:
    from bundler.pipeline.review import ReviewWishes
    from bundler.rehearse.results import Rehearsal
    from bundler.report import Reporter


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ReviewOutput:
    """Where it goes; at least one of both. ``vex``: files for the evidence."""

    html: Path | None = None
    evidence: Path | None = None
    vex: tuple[Path, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Reviewed:
    """``papers``: files of the evidence."""

    review: Review
    papers: int


def kept_rehearsal(bundle: Path, named: Path | None) -> tuple[Rehearsal | None, Path | None]:
    """The result of a rehearsal, and the folder of its logs: what the user names, else what lies beside the bundle, if anything does.

    Raises InputError (``rehearsal-unreadable``).
    """
    from bundler.present.kept_rehearsal import read_rehearsal
    from bundler.rehearse.results import RESULT

    folder = named if named is not None else logs_beside(bundle)
    if named is not None and not named.is_dir():
        return read_rehearsal(named), named.parent
    if named is None and (leads_away(folder) or not (folder / RESULT).exists()):
        return None, None
    return read_rehearsal(folder / RESULT), folder


def write_review(bundle: Path, wishes: ReviewWishes, output: ReviewOutput, reporter: Reporter) -> Reviewed:
    """Review a bundle, then write what is asked for. Raises as ``review_bundle`` and ``write_evidence`` do, InputError (``output-in-bundle``, ``output-occupied``)."""
    from bundler.pack.writing import write_report
    from bundler.pipeline.evidence_folder import Papers, demand_room, write_evidence
    from bundler.pipeline.review import review_bundle
    from bundler.present.review_html import as_html

    for place in filter(None, (output.html, output.evidence)):
        for read in filter(None, (bundle, wishes.previous)):
            demand_outside(read, place)
    if output.html is not None:
        signers = (wishes.policy.allowed_signers,) if wishes.policy is not None else ()
        demand_file(output.html, (*wishes.snapshots, *wishes.vex, *output.vex, *signers))
    if output.evidence is not None:
        demand_room(output.evidence)
    review = review_bundle(bundle, wishes, os.environ, reporter)
    page, count = as_html(review), 0
    if output.html is not None:
        write_report(output.html, page)
    if output.evidence is not None:
        papers = Papers(texts={"review.html": page, **_texts(review)}, vex=output.vex)
        count = write_evidence(output.evidence, review, papers)
    return Reviewed(review=review, papers=count)


def _texts(review: Review) -> dict[str, str]:
    from bundler.pipeline.evidence_folder import listed_members
    from bundler.present import audit_json
    from bundler.present.comparison_text import comparison_lines
    from bundler.present.console import json_text, visible
    from bundler.present.evidence_tables import hashes_table, licences_table
    from bundler.present.rehearsal_html import as_html
    from bundler.present.rehearsal_json import rehearsal_output
    from bundler.rehearse.results import RESULT

    texts = {
        "hashes.csv": hashes_table(listed_members(review)),
        "licences.csv": licences_table(review.contents.all_packages),
    }
    if review.audit is not None:
        texts["audit.json"] = json_text(audit_json.audit_output(Path(review.path.name), review.audit))
    if review.comparison is not None:
        texts["differences.txt"] = "".join(f"{visible(each)}\n" for each in comparison_lines(review.comparison))
    if review.rehearsal is not None and review.logs is not None:
        texts["rehearsal/rehearsal.html"] = as_html(review.rehearsal, review.logs)
        texts[f"rehearsal/{RESULT}"] = json_text(rehearsal_output(review.rehearsal, None))
    return texts
