from __future__ import annotations

import pytest

from bundler.target.arguments import parse
from bundler.target.errors import BAD_ARGUMENTS, InstallError


@pytest.mark.parametrize("prefix", ["/", "-", "--"])
def test_every_form_of_an_argument(prefix: str) -> None:
    options = parse([prefix + each for each in ("plan", "QUIET", "log:C:\\x y.log", "set:port=80", "Set:dsn=a=b;c")])
    assert (options.mode, options.quiet, options.log) == ("plan", True, "C:\\x y.log")
    assert options.values == {"port": "80", "dsn": "a=b;c"}


@pytest.mark.parametrize("argument", ["/?", "-h", "--help"])
def test_help(argument: str) -> None:
    assert parse(["/plan", argument]).mode == "help"


def test_a_value_may_be_empty_and_have_several_lines() -> None:
    assert parse(["/set:a=", "/set:b=x\ny"]).values == {"a": "", "b": "x\ny"}


def test_all_faults_at_once() -> None:
    with pytest.raises(InstallError) as caught:
        parse(["/bogus", "plain", "/plan", "/verify", "/set:=5", "/set:a=1", "/set:a=2", "/log", "/quiet:yes"])
    assert caught.value.code == BAD_ARGUMENTS
    faults = [each for each in caught.value.details if each.startswith("- ")]
    assert faults == [
        "- /bogus is no argument of this program",
        "- plain is no argument of this program",
        "- /set needs a name and a value: /set:NAME=VALUE",
        "- /set:a is given twice",
        "- /log needs a file: /log:FILE",
        "- /quiet takes no value",
        "- /plan and /verify exclude each other",
    ]


@pytest.mark.parametrize("name", ["repair", "rollback", "uninstall", "instance:x"])
def test_what_a_later_version_will_know_is_refused_plainly(name: str) -> None:
    with pytest.raises(InstallError) as caught:
        parse(["/" + name])
    assert caught.value.code == BAD_ARGUMENTS
    assert f"- /{name.partition(':')[0]} is not supported by this version" in caught.value.details
