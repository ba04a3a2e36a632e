from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.errors import InputError
from bundler.model.recipe_file import load_recipe

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
[bundle]
name = "example"
version = "4.14.2"

[[target]]
python = "3.11.9"
platform = "win_amd64"
[target.runtime]
kind = "exe"
directory = 'C:\\Python311'

[packages]
requirements = ["Twisted"]
indexes = ["https://index.example/simple", { url = "https://own.example/simple", packages = ["my-*"] }]

[environment]
path = 'C:\\PythonEnvs\\Example'
data = 'C:\\ProgramData\\Example'

[site]
port = { default = "8080", help = "TCP port" }

[checks]
imports = ["twisted.internet"]
commands = [["twistd", "--help"], ["my-app", "--port", "{site.port}", "{data}\\\\x"]]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "example.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_recipe(write(folder, text))
    assert caught.value.exit_code == 2
    return [str(fault) for fault in caught.value.faults]


def test_a_good_recipe(tmp_path: Path) -> None:
    recipe = load_recipe(write(tmp_path, GOOD))
    assert recipe.bundle.name == "example"
    assert recipe.target[0].runtime.signer == "Python Software Foundation"
    assert recipe.packages.indexes[0].packages == ()
    assert recipe.packages.indexes[1].packages == ("my-*",)
    assert recipe.site["port"].default == "8080"
    assert recipe.checks.commands[0] == ("twistd", "--help")
    assert recipe.folder == tmp_path
    assert recipe.lock_path(recipe.target[0]).name == "pylock.example-3-11-9-win_amd64.toml"


def test_how_a_package_is_built_is_found_by_any_spelling_of_its_name(tmp_path: Path) -> None:
    text = GOOD.replace('["Twisted"]', '["Twisted"]\nsource = { "Zope.Interface" = { network = true } }')
    packages = load_recipe(write(tmp_path, text)).packages
    assert packages.source_table("zope-interface").network
    assert not packages.source_table("twisted").network


def test_all_faults_at_once_with_key_paths(tmp_path: Path) -> None:
    found = faults(
        tmp_path,
        GOOD.replace('version = "4.14.2"', 'versoin = "4.14.2"')
        .replace('"3.11.9"', '"3.11"')
        .replace('["Twisted"]', '["Twisted", "foo bar"]')
        .replace("'C:\\PythonEnvs\\Example'", "'PythonEnvs'")
        .replace("{site.port}", "{site.prot}"),
    )
    assert [each.split(":")[0] for each in found] == [
        "bundle.version",
        "bundle.versoin",
        "target[0].python",
        "packages.requirements[1]",
        "environment.path",
        "checks.commands[1][2]",
    ]
    assert "did you mean 'version'?" in found[1]


@pytest.mark.parametrize("version", ["1!2.0", " 1.0", "1.0 ", "1." + "0" * 99])
def test_a_version_that_no_launcher_would_find(tmp_path: Path, version: str) -> None:
    (found,) = faults(tmp_path, GOOD.replace('version = "4.14.2"', f'version = "{version}"'))
    assert found.startswith(f"bundle.version: {version!r} can't name the release's folder: ")


@pytest.mark.parametrize("version", ["v1.0", "1.0+site.2", "2026.11.30.dev1"])
def test_a_version_that_they_find(tmp_path: Path, version: str) -> None:
    recipe = load_recipe(write(tmp_path, GOOD.replace('version = "4.14.2"', f'version = "{version}"')))
    assert recipe.bundle.version == version


def test_the_same_typo_in_five_places_is_five_lines(tmp_path: Path) -> None:
    more = "".join(
        f"[[target]]\npython = '3.{minor}.1'\nplatfrom = 'win32'\nplatform = 'win32'\n[target.runtime]\nkind = 'embed'\n"
        for minor in range(8, 13)
    )
    found = faults(tmp_path, GOOD + more)
    assert found == [f"target[{i}].platfrom: unknown key; did you mean 'platform'?" for i in range(1, 6)]


