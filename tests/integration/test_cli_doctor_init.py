"""``bundle init`` and ``bundle doctor`` at the command line."""

from __future__ import annotations

import json
import os
import tomllib

import pytest
from jsonschema import Draft202012Validator

from tests.support.commandline import Bench, tree_of
from tests.support.packages import make_project, make_sdist


def mended(bench: Bench) -> None:
    """Give the recipe that ``init`` wrote the bench's own runtime."""
    text = bench.recipe.read_text(encoding="utf-8")
    data = tomllib.loads(text)
    kind = data["target"][0]["runtime"]["kind"]
    lines = [line for line in text.splitlines() if not line.startswith(("kind", "directory"))]
    at = lines.index("[target.runtime]") + 1
    lines[at:at] = ['kind = "archive"', f'source = "{bench.index.base}/python.zip"', "unsigned = true"]
    assert kind != "archive"
    bench.recipe.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize("origin", ["nothing", "requirements", "project"])
def test_what_init_writes_can_be_built(bench: Bench, origin: str) -> None:
    bench.recipe.unlink()
    arguments = ["init", "example.toml", "--python", "3.11.9"]
    if origin == "requirements":
        (bench.folder / "wanted.txt").write_text("alpha\n", encoding="utf-8")
        arguments += ["--from", "wanted.txt"]
    elif origin == "project":
        make_project(bench.folder / "mine", "mine", requires=["beta"])
        arguments += ["--from", "mine"]
    else:
        bench.publish("requests")
    done = bench.run(*arguments)
    assert (done.code, done.err) == (0, "")
    assert "bundle build example.toml" in done.out
    mended(bench)
    text = bench.recipe.read_text(encoding="utf-8")
    bundle = tomllib.loads(text)["bundle"]
    done = bench.build()
    assert done.code == 0, done.err
    assert (bench.output / f"{bundle['name']}-{bundle['version']}-3.11.9-win_amd64.zip").is_file()


def test_init_names_a_file_as_a_shell_takes_it(bench: Bench) -> None:
    done = bench.run("init", "my server.toml")
    quote = '"' if os.name == "nt" else "'"
    assert f"`bundle build {quote}my server.toml{quote}`" in done.out


def test_init_replaces_nothing_unasked(bench: Bench) -> None:
    before = tree_of(bench.folder)
    done = bench.run("init", "example.toml")
    assert (done.code, done.reference) == (2, "recipe-exists")
    assert "--force" in done.err
    assert tree_of(bench.folder) == before
    assert bench.run("init", "example.toml", "--force").code == 0
    assert tree_of(bench.folder) != before


def test_init_leads_editors_to_the_schema(bench: Bench) -> None:
    assert bench.run("init", "new.toml").code == 0
    text = (bench.folder / "new.toml").read_text(encoding="utf-8")
    schema = bench.folder / text.splitlines()[0].removeprefix("#:schema ")
    printed = bench.run("schema")
    assert (printed.code, printed.json) == (0, json.loads(schema.read_text(encoding="utf-8")))
    Draft202012Validator(printed.json).validate(tomllib.loads(text))
    assert bench.run("schema", "--output", "again.json").out.strip() == "wrote again.json"
    assert (bench.folder / "again.json").read_bytes() == schema.read_bytes()
    nowhere = bench.run("schema", "--output", "nowhere/again.json")
    assert (nowhere.code, nowhere.reference) == (7, "output-unwritable")
    assert bench.run("init", "plain.toml", "--no-schema").out.count("wrote") == 1


def test_schemas_of_outputs(bench: Bench) -> None:
    schema = bench.run("schema", "--json-of", "error").json
    Draft202012Validator(schema).validate(bench.run("build", "none.toml", "--json").json)
    assert bench.run("schema", "--json-of", "nothing").reference == "arguments-wrong"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--python", "3.11"], "write all three numbers"),
        (["--platform", "win_amd65"], "is not a supported platform"),
        (["--platform", "linux_x86_64"], "only Windows can be a target"),
        (["--from", "nowhere"], "nowhere"),
        (["--from", "."], "is not a Python project"),
    ],
)
def test_init_with_wrong_arguments(bench: Bench, arguments: list[str], words: str) -> None:
    before = tree_of(bench.folder)
    done = bench.run("init", "new.toml", *arguments)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert tree_of(bench.folder) == before


def test_a_healthy_host(bench: Bench) -> None:
    done = bench.run("doctor", bench.recipe)
    assert (done.code, done.err) == (0, "")
    for words in ("build host", "launchers", "store", "index", "lock of", "none yet", "runtime of", "can be had"):
        assert words in done.out
    assert "BAD" not in done.out
    assert not bench.lock.exists(), "it only looks"
    bench.build()
    assert "fits the recipe" in bench.run("doctor", bench.recipe).out
    bench.write(requirements=["beta"])
    assert "the recipe changed since" in bench.run("doctor", bench.recipe).out


