"""Wheels that the target would refuse, or that bring the same files: known when the bundle is packed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.icons import make_icon, make_png

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
    shared = {"winner": "jwt", "loser": "pyjwt", "paths": ["site-packages/jwt/__init__.py"]}
    assert bench.run("inspect", bench.bundle, "--json").json["shared"] == [shared]
    shown = " ".join(bench.run("inspect", bench.bundle, env={"COLUMNS": "200"}).out.split())
    assert "site-packages/jwt/__init__.py jwt pyjwt" in shown
    bench.bundle.unlink()
    bench.write(requirements=["jwt", "pyjwt"], packages='shared-files = "error"')
    done = bench.build("--locked")
    assert (done.code, done.reference) == (2, "files-shared-refused")
    assert not bench.bundle.exists()


def test_extra_files_where_something_lies_already(bench: Bench) -> None:
    bench.publish(
        "gamma", files={"gamma/__init__.py": "x = 1\n"}, entry_points={"console_scripts": {"tool": "gamma:x"}}
    )
    (bench.folder / "x.txt").write_text("x")
    places = ["Lib\\site-packages\\GAMMA\\__init__.py", "scripts\\Tool.exe", "release.json", "runtime\\python.exe"]
    files = "".join(f"[[file]]\nsource = 'x.txt'\ndestination = '{{release}}\\{each}'\n" for each in places)
    bench.write(requirements=["gamma"], more=files)
    done = bench.build()
    assert (done.code, done.reference) == (2, "file-unfit")
    text = " ".join(done.err.split())
    assert "file[0].destination: {release}\\Lib\\site-packages\\GAMMA\\__init__.py is a file of gamma" in text
    assert "file[1].destination: {release}\\scripts\\Tool.exe is a file of gamma, which it would replace" in text
    assert "release.json would stand for what bootstrap.bat itself writes" in text
    assert "python.exe is a file of Python itself" in text
    assert not bench.bundle.exists()


def test_an_icon_that_is_none(bench: Bench) -> None:
    bench.publish("gamma")
    recipe = bench.write(requirements=["gamma"])
    own = '[bundle]\nicon = "app.ico"\ndisplay-name = "Gamma & Co"'
    recipe.write_text(recipe.read_text("utf-8").replace("[bundle]", own), "utf-8")
    assert bench.build().reference == "source-missing"
    (bench.folder / "app.ico").write_bytes(make_png())
    done = bench.build()
    assert (done.code, done.reference) == (2, "icon-unfit")
    assert "bundle.icon: is not a Windows icon (.ico)" in " ".join(done.err.split())
    assert not bench.bundle.exists()
    (bench.folder / "app.ico").write_bytes(make_icon(make_png()))
    assert bench.build().code == 0
    shown = bench.run("inspect", bench.bundle, "--json").json["bundle"]
    assert (shown["display_name"], shown["icon"]) == ("Gamma & Co", "icon.ico")
    words = " ".join(bench.run("inspect", bench.bundle, env={"COLUMNS": "200"}).out.split())
    assert "Gamma & Co, by example, with icon.ico" in words


def test_what_was_not_proven_is_told(bench: Bench) -> None:
    words = "has neither [checks] nor a [[service]]"
    bench.publish("gamma")
    bench.write(requirements=["gamma"])
    assert words in " ".join(bench.build().err.split())
    bench.bundle.unlink()
    bench.write(requirements=["gamma"], more='[checks]\nimports = ["gamma"]\n')
    assert words not in " ".join(bench.build().err.split())


def test_a_package_for_other_systems_is_told(bench: Bench) -> None:
    posix, windows = "Classifier: Operating System :: POSIX", "Classifier: Operating System :: Microsoft :: Windows"
    free = "Classifier: Operating System :: OS Independent"
    uses = {
        "{}/__init__.py": "try:\n    import os, pwd as p\nexcept ImportError:\n    from fcntl import flock\nimport termios_of_ours\n"
    }

    def publish(name: str, metadata: list[str], *, files: dict[str, str] = uses, tag: str = "py3-none-any") -> None:
        named = {path.format(name): text for path, text in files.items()}
        bench.publish(name, metadata_extra=metadata, files=named, tag=tag)

    publish("airflow", [posix, "Classifier: Operating System :: MacOS"])
    publish("both", [posix, windows])
    publish("free", [posix, free])
    publish("silent", [])
    publish("compiled", [posix], tag="py3-none-win_amd64")
    publish("modest", [posix], files={"{}/__init__.py": "import os\n", "{}/tests/test_it.py": "import pwd\n"})
    bench.write(requirements=["airflow", "both", "free", "silent", "compiled", "modest"])
    done = bench.build()
    assert done.code == 0, done.err
    text = " ".join(done.err.split())
    assert (
        "airflow says of itself that it is for MacOS, POSIX only, and imports fcntl, pwd, which Python hasn't on Windows"
        in text
    )
    assert text.count("says of itself that it is for") == 1