def test_a_separator_at_the_end_is_left_out(tmp_path: Path) -> None:
    text = GOOD.replace("C:\\PythonEnvs\\Example", "C:\\PythonEnvs\\Example\\").replace(
        "C:\\Python311", "C:\\Python311\\"
    )
    recipe = load_recipe(write(tmp_path, text))
    assert (recipe.environment.path, recipe.target[0].runtime.directory) == ("C:\\PythonEnvs\\Example", "C:\\Python311")


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("directory = 'C:\\Python311'", "", "target[0].runtime.directory"),
        ('kind = "exe"', 'kind = "embed"', "target[0].runtime.directory"),
        ("kind = \"exe\"\ndirectory = 'C:\\Python311'", 'kind = "archive"', "target[0].runtime.source"),
        ('kind = "exe"', 'kind = "none"\nsource = "python.exe"', "target[0].runtime.source"),
        ('kind = "exe"', f'kind = "none"\nsha256 = "{"0" * 64}"', "target[0].runtime.sha256"),
        ('kind = "exe"', 'kind = "none"\nprepend-path = true', "target[0].runtime.prepend-path"),
        ('kind = "exe"', 'kind = "none"\nreplace = true', "target[0].runtime.replace"),
        (
            "kind = \"exe\"\ndirectory = 'C:\\Python311'",
            "kind = 'none'\ndirectory = 'C:\\Nul'",
            "target[0].runtime.directory",
        ),
        ('"3.11.9"', '"3.4.4"', "target[0].python"),
        ("path = 'C:\\PythonEnvs\\Example'", "path = 'C:\\PythonEnvs\\Example'\nkeep = 0", "environment.keep"),
        ("path = 'C:\\PythonEnvs\\Example'", "path = 'C:\\PythonEnvs\\Example'\nkeep = '2'", "environment.keep"),
        ('"win_amd64"', '"manylinux_2_28_x86_64"', "target[0].platform"),
        ("https://index.example", "https://me:secret@index.example", "packages.indexes[0].url"),
        ('requirements = ["Twisted"]', "requirements = []", "packages"),
        ("data = 'C:\\ProgramData\\Example'", "", "checks.commands[1][3]"),
        ("[site]\nport", "[site]\n9port", "site.9port"),
        ('kind = "exe"', 'kind = "exe"\nsource = "ftp://x"', "target[0].runtime.source"),
        ('kind = "exe"', 'kind = "exe"\nunsigned = "yes"', "target[0].runtime.unsigned"),
        ('["twistd", "--help"]', "[]", "checks.commands[0]"),
        ('["twisted.internet"]', '["twisted internet"]', "checks.imports[0]"),
        ('["twisted.internet"]', '["twisted..internet"]', "checks.imports[0]"),
        ('"win_amd64"', '"win_amd64"\nabi = "cp310"', "target[0].abi"),
        ('name = "example"', f'name = "{"x" * 100}"', "bundle.name"),
        ('name = "example"', 'name = "example"\ndisplay-name = " "', "bundle.display-name"),
        ('name = "example"', 'name = "example"\ndisplay-name = "a\\nb"', "bundle.display-name"),
        ('name = "example"', 'name = "example"\ndisplay-name = "a\\u202Eb"', "bundle.display-name"),
        ('name = "example"', f'name = "example"\npublisher = "{"x" * 121}"', "bundle.publisher"),
        ('name = "example"', 'name = "example"\nicon = "app.png"', "bundle.icon"),
        ("C:\\PythonEnvs\\Example", "C:\\PythonEnvs\\..\\Example", "environment.path"),
        ("C:\\PythonEnvs\\Example", "C:\\PythonEnvs.\\Example", "environment.path"),
        ("C:\\PythonEnvs\\Example", "C:\\Nul.x\\Example", "environment.path"),
        ("C:\\ProgramData\\Example", "c:\\pythonenvs\\EXAMPLE\\", "environment.data"),
        ("C:\\PythonEnvs\\Example", "C:\\\\PythonEnvs\\\\Example", "environment.path"),
        ("C:\\Python311", "C:\\Program Files\\..\\Python311", "target[0].runtime.directory"),
        ("C:\\Python311", "%ProgramFiles%\\Python311", "target[0].runtime.directory"),
        ("C:\\ProgramData\\Example", "C:\\PythonEnvs", "environment.data"),
        ("C:\\ProgramData\\Example", "c:\\PythonEnvs\\Example\\Releases\\x", "environment.data"),
        ("C:\\ProgramData\\Example", "C:\\PythonEnvs\\Example\\site.json", "environment.data"),
        ('["Twisted"]', '["x @ https://me:hush@files.example/x.whl"]', "packages.requirements[0]"),
        ('["Twisted"]', '["x"]\nconstraints = ["x @ https://me@files.example/x.whl"]', "packages.constraints[0]"),
        ('["Twisted"]', '["x"]\nprereleases = ["*", "x==1"]', "packages.prereleases[1]"),
        ('["my-*"]', '["my-*", "my app"]', "packages.indexes[1].packages[1]"),
        ('["Twisted"]', '["x"]\nsource = { a_b = { network = true }, A-B = {} }', "packages.source.A-B"),
        ('["Twisted"]', '["x"]\nsource = { x = { network = "yes" } }', "packages.source.x.network"),
        ('["Twisted"]', '["x"]\nsource = { x = { net = true } }', "packages.source.x.net"),
        ('["Twisted"]', '["x"]\nsource = { x = { environment = { TMP = "x" } } }', "packages.source.x.environment.TMP"),
        (
            '["Twisted"]',
            '["x"]\nsource = { x = { environment = { "A=B" = "" } } }',
            "packages.source.x.environment.A=B",
        ),
        ('["Twisted"]', '["x"]\nsource = { x = { environment = { A = 1 } } }', "packages.source.x.environment.A"),
        (
            '["Twisted"]',
            '["x"]\nsource = { x = { environment = { a = "", A = "" } } }',
            "packages.source.x.environment.A",
        ),
        (
            '["Twisted"]',
            '["x"]\nsource = { x = { config-settings = { a = 1 } } }',
            "packages.source.x.config-settings.a",
        ),
        (
            '["Twisted"]',
            '["x"]\nsource = { x = { build-constraints = ["a b"] } }',
            "packages.source.x.build-constraints[0]",
        ),
        (
            '["Twisted"]',
            '["x"]\nbuild-constraints = ["a @ https://me@files.example/a.whl"]',
            "packages.build-constraints[0]",
        ),
        (
            '["Twisted"]',
            '["x"]\nsource = { x = { build-requires = ["a @ https://me@files.example/a.whl"] } }',
            "packages.source.x.build-requires[0]",
        ),
        ('kind = "exe"', 'kind = "exe"\nsource = "https://me:hush@files.example/x.exe"', "target[0].runtime.source"),
    ],
)
def test_one_fault(tmp_path: Path, old: str, new: str, where: str) -> None:
    assert old in GOOD
    assert where in [each.split(": ")[0] for each in faults(tmp_path, GOOD.replace(old, new))]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("https://index.example", "https://me:hush@index.example"),
        ('["Twisted"]', '["x @ https://me:hush@files.example/x.whl"]'),
        ('["Twisted"]', '["x"]\nlegacy = [{ source = "https://me:hush@files.example/x.exe" }]'),
        ('kind = "exe"', 'kind = "exe"\nsource = "https://me:hush@files.example/x.exe"'),
    ],
)
def test_a_secret_in_an_address_is_a_fault_and_not_repeated(tmp_path: Path, old: str, new: str) -> None:
    found = faults(tmp_path, GOOD.replace(old, new))
    assert len(found) == 1
    assert "holds credentials" in found[0]
    assert "hush" not in found[0]


