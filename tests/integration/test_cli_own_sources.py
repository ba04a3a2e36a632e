"""Projects whose dependencies are projects of their own: what uv, Poetry, hatch and PDM write of them, locked and built."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.support.packages import make_project
from tests.support.wheels import make_wheel

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.commandline import Bench, Done


def build_system(folder: Path) -> str:
    return (folder / "pyproject.toml").read_text(encoding="utf-8")


def add(folder: Path, text: str) -> None:
    (folder / "pyproject.toml").write_text(build_system(folder) + text, encoding="utf-8")


def seen_from_itself(folder: Path) -> None:
    """Let the project's backend fill in where it runs, as that of Poetry does with paths."""
    backend = folder / "_build" / "sdist_backend.py"
    text = backend.read_text(encoding="utf-8")
    old = 'return f"{header}\\n\\n{body}".encode()'
    assert old in text
    new = 'return f"{header}\\n\\n{body}".replace("@HERE@", Path.cwd().as_uri()).encode()'
    backend.write_text(text.replace(old, new), encoding="utf-8")


def done_well(done: Done) -> Done:
    assert done.code == 0, done.err
    return done


def wheel_metadata(bench: Bench, start: str) -> str:
    with zipfile.ZipFile(bench.bundle) as bundle:
        name = next(each for each in bundle.namelist() if f"/wheels/{start}-" in f"/{each}")
        with bundle.open(name) as stream, zipfile.ZipFile(stream) as wheel:
            return wheel.read(next(each for each in wheel.namelist() if each.endswith("METADATA"))).decode()


def packages(done: Done) -> dict[str, str]:
    found = done.json["locks"][0]["packages"]
    return {each["name"]: each["version"] for each in found}


def test_members_of_a_workspace(bench: Bench) -> None:
    root = bench.root / "repo"
    app, helper = make_project(root / "app", "app", requires=["helper"]), make_project(root / "helper", "helper", "0.1")
    add(root / "app", "[tool.uv.sources]\nhelper = { workspace = true }\n")
    (root / "pyproject.toml").write_text('[tool.uv.workspace]\nmembers = ["app", "helper"]\n', encoding="utf-8")
    add(helper, '[project]\nname = "helper"\nversion = "0.1"\n')
    bench.publish("helper", "99")
    bench.write(requirements=[], packages='projects = ["../repo/app"]')
    done_well(bench.run("lock", bench.recipe))
    text = bench.lock.read_text(encoding="utf-8")
    assert '"../repo/helper"' in text
    assert 'version = "99"' not in text
    assert not [each for each in bench.index.requests if "helper" in each.path]
    done_well(bench.build("--locked"))
    add(helper, "# more\n")
    assert bench.build("--locked").reference == "lock-stale"
    done_well(bench.build())
    (root / "pyproject.toml").write_text('[tool.uv.workspace]\nmembers = ["app"]\n', encoding="utf-8")
    assert bench.build("--locked").reference == "lock-stale"
    assert bench.run("lock", bench.recipe).reference == "source-unsupported"
    assert app.is_dir()


@pytest.mark.parametrize(
    ("requires", "table"),
    [
        ("mylib @ @HERE@/../mylib", '[tool.poetry]\nname = "app"\n[tool.poetry.dependencies]\nmylib = { path = "../mylib" }\n'),
        ("mylib @ @HERE@/../../../../mylib", ""),
        ("mylib", '[tool.pdm]\n[project]\nname = "app"\nversion = "1.0"\ndependencies = ["mylib @ file:///${PROJECT_ROOT}/../mylib"]\n'),
        ("mylib", '[project]\nname = "app"\nversion = "1.0"\ndependencies = ["mylib @ {root:uri}/../mylib"]\n'),
    ],
    ids=["poetry", "computed", "pdm", "hatch"],
)  # fmt: skip
def test_dependencies_that_are_folders(bench: Bench, requires: str, table: str) -> None:
    deep = "/../../" in requires
    app = bench.root / "a" / "b" / "c" / "app" if deep else bench.root / "app"
    make_project(app, "app", requires=[requires])
    seen_from_itself(app)
    add(app, table)
    make_project(bench.root / "mylib", "mylib", "0.1", requires=["beta"])
    bench.publish("mylib", "99")
    bench.write(requirements=[], packages=f'projects = ["{"../a/b/c/app" if deep else "../app"}"]')
    done = done_well(bench.build())
    assert "answers differently" not in done.err
    assert '"../mylib"' in bench.lock.read_text(encoding="utf-8")
    metadata = wheel_metadata(bench, "app")
    assert "Requires-Dist: mylib" in metadata
    assert "file:" not in metadata


def test_a_project_beside_its_own_address(bench: Bench) -> None:
    mylib = make_project(bench.root / "mylib", "mylib", "0.1")
    make_project(bench.root / "app", "app", requires=[f"mylib @ {mylib.as_uri()}"])
    bench.write(requirements=[f"mylib @ {mylib.as_uri()}"], packages='projects = ["../app", "../mylib"]')
    done_well(bench.build())


def test_an_index_of_a_projects_tool_is_named_in_the_recipe(bench: Bench) -> None:
    app = make_project(bench.root / "app", "app", requires=["alpha"])
    add(app, '[[tool.uv.index]]\nurl = "http://127.0.0.1:9/simple"\n')
    bench.write(requirements=[], packages='projects = ["../app"]')
    environ = {"PIP_INDEX_URL": bench.index.url}
    done = bench.run("lock", bench.recipe, index=None, env=environ)
    assert (done.code, done.reference) == (2, "index-unnamed")
    assert "tool.uv.index[0]: http://127.0.0.1:9/simple" in done.err
    bench.write(
        requirements=[],
        packages='projects = ["../app"]\nindexes = [{ url = "http://127.0.0.1:9/simple/", packages = ["ours-*"] }]',
    )
    done_well(bench.run("lock", bench.recipe, index=None, env=environ))