def test_what_is_wrong_with_a_host(bench: Bench) -> None:
    done = bench.run("doctor", index="http://127.0.0.1:9/simple/")
    assert done.code == 7
    assert "BAD" in done.out
    assert "no connection" in done.out
    bench.write(runtime='source = "{base}/none.zip"\nunsigned = true')
    done = bench.run("doctor", bench.recipe)
    assert done.code == 7
    assert "none.zip answers with status 404" in done.out
    assert "--python-mirror" in done.out
    found = json.loads(bench.run("doctor", bench.recipe, "--json").out)["findings"]
    assert [each["what"] for each in found if each["verdict"] == "bad"] == ["runtime of CPython 3.11.9 on win_amd64"]


def test_what_a_recipe_takes_from_here_and_is_not_there(bench: Bench) -> None:
    (bench.folder / "there.ini").write_text("x", encoding="utf-8")
    entries = "".join(
        f"[[file]]\nsource = '{source}'\ndestination = '{{release}}\\{source}'\n"
        for source in ("there.ini", "gone.ini")
    )
    bench.write(packages='legacy = [{ source = "gone.exe" }]\nprojects = ["gone"]', more=entries)
    done = bench.run("doctor", bench.recipe, "--json")
    assert done.code == 7
    bad = [each for each in json.loads(done.out)["findings"] if each["verdict"] == "bad"]
    assert [each["what"] for each in bad] == ["packages.legacy[0]", "file[1]", "packages.projects[0]"]
    assert all(str(bench.folder / "gone") in each["detail"] and each["mend"] for each in bad)


def test_a_recipe_that_is_wrong(bench: Bench) -> None:
    text = bench.recipe.read_text(encoding="utf-8")
    bench.recipe.write_text(text.replace("version", "vershun"), encoding="utf-8")
    done = bench.run("doctor", bench.recipe)
    assert (done.code, done.reference) == (2, "recipe-invalid")


def test_what_is_pure_needs_no_compiler_though_it_comes_from_source(bench: Bench) -> None:
    def verdict() -> tuple[int, str, str]:
        done = bench.run("doctor", bench.recipe, "--json")
        found = next(each for each in done.json["findings"] if each["what"].startswith("compiler"))
        return done.code, found["verdict"], found["detail"]

    bench.publish("fast", tag="cp311-cp311-win_amd64")
    for name in ("beta", "fast"):
        bench.index.add(make_sdist(bench.published, name, "1.0"))
    bench.write(packages='build = ["Beta"]')
    assert verdict()[:2] == (0, "note")
    assert bench.run("lock", bench.recipe).code == 0
    assert verdict()[:2] == (0, "note")
    bench.write(requirements=["alpha", "fast"], packages='build = ["beta", "fast"]')
    code, found, detail = verdict()
    assert (code, found) == (7, "bad")
    assert detail.endswith("; from source come fast")
    bench.write(requirements=["alpha", "fast"], packages='sdists = "prefer"')
    assert verdict()[:2] == (0, "note"), "nobody knows before it is locked"
    assert bench.run("lock", bench.recipe).code == 0
    code, found, detail = verdict()
    assert (code, found) == (7, "bad")
    assert detail.endswith("; from source come fast")


def test_init_names_what_it_left_out_and_what_a_project_has_besides(bench: Bench) -> None:
    (bench.folder / "environment.yml").write_text("dependencies:\n  - python=3.11\n  - alpha\n", encoding="utf-8")
    done = bench.run("init", "conda.toml", "--from", "environment.yml")
    assert done.code == 0, done.err
    assert "left out: environment.yml:2: python=3.11: the recipe's target names the Python" in done.out
    folder = make_project(bench.folder / "mine", "mine")
    file = folder / "pyproject.toml"
    more = '[project]\nname = "mine"\nversion = "1.0"\n[dependency-groups]\nprod = ["beta"]\n'
    file.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
    done = bench.run("init", "mine.toml", "--from", "mine")
    assert "it has dependency groups: prod; --group NAME takes one" in done.out
    done = bench.run("init", "mine.toml", "--from", "mine", "--group", "prod", "--force")
    assert (done.code, "it has" in done.out) == (0, False), done.err
    text = (bench.folder / "mine.toml").read_text(encoding="utf-8")
    assert 'projects     = [{ path = "mine", groups = ["prod"] }]' in text
    assert bench.run("init", "other.toml", "--group", "prod").reference == "arguments-wrong"