def test_what_only_looks_like_credentials(tmp_path: Path) -> None:
    wanted = "x @ https://files.example/x@1/x.whl", "y @ git+https://me@files.example/y"
    assert load_recipe(write(tmp_path, GOOD.replace('["Twisted"]', str(list(wanted))))).packages.requirements == wanted


def test_no_extra_file_lies_in_another(tmp_path: Path) -> None:
    places = ("{data}\\a", "{data}\\b\\c\\d", "{data}\\A\\b", "{data}\\b", "{data}\\ab")
    tables = "".join(f"[[file]]\nsource = 'x'\ndestination = '{each}'\n" for each in places)
    assert faults(tmp_path, GOOD + tables) == [
        "file[2].destination: and file[0] can't lie in each other: neither is a folder",
        "file[3].destination: and file[1] can't lie in each other: neither is a folder",
    ]


def test_places_where_no_file_can_lie(tmp_path: Path) -> None:
    places = (
        "{data}\\a\\app.ini",
        "{release}\\a\\app.ini",
        "{data}\\A/App.ini",
        "{data}\\b\\aux",
        "{data}\\app.ini:x",
        "{data}\\b\\",
        "{data}\\{site.port}.ini",
    )
    tables = "".join(f"[[file]]\nsource = 'x'\ndestination = '{each}'\n" for each in places)
    assert faults(tmp_path, GOOD + tables) == [
        "file[2].destination: is that of file[0] too",
        "file[3].destination: has the part 'aux', which is the name of a device on Windows",
        "file[4].destination: is not a valid file name on Windows",
        "file[5].destination: is not a valid file name on Windows",
        "file[6].destination: can't depend on site values",
    ]