def test_an_extra_index_of_a_requirements_file_replaces_nothing(bench: Bench) -> None:
    other = "http://127.0.0.1:9/simple"
    (bench.folder / "requirements.txt").write_text(f"--extra-index-url {other}\nalpha\n", encoding="utf-8")
    bench.write(requirements=[], packages='files = ["requirements.txt"]')
    environ = {"PIP_INDEX_URL": bench.index.url}
    done = bench.run("lock", bench.recipe, index=None, env=environ)
    assert (done.code, done.reference) == (2, "index-unnamed")
    assert f"requirements.txt:1: {other}" in done.err
    named = f'indexes = [{{ url = "{other}", packages = ["ours-*"] }}]'
    bench.write(requirements=[], packages=f'files = ["requirements.txt"]\n{named}')
    done_well(bench.run("lock", bench.recipe, index=None, env=environ))
    done_well(bench.run("init", "new.toml", "--from", "requirements.txt", "--python", "3.11.9", env=environ))
    text = (bench.folder / "new.toml").read_text(encoding="utf-8")
    assert f'indexes = [\n    "{other}",\n    "{bench.index.url}",\n]' in text


def test_what_builds_a_project_is_never_a_strangers_package_of_an_own_name(bench: Bench) -> None:
    root = bench.root / "repo"
    make_project(root / "app", "app", build_requires=["helper"])
    make_project(root / "helper", "helper", "0.1")
    add(root / "app", '[project]\nname = "app"\nversion = "1.0"\n')
    add(root / "helper", '[project]\nname = "helper"\nversion = "0.1"\n')
    (root / "pyproject.toml").write_text('[tool.uv.workspace]\nmembers = ["app", "helper"]\n', encoding="utf-8")
    bench.index.add(make_wheel(bench.published, "helper", "99"))
    bench.write(requirements=[], packages='projects = ["../repo/app"]')
    done = bench.run("lock", bench.recipe)
    assert (done.code, done.reference) == (2, "source-unsupported")


def test_init_writes_projects_and_indexes(bench: Bench) -> None:
    root = bench.root / "repo"
    app, helper = (
        make_project(root / "app", "app", requires=["helper", "alpha"]),
        make_project(root / "helper", "helper"),
    )
    add(
        app,
        '[project]\nname = "app"\nversion = "1.0"\ndependencies = ["helper", "alpha"]\n'
        '[tool.uv.sources]\nhelper = { path = "../helper" }\nalpha = { index = "inside" }\n'
        f'[[tool.uv.index]]\nname = "inside"\nurl = "{bench.index.url}"\nexplicit = true\n'
        f'[[tool.uv.index]]\nname = "mirror"\nurl = "{bench.index.url}more/"\ndefault = true\n',
    )
    assert helper.is_dir()
    done_well(bench.run("init", "new.toml", "--from", app, "--python", "3.11.9"))
    text = (bench.folder / "new.toml").read_text(encoding="utf-8")
    assert 'projects     = ["../repo/app", "../repo/helper"]' in text
    assert f'    {{ url = "{bench.index.url}", packages = ["alpha"] }},\n    "{bench.index.url}more/",\n]' in text


def test_a_lock_of_another_tool(bench: Bench) -> None:
    """Folders, files beside it and addresses are taken from where it says, and another checkout's lock isn't stale."""
    root = bench.root / "repo"
    make_project(root / "helper", "helper", "0.1")
    wheel = make_wheel(root / "wheels", "ours", "0.1", requires=["beta"])
    beta = next(each for each in bench.published.iterdir() if each.name.startswith("beta-1.0"))
    digests = {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in (wheel, beta)}
    (root / "pylock.toml").write_text(
        'lock-version = "1.0"\ncreated-by = "someone"\nrequires-python = ">=3.11"\n'
        '[[packages]]\nname = "helper"\ndirectory = { path = "helper", editable = true }\n'
        f'[[packages]]\nname = "ours"\nwheels = [{{ path = "wheels/{wheel.name}", hashes = {{ sha256 = "{digests[wheel.name]}" }} }}]\n'
        f'[[packages]]\nname = "beta"\nversion = "1.0"\nindex = "{bench.index.url}"\n'
        f'wheels = [{{ url = "{bench.index.base}/x/{beta.name}", hashes = {{ sha256 = "{digests[beta.name]}" }} }}]\n',
        encoding="utf-8",
    )
    bench.publish("ours", "99")
    bench.publish("helper", "99")
    bench.publish("beta", "99")
    bench.write(requirements=[], packages='files = ["../repo/pylock.toml"]')
    done_well(bench.build())
    text = bench.lock.read_text(encoding="utf-8")
    assert 'name = "beta"\nversion = "1.0"' in text
    assert 'version = "99"' not in text
    moved = bench.root / "elsewhere"
    shutil.copytree(bench.folder, moved / "work")
    shutil.copytree(root, moved / "repo")
    done_well(bench.run("build", moved / "work" / "example.toml", "--locked", "--output", bench.output))
    add(root / "helper", "# more\n")
    assert bench.build("--locked").reference == "lock-stale"
