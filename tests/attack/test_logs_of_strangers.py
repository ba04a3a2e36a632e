"""What builds print, and make of the file that it goes to: none of it decides which file is kept, or how much of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from bundler.atomic import scratch_folder
from bundler.errors import BuildError
from bundler.pipeline.kept_logs import LARGEST_LOG, logs_kept
from bundler.pipeline.session import Options, open_session
from bundler.report import Reporter
from tests.support.strangers import Victim, stranger

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.isolation import Wish

SECRET = "what only the user may read"
FAILING = {
    "build_wheel": "def build_wheel(folder, settings=None, metadata=None):",
    "metadata": "def prepare_metadata_for_build_wheel(folder, settings=None):",
}


@pytest.fixture(params=["if-possible", "off"])
def victim(request: pytest.FixtureRequest, tmp_path: Path) -> Victim:
    if request.param == "off" and os.name != "posix":
        pytest.skip("files without bytes on the disk")
    wish: Wish = request.param
    return Victim(tmp_path / "victim", wish)


def failed(victim: Victim, tmp_path: Path, body: str, hook: str = "build_wheel") -> BuildError:
    """The error of a build whose hook does this, and what is kept of its log in a store of its own."""
    project = stranger(tmp_path, f"\n{FAILING[hook]}\n    {body}\n    sys.stdout.flush()\n    os._exit(3)\n")
    options = Options(store=tmp_path / "store")
    with (
        pytest.raises(BuildError) as caught,
        open_session(options, Reporter()) as session,
        logs_kept(session, "demo-1.0"),
    ):
        victim.builds(project) if hook == "build_wheel" else victim.asks(project)
    assert caught.value.log is None
    return caught.value


@pytest.mark.parametrize("hook", FAILING)
@pytest.mark.parametrize(
    "told", ["the whole log: {secret}", "its log: {secret}", "the whole log: {here}/../../../dev/zero"]
)
def test_a_file_that_a_build_names_is_not_kept(victim: Victim, tmp_path: Path, told: str, hook: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET, encoding="utf-8")
    line = told.format(secret=secret, here=tmp_path)
    error = failed(victim, tmp_path, f"print({line!r})", hook)
    kept = tmp_path / "store" / "logs" / "demo-1.0.log"
    assert kept.read_text(encoding="utf-8").splitlines() == [line]
    assert error.context == (line, f"the whole log: {kept}"), "what it printed stays what it printed"


@pytest.mark.linux_only("files without bytes on the disk")
@pytest.mark.parametrize("hook", FAILING)
def test_the_end_of_a_log_is_kept(victim: Victim, tmp_path: Path, hook: str) -> None:
    """A log that is a hole of gigabytes, with a line at its end."""
    body = "os.ftruncate(1, 8 << 30); os.lseek(1, 0, 2); os.write(1, b'out of order\\n')"
    error = failed(victim, tmp_path, body, hook)
    kept = tmp_path / "store" / "logs" / "demo-1.0.log"
    assert kept.stat().st_size == LARGEST_LOG
    assert kept.read_bytes().endswith(b"\0out of order\n")
    assert error.context[-1] == f"the last 4 MiB of the log: {kept}"


@pytest.mark.linux_only("links and pipes")
@pytest.mark.parametrize("instead", ["os.mkfifo(log)", "os.symlink({secret!r}, log)", "os.mkdir(log)", "pass"])
def test_what_lies_where_the_log_was(tmp_path: Path, instead: str) -> None:
    """Without a sandbox it can be replaced."""
    secret = tmp_path / "secret"
    secret.write_text(SECRET, encoding="utf-8")
    body = f"log = os.path.realpath('/proc/self/fd/1'); os.unlink(log); {instead.format(secret=str(secret))}"
    error = failed(Victim(tmp_path / "victim", "off"), tmp_path, body)
    assert error.context[-1].startswith("its log wasn't kept: ")
    assert SECRET not in " ".join(error.context)
    assert not (tmp_path / "store" / "logs" / "demo-1.0.log").exists()


@pytest.mark.linux_only("files without bytes on the disk")
def test_a_log_of_a_build_that_ended_well_is_not_read_for_hours(tmp_path: Path) -> None:
    with scratch_folder("bundle-test-", tmp_path) as folder:
        code = "\ndef build_wheel(folder, settings=None, metadata=None):\n    os.ftruncate(1, 2 << 30)\n    honest(folder)\n    return HONEST\n"
        with pytest.raises(BuildError) as caught:
            Victim(tmp_path / "victim").builds(stranger(folder, code))
    assert caught.value.reference == "build-output-unsafe"
    assert "build_wheel.log has 2,147,483,648 bytes" in caught.value.message