def test_data_beside_and_inside_the_environment(tmp_path: Path) -> None:
    for place in ("C:\\PythonEnvs\\Example-data", "C:\\PythonEnvs\\Example\\data"):
        load_recipe(write(tmp_path, GOOD.replace("C:\\ProgramData\\Example", place)))


def test_two_targets_of_one_kind(tmp_path: Path) -> None:
    twice = GOOD + "[[target]]\npython='3.11.9'\nplatform='win_amd64'\n[target.runtime]\nkind='embed'\n"
    assert faults(tmp_path, twice) == ["target[1]: CPython 3.11.9 on win_amd64 is there twice"]


@pytest.mark.parametrize(
    "place", ["{data}\\..\\x", "C:\\x", "{release}", "{release}\\a\\..\\..\\x", "{environment}\\x"]
)
def test_extra_files_stay_inside(tmp_path: Path, place: str) -> None:
    assert faults(tmp_path, GOOD + f"[[file]]\nsource = 'a.ini'\ndestination = '{place}'\n")[0].startswith(
        "file[0].destination"
    )


def test_no_toml_quotes_the_line(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_recipe(write(tmp_path, "[bundle]\nname = example\n"))
    assert caught.value.reference == "recipe-malformed"
    assert caught.value.context == ("line 2: name = example",)
    assert not caught.value.hint
    with pytest.raises(InputError) as caught:
        load_recipe(write(tmp_path, '[environment]\npath = "C:\\PythonEnvs"\n'))
    assert "single ones, 'C:\\PythonEnvs'" in caught.value.hint


def test_no_recipe(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_recipe(tmp_path / "none.toml")
    assert caught.value.reference == "recipe-unreadable"
    assert "bundle init" in caught.value.hint


def test_no_text(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError) as caught:
        load_recipe(path)
    assert caught.value.reference == "recipe-unreadable"


@pytest.mark.parametrize("source", ["https://files.example/a.ini", "index:demo==1.0/a.ini"])
def test_extra_files_from_elsewhere_are_known_by_their_hash(tmp_path: Path, source: str) -> None:
    table = f"[[file]]\nsource = '{source}'\ndestination = '{{data}}\\a.ini'\n"
    assert faults(tmp_path, GOOD + table)[0].startswith("file[0].sha256: is missing")
    load_recipe(write(tmp_path, GOOD + table + f"sha256 = '{'a' * 64}'\n"))


def test_a_nul_character_is_a_fault_with_its_place(tmp_path: Path) -> None:
    path = write(tmp_path, '[bundle]\nname = "x"\nversion = "1"\n[packages]\nfiles = ["a\\u0000b"]\n')
    with pytest.raises(InputError) as caught:
        load_recipe(path)
    assert "packages.files[0]: holds a NUL character" in map(str, caught.value.faults)


@pytest.mark.parametrize("directory", ["", "directory = 'C:\\Python311'"])
def test_a_python_that_the_target_has_needs_no_file(tmp_path: Path, directory: str) -> None:
    there = f'kind = "none"\n{directory}'
    recipe = load_recipe(write(tmp_path, GOOD.replace("kind = \"exe\"\ndirectory = 'C:\\Python311'", there)))
    assert recipe.target[0].runtime.kind == "none"
    assert (recipe.target[0].runtime.directory is None) == (not directory)


def test_a_service_needs_a_python_that_every_account_has(tmp_path: Path) -> None:
    service = '[[service]]\nname = "web"\ncommand = ["twistd"]\naccount = "LocalService"\n'
    text = GOOD.replace('kind = "exe"', 'kind = "none"\nall-users = false')
    assert [each.partition(":")[0] for each in faults(tmp_path, text + service)] == ["target[0].runtime.all-users"]


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("Lib/site-packages/app/*.cache", None),
        ("*", "must be a path in the release"),
        ("Lib\\x", "must be a path in the release"),
        ("../x", "must be a path in the release"),
        ("Lib/*", "would hide what decides which code runs"),
        ("*.PTH", "would hide what decides which code runs"),
    ],
)
def test_volatile_files(tmp_path: Path, pattern: str, fault: str | None) -> None:
    text = GOOD.replace("[site]", f"volatile = ['{pattern}']\n[site]")
    if fault is None:
        assert load_recipe(write(tmp_path, text)).environment.volatile == (pattern,)
    else:
        assert any(f"environment.volatile[0]: {fault}" in each for each in faults(tmp_path, text))
