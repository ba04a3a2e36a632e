"""OpenVEX (https://github.com/openvex/spec), 0.2.0 and the versions before, which have texts where it has tables."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from bundler.trust.foreign_bill import line_of
from bundler.trust.vex_statement import STATUSES, Statement
from bundler.trust.vex_values import MOST, MalformedStatementError, identifiers, identity, tables, time_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bundler.trust.vex_statement import Identity

_MOST_PRODUCTS = 2000


def read_openvex(data: Mapping[str, Any], source: str) -> Iterator[Statement]:
    """Raises MalformedStatementError: a document with a statement that isn't whole is not valid."""
    left = MOST
    for number, each in enumerate(tables(data.get("statements"), "statements")):
        where = f"statements[{number}]"
        said = _statement(data, each, where, source)
        for product, part in _products(each, where):
            left -= 1
            if left < 0:
                raise MalformedStatementError(f"it has more than {MOST} statements")
            yield dataclasses.replace(said, product=product, part=part)


def _statement(document: Mapping[str, Any], data: Mapping[str, Any], where: str, source: str) -> Statement:
    """What is said of each of its products."""
    status = next((each for each in STATUSES if each == data.get("status")), None)
    if status is None:
        raise MalformedStatementError(f"{where} has no status of OpenVEX's: {line_of(data.get('status'))!r}")
    about = data.get("vulnerability")
    named = about if isinstance(about, dict) else {"name": about}
    ids = identifiers(named.get("name"), named.get("aliases"), named.get("@id"))
    if not line_of(named.get("name")):
        raise MalformedStatementError(f"{where} names no vulnerability")
    justification, impact = line_of(data.get("justification")), line_of(data.get("impact_statement"))
    if status == "not_affected" and not (justification or impact):
        raise MalformedStatementError(f"{where} says not_affected, and neither justification nor impact_statement")
    action = line_of(data.get("action_statement")) if status == "affected" else ""
    words = [each for each in (justification, impact, action, line_of(data.get("status_notes"))) if each]
    return Statement(
        ids=ids,
        status=status,
        reason=": ".join(words),
        product=None,
        part=None,
        time=time_of(data.get("timestamp") or document.get("timestamp"), f"{where}.timestamp, or the document's,"),
        source=source,
    )


def _products(data: Mapping[str, Any], where: str) -> Iterator[tuple[Identity, Identity | None]]:
    """Each product, with each of the subcomponents that it is about."""
    products = data.get("products")
    if not isinstance(products, list) or not products or len(products) > _MOST_PRODUCTS:
        raise MalformedStatementError(f"{where} names no products, or more than {_MOST_PRODUCTS}")
    for each in products:
        table = each if isinstance(each, dict) else {"@id": each}
        inner = table.get("subcomponents") or data.get("subcomponents")  # before 0.2.0 they were the statement's
        if not inner:
            yield _component(table), None
            continue
        if not isinstance(inner, list) or len(inner) > _MOST_PRODUCTS:
            raise MalformedStatementError(f"{where} has subcomponents that are no list, or more than {_MOST_PRODUCTS}")
        for one in inner:
            yield _component(table), _component(one if isinstance(one, dict) else {"@id": one})


def _component(data: Mapping[str, Any]) -> Identity:
    named, hashes = data.get("identifiers"), data.get("hashes")
    known = named if isinstance(named, dict) else {}
    sums = hashes if isinstance(hashes, dict) else {}
    return identity([data.get("@id"), known.get("purl")], cpe=known.get("cpe23"), sha256=sums.get("sha-256"))
