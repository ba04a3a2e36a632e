"""Wheels that the target would refuse, or that bring the same files: known when the bundle is packed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.commandline import Bench


def test_names_that_windows_cant_have(bench: Bench) -> None:
    bench.publish("gamma", files={"gamma/aux.py": "x = 1\n"})
    bench.publish("delta", record="wrong")
    bench.write(requirements=["gamma"])
    done = bench.build()
    assert (done.code, done.reference) == (5, "wheel-unfit")
    assert "gamma: gamma/aux.py" in done.err
    bench.write(requirements=["delta"])
    assert bench.build().reference == "wheel-unfit"
    assert not bench.bundle.exists()


def test_the_same_file_of_two_packages(bench: Bench) -> None:
    bench.publish("jwt", files={"jwt/__init__.py": "x = 1\n"})
    bench.publish("PyJWT", files={"jwt/__init__.py": "x = 2\n"})
    bench.write(requirements=["jwt", "pyjwt"])
    done = bench.build()
    assert done.code == 0
    assert "warning: jwt and pyjwt both bring site-packages/jwt/__init__.py" in done.err
    assert "[files-shared]" in done.err
    bench.bundle.unlink()
    bench.write(requirements=["jwt", "pyjwt"], packages='shared-files = "error"')
    done = bench.build("--locked")
    assert (done.code, done.reference) == (2, "files-shared-refused")
    assert not bench.bundle.exists()
