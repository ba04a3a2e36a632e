from __future__ import annotations

import pytest

from bundler.target.arguments import parse
from bundler.target.errors import BAD_ARGUMENTS, InstallError


@pytest.mark.parametrize("prefix", ["/", "-", "--"])
def test_every_form_of_an_argument(prefix: str) -> None:
    options = parse([prefix + each for each in ("plan", "QUIET", "log:C:\\x y.log", "set:port=80", "Set:dsn=a=b;c")])
    assert (options.mode, options.plan, options.quiet, options.log) == ("install", True, True, "C:\\x y.log")
    assert options.values == {"port": "80", "dsn": "a=b;c"}


@pytest.mark.parametrize("argument", ["/?", "-h", "--help"])
def test_help(argument: str) -> None:
    assert parse(["/plan", argument]).mode == "help"


def test_a_value_may_be_empty_and_have_several_lines() -> None:
    assert parse(["/set:a=", "/set:b=x\ny"]).values == {"a": "", "b": "x\ny"}


def test_a_value_may_be_asked_for_or_lie_in_a_file() -> None:
    options = parse(["/set:a", "/set:b=@C:\\x y\\b.txt", "/set:c=@@home"])
    assert (options.asked, options.value_files, options.values) == (["a"], {"b": "C:\\x y\\b.txt"}, {"c": "@home"})


def test_all_faults_at_once() -> None:
    with pytest.raises(InstallError) as caught:
        parse(["/bogus", "plain", "/plan", "/verify", "/set:=5", "/set:a=1", "/set:a=2", "/log", "/quiet:yes"])
    assert caught.value.code == BAD_ARGUMENTS
    faults = [each for each in caught.value.details if each.startswith("- ")]
    assert faults == [
        "- unknown argument: /bogus",
        "- unknown argument: plain; did you mean /plan?",
        "- /set needs a name: /set:NAME=VALUE, /set:NAME=@FILE, or /set:NAME to be asked",
        "- duplicate argument: /set:a",
        "- /log needs a file: /log:FILE",
        "- /quiet takes no value",
        "- /plan and /verify exclude each other: /verify changes nothing anyway",
        "- /set:NAME is for installing and goes with no other mode: leave it out, or /verify",
    ]


def test_installing_may_be_said() -> None:
    assert parse(["/install", "/set:a=1"]).mode == "install"
    assert parse(["/INSTALL", "/plan"]).plan


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("/unistall", "unknown argument: /unistall; did you mean /uninstall?"),
        ("uninstall", "unknown argument: uninstall; did you mean /uninstall?"),
        ("--rolback", "unknown argument: --rolback; did you mean /rollback?"),
        ("/silent", "unknown argument: /silent"),
        ("/upgrade", "unknown argument: /upgrade"),
        ("/stet:password=hidden", "unknown argument: /stet; did you mean /set:NAME=VALUE?"),
        ("password=hidden", "unknown argument: password"),
    ],
)
def test_a_wrong_one_is_told_with_the_nearest_in_few_lines(argument: str, words: str) -> None:
    with pytest.raises(InstallError) as caught:
        parse([argument])
    assert caught.value.details == ("- " + words, "bootstrap.bat /? lists all of them.")


@pytest.mark.parametrize("mode", ["repair", "rollback", "uninstall", "verify"])
def test_every_mode(mode: str) -> None:
    assert parse([f"/{mode}", "/instance:Two_2", "/log:x"]).mode == mode
    assert parse([f"/{mode}", "/instance:Two_2"]).instance == "Two_2"


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["/install", "/verify"], "/install and /verify exclude each other"),
        (["/repair", "/uninstall", "/rollback"], "/repair, /rollback and /uninstall exclude each other"),
        (["/purge"], "/purge goes with /uninstall only"),
        (["/rollback", "/purge"], "/purge goes with /uninstall only"),
        (["/repair", "/set:a=1"], "/set:NAME is for installing and goes with no other mode: leave it out, or /repair"),
        (["/uninstall:x"], "/uninstall takes no value"),
        (["/instance"], "/instance needs a name of up to 32 letters, digits and _ without accents: /instance:NAME"),
        (
            ["/instance:..\\x"],
            "/instance needs a name of up to 32 letters, digits and _ without accents: /instance:NAME",
        ),
        (["/instance:a", "/instance:b"], "duplicate argument: /instance"),
        (["/set:a", "/set:a=@x"], "duplicate argument: /set:a"),
        (["/set:a=@"], "/set:a=@ needs a file"),
        (["/repair", "/set:a"], "/set:NAME is for installing and goes with no other mode: leave it out, or /repair"),
        (["/verify", "/set:a=@x"], "/set:NAME is for installing and goes with no other mode: leave it out, or /verify"),
    ],
)
def test_what_does_not_go_together(arguments: list[str], fault: str) -> None:
    with pytest.raises(InstallError) as caught:
        parse(arguments)
    assert caught.value.code == BAD_ARGUMENTS
    assert [each for each in caught.value.details if each.startswith("- ")] == ["- " + fault]


def test_purge_goes_with_uninstall_and_plan() -> None:
    options = parse(["/uninstall", "/purge", "/plan"])
    assert (options.mode, options.purge, options.plan) == ("uninstall", True, True)


@pytest.mark.parametrize("rest", [["hush"], ["hush", "hush"], ["-hush"], ["/hush:x", "hush=y"], ["--hush=/quiet"]])
def test_the_rest_of_a_value_without_quotes_is_not_repeated(rest: list[str]) -> None:
    with pytest.raises(InstallError) as caught:
        parse(["/set:password=my", *rest, "/quite", "odd"])
    said = "\n".join(caught.value.details)
    assert "hush" not in said
    assert said.count('a value with blanks needs quotes: "/set:NAME=VALUE"') == len(rest) + 1
    assert "unknown argument: /quite; did you mean /quiet?" in said
    with pytest.raises(InstallError) as caught:
        parse(["/set", "password", *rest])
    assert "hush" not in "\n".join(caught.value.details)
    with pytest.raises(InstallError) as caught:
        parse(["/set:password=my", "/quiet", "odd"])
    assert "unknown argument: odd" in "\n".join(caught.value.details)
