"""What is inside a package has a maker: its own, or who supplies the package; and a name of somebody else hides nothing from an audit."""

from __future__ import annotations

import json

from bundler.trust.bill import Party
from bundler.trust.bundle_parts import parts_of
from bundler.trust.file_papers import ProgramPaper
from bundler.trust.foreign_bill import Component
from bundler.trust.inner_items import programs_in, stated_in
from bundler.trust.stated_facts import expression_of

ANN = Party(name="Ann Alpha", email="ann@example.com")


def program(path: str, company: str) -> ProgramPaper:
    return ProgramPaper(path=path, sha256="1" * 64, sha512="2" * 128, version="1.2.3.4", product="", company=company)


def test_a_program_names_its_maker_or_has_that_of_the_package() -> None:
    own, other = programs_in([program("a/own.dll", "Own Ltd"), program("a/other.exe", "")], "package:alpha", ANN)
    assert (own.supplier, own.kind, own.notes) == (Party(name="Own Ltd"), "library", (("inside", "a/own.dll"),))
    assert (other.supplier, other.kind) == (ANN, "application")
    assert other.notes == (("inside", "a/other.exe"), ("supplied-with", "package:alpha"))


def test_what_a_wheel_states_came_with_it() -> None:
    (found,) = stated_in([Component(type="library", name="inner", licence="mit")], "package:alpha", ANN, expression_of)
    assert (found.ref, found.supplier, found.licence.expression) == ("package:alpha#0", ANN, "MIT")
    assert ("supplied-with", "package:alpha") in found.notes


def test_what_came_with_the_python_is_not_the_python() -> None:
    def judged(*properties: dict[str, str]) -> int:
        part = {
            "bom-ref": "runtime!sqlite3.dll",
            "name": "sqlite3.dll",
            "version": "3.45.1.0",
            "supplier": {"name": "Python Software Foundation"},
            "properties": list(properties),
        }
        whole = {"bom-ref": "runtime", "name": "CPython", "components": [part]}
        return len(parts_of(json.dumps({"bomFormat": "CycloneDX", "components": [whole]}).encode()).parts)

    assert judged() == 0
    assert judged({"name": "offline-bundler:supplied-with", "value": "runtime"}) == 1
