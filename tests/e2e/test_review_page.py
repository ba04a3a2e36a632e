"""The review page in a real browser: quiet under its policy, usable with keys alone, at any width, on paper, and by axe-core's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.present.html_page import whole_page
from bundler.present.rehearsal_html import as_html as rehearsal_page
from bundler.present.review_html import as_html
from tests.support import axe
from tests.support.chromium import Chromium
from tests.support.rehearsals import FAILED
from tests.support.reviews import all_hostile, make_review

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.e2e, pytest.mark.network]
_TAB, _ENTER = ("Tab", 9), ("Enter", 13)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with Chromium(tmp_path_factory.mktemp("browser")) as found:
        yield found


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    review = make_review(folder)
    written = {
        "small": as_html(review),
        "large": as_html(make_review(folder / "large", packages=500)),
        "hostile": as_html(all_hostile(review)),
        "rehearsal": rehearsal_page(FAILED, folder),
    }
    found = {name: folder / f"{name}.html" for name in written}
    for name, path in found.items():
        path.write_text(written[name], encoding="utf-8")
    return found


@pytest.mark.parametrize("name", ["small", "large", "hostile", "rehearsal"])
def test_nothing_is_wrong_with_it(browser: Chromium, pages: dict[str, Path], name: str) -> None:
    browser.complaints.clear()
    for pixels in (1280, 360):
        browser.width(pixels)
        browser.open(pages[name])
        assert browser.value("document.documentElement.scrollWidth") <= pixels, "it has to be pushed sideways"
        assert axe.violations(browser) == []
    assert browser.complaints == []
    assert browser.value("performance.getEntriesByType('resource').length") == 0


def test_keys_alone_lead_through_it(browser: Chromium, pages: dict[str, Path]) -> None:
    browser.width(1280)
    browser.open(pages["large"])
    links = browser.value("[...document.querySelectorAll('a')].map(each => each.hash)")
    reached = []
    for _ in links:
        browser.press(*_TAB)
        reached.append(browser.value("document.activeElement.hash"))
        shown = browser.value("getComputedStyle(document.activeElement).outlineStyle")
        assert shown == "solid", "nobody sees where they are"
    assert reached == links
    browser.press(*_ENTER)
    assert browser.value("location.hash") == links[-1] == "#packages"
    assert browser.value("document.getElementById('packages').getBoundingClientRect().top < innerHeight")


def test_on_paper_it_has_all_and_no_menu(browser: Chromium, pages: dict[str, Path]) -> None:
    browser.open(pages["small"])
    browser.ask("Emulation.setEmulatedMedia", media="print")
    assert browser.value("getComputedStyle(document.querySelector('nav')).display") == "none"
    hidden = "[...document.querySelectorAll('main > :not(nav)')].filter(each => !each.getClientRects().length).length"
    assert browser.value(hidden) == 0
    browser.ask("Emulation.setEmulatedMedia", media="")


def test_what_is_wrong_would_be_found(browser: Chromium, tmp_path: Path) -> None:
    path = tmp_path / "wrong.html"
    path.write_text(whole_page("Wrong", ['<h1 style="color: red">x</h1><img src="data:,"><script>1</script>']))
    browser.complaints.clear()
    browser.open(path)
    assert any("Content Security Policy" in each and "style" in each for each in browser.complaints)
    assert any("Content Security Policy" in each and "script" in each for each in browser.complaints)
    assert [each for each in axe.violations(browser) if each.startswith("image-alt")]
