"""What the recipe's [rehearse] asks of the application: commands, pages, files; and that it leaves its release alone."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bundler.model.rehearsal import loopback_fault
from bundler.rehearse.bench import ending
from bundler.rehearse.installation_steps import verified
from bundler.rehearse.results import PASSED, Verdict, failed, skipped

if TYPE_CHECKING:
    from bundler.model.rehearsal import RehearseCommandInfo, RehearseRequestInfo
    from bundler.rehearse.bench import Bench
    from bundler.rehearse.run_of_steps import Taker

_SHOWN = 60
_BODY = 2000


def application(taker: Taker, bench: Bench) -> None:
    """Everything that [rehearse] names; nothing where the recipe has none of it."""
    asked = bench.subject.manifest.rehearse
    for number, command in enumerate(asked.commands, start=1):
        title = bench.mask(bench.filled(" ".join(command.command)))[:_SHOWN]
        name = f"command-{number}"
        work = _window if command.window else _command
        taker.take(name, title, bench, lambda work=work, command=command: work(taker, bench, command))  # type: ignore[misc]
    for number, request in enumerate(asked.requests, start=1):
        title = bench.mask(bench.filled(request.url))[:_SHOWN]
        taker.take(f"request-{number}", title, bench, lambda request=request: _request(taker, bench, request))  # type: ignore[misc]
    if asked.files:
        taker.take("files", "files that must be there", bench, lambda: _files(bench))


def untouched(taker: Taker, bench: Bench) -> None:
    """After all that: the release is as it was installed."""
    title = "/verify again: running it changed nothing of the release"
    taker.take("verify-after-use", title, bench, lambda: verified(bench))


def _window(taker: Taker, bench: Bench, asked: RehearseCommandInfo) -> Verdict:
    if missing := bench.machine.screen.missing:
        return skipped(missing)
    command = bench.command(asked.command)
    shown = bench.machine.screen.window(command, wait=asked.timeout)
    if shown.fault:
        return failed(f"{' '.join(command)}: {shown.fault}", shown.output)
    return dataclasses.replace(PASSED, screenshots=(taker.keep_picture("window", shown.picture),))


def _command(taker: Taker, bench: Bench, asked: RehearseCommandInfo) -> Verdict:
    del taker
    command = bench.command(asked.command)
    ran = bench.run(command, timeout=asked.timeout)
    if ran.code != asked.exit_code:
        return failed(f"{ending(ran, ' '.join(command))}; {asked.exit_code} was expected", ran.output)
    if asked.output is not None and asked.output not in ran.output:
        return failed(f"{' '.join(command)} didn't print {asked.output!r}", ran.output)
    return PASSED


def _request(taker: Taker, bench: Bench, asked: RehearseRequestInfo) -> Verdict:
    url = bench.filled(asked.url)
    if fault := loopback_fault(url):
        return failed(fault)
    answer = bench.machine.network.get(url, wait=asked.timeout)
    if answer.fault:
        return failed(f"{url} doesn't answer: {answer.fault}")
    if answer.status != asked.status:
        return failed(
            f"{url} answers with status {answer.status}; {asked.status} was expected", bench.mask(answer.text)[:_BODY]
        )
    if asked.text is not None and asked.text not in answer.text:
        return failed(f"the page at {url} doesn't have {asked.text!r}", bench.mask(answer.text)[:_BODY])
    return _photographed(taker, bench, url) if asked.screenshot else PASSED


def _photographed(taker: Taker, bench: Bench, url: str) -> Verdict:
    shown = bench.machine.screen.page(url)
    if shown.fault:
        return dataclasses.replace(PASSED, reason=f"there is no picture: {shown.fault}")
    return dataclasses.replace(PASSED, screenshots=(taker.keep_picture("page", shown.picture),))


def _files(bench: Bench) -> Verdict:
    missing = [
        path
        for path in map(bench.filled, bench.subject.manifest.rehearse.files)
        if not bench.machine.files.exists(path)
    ]
    return failed(f"missing: {', '.join(missing)}") if missing else PASSED
