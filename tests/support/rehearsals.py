"""What a rehearsal may have found: one that passed, one that failed, and one of a bundle whose every text is hostile."""

from __future__ import annotations

import base64

from bundler.rehearse.results import Attempt, Left, Outcome, Rehearsal, Step

ATTEMPT = Attempt(
    address="tcp 192.0.2.1:443",
    program="C:\\Envs\\Example\\releases\\1.0-1f3a9c07\\Scripts\\python.exe",
    stack=('File "app.py", line 3, in fetch_model', 'File "socket.py", line 845, in create_connection'),
)
PASSED = Rehearsal(
    bundle="Example 1.0",
    release="1.0-1f3a9c07",
    sha256="ab" * 32,
    previous="0.9-77aa1b2c",
    engine="wine",
    engine_words="Wine 10.0, in namespaces without a network",
    began="2026-11-29T22:45:00Z",
    steps=(
        Step(name="plan", title="/plan changes nothing", outcome=Outcome.PASSED, seconds=1.24),
        Step(
            name="request-1",
            title="http://127.0.0.1:8123/ answers with 200",
            outcome=Outcome.PASSED,
            seconds=61.6,
            screenshots=("page.png",),
        ),
        Step(
            name="rollback", title="/rollback", outcome=Outcome.SKIPPED, seconds=0.0, reason="there is no older bundle"
        ),
        Step(name="uninstall", title="/uninstall", outcome=Outcome.PASSED, seconds=3.0),
    ),
    installed=(("service", "example"), ("environment", "C:\\Envs\\Example")),
    unproven=("The service's account and its rights are recorded and not applied.",),
    peak_memory=412_000_000,
    disk=1_200_000_000,
)
FAILED = Rehearsal(
    bundle="Example 1.0",
    release="1.0-1f3a9c07",
    sha256="ab" * 32,
    previous=None,
    engine="wine",
    engine_words="Wine 10.0, in namespaces without a network",
    steps=(
        Step(name="install", title="installation", outcome=Outcome.PASSED, seconds=20.0, attempts=(ATTEMPT, ATTEMPT)),
        Step(
            name="checks",
            title="the recipe's checks",
            outcome=Outcome.FAILED,
            seconds=2.5,
            reason="the module late.binding can't be imported: DLL load failed",
            output="Traceback\nImportError: DLL load failed",
            log="checks.log",
            attempts=(Attempt(address="dns db.example", allowed=True),),
        ),
    ),
    left=(
        Left(kind="file", name="C:\\ProgramData\\Example\\x.ini", declared=True),
        Left(kind="registry", name="HKLM\\SOFTWARE\\Example", declared=False),
    ),
)
HOSTILE = "</pre><script>alert(1)</script><img src=x onerror=alert(1)>\"'&]]>\x1b[2J\x00\u202e\ud800\ufffe[bold]x[/]"
"""Markup, the ends of what it may stand in, a terminal's command, a zero, letters the other way round, half a character."""
ATTACK = Rehearsal(
    bundle=HOSTILE,
    release=HOSTILE,
    sha256=HOSTILE,
    previous=HOSTILE,
    engine="wine",
    engine_words=HOSTILE,
    began=HOSTILE,
    steps=tuple(
        Step(
            name=HOSTILE,
            title=HOSTILE,
            outcome=outcome,
            seconds=1.0,
            reason=HOSTILE,
            output=HOSTILE,
            log=HOSTILE,
            attempts=(Attempt(address=HOSTILE, program=HOSTILE, stack=(HOSTILE,)),),
            screenshots=(HOSTILE, "../secret.png", "link.png", "page.txt"),
        )
        for outcome in Outcome
    ),
    installed=((HOSTILE, HOSTILE),),
    left=(Left(kind=HOSTILE, name=HOSTILE, declared=False),),
    unproven=(HOSTILE,),
)
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
