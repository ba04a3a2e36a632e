"""What is asked for where nobody names an address; the rest is in tests/integration/test_cli_audit.py."""

from __future__ import annotations

import types
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from bundler.errors import InputError
from bundler.pipeline.fetch_advisories import fetch_advisories

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bundler.model.artifact import Artifact
    from bundler.pipeline.session import Session


class AskedError(Exception):
    """In place of an answer."""


@pytest.mark.parametrize(
    ("place", "names"), [("advisories", ["PyPI.zip", "Bitnami.zip"]), ("all.zip", ["all.zip"]), ("a.zip.d", ["PyPI.zip", "Bitnami.zip"])]
)  # fmt: skip
def test_packages_and_the_python_are_asked_for(place: str, names: list[str]) -> None:
    asked: list[Artifact] = []
    named: list[str] = []

    def fetch(artifacts: Sequence[Artifact], _: object) -> None:
        asked.extend(artifacts)
        raise AskedError

    fetcher = types.SimpleNamespace(fetch=fetch)
    session: Any = types.SimpleNamespace(name_addresses=named.extend, fetcher=fetcher, reporter=None)
    with pytest.raises(AskedError):
        fetch_advisories(session, Path(place), ())
    assert [each.filename for each in asked] == names
    assert [each.url for each in asked] == named
    assert all(each.startswith("https://") and each.endswith("/all.zip") for each in named)


def test_a_file_that_is_no_zip_is_told_of_before_anything_is_fetched(tmp_path: Path) -> None:
    place = tmp_path / "advisories.json"
    place.write_text("{}")
    with pytest.raises(InputError) as caught:
        fetch_advisories(cast("Session", None), place, ())
    assert caught.value.reference == "snapshot-places"
    assert place.read_text() == "{}"
