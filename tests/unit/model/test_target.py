from __future__ import annotations

from typing import cast

import pytest
from packaging.tags import Tag

from bundler.errors import InputError
from bundler.model.target import MARKERS, UNKNOWN_MARKERS, Target


def test_windows_environment_is_complete_but_for_what_only_the_machine_knows() -> None:
    environment = Target.of("3.11.9", "win_amd64").environment()
    assert environment == {
        "implementation_name": "cpython",
        "implementation_version": "3.11.9",
        "os_name": "nt",
        "platform_machine": "AMD64",
        "platform_python_implementation": "CPython",
        "platform_system": "Windows",
        "python_full_version": "3.11.9",
        "python_version": "3.11",
        "sys_platform": "win32",
    }
    assert set(environment) == set(MARKERS) - set(UNKNOWN_MARKERS)


def test_linux_environment() -> None:
    environment = Target.of("3.13.1", "manylinux_2_28_aarch64").environment()
    assert environment["platform_machine"] == "aarch64"
    assert environment["sys_platform"] == "linux"
    assert Target.of("2.7.18", "manylinux_2_17_x86_64").environment()["sys_platform"] == "linux2"


def test_python_2_has_no_implementation_name() -> None:
    environment = Target.of("2.7.18", "win32").environment()
    assert environment["implementation_name"] == ""
    assert environment["implementation_version"] == "0"
    assert environment["python_version"] == "2.7"


def test_stated_markers_complete_and_override() -> None:
    target = Target.of("3.11.9", "win32", markers={"platform_release": "10", "platform_machine": "x86"})
    assert target.environment()["platform_release"] == "10"
    assert target.environment()["platform_machine"] == "x86"


OTHERS = [
    Target.of("3.11.9", "win_amd64"),
    Target.of("3.11.8", "win_amd64"),
    Target.of("3.11.9", "win_arm64"),
    Target.of("3.11.9", "manylinux_2_28_x86_64"),
    Target.of("3.11.9", "manylinux_2_28_aarch64"),
    Target.of("2.7.18", "win32"),
    Target.of("2.7.18", "manylinux_2_17_i686"),
]


def holds(target: Target, *, on: Target, **known: str) -> bool:
    return target.marker().evaluate(cast("dict[str, str]", {**on.environment(), **known}))


@pytest.mark.parametrize("target", OTHERS, ids=lambda each: each.slug)
def test_the_marker_holds_on_the_target_alone(target: Target) -> None:
    for other in OTHERS:
        known = {"platform_release": "10", "platform_version": "10.0.19045"}
        assert holds(target, on=other, **known) == (other == target)


@pytest.mark.parametrize("machine", ["x86", "AMD64", "ARM64"])
def test_the_marker_of_a_32_bit_python_holds_on_64_bit_windows(machine: str) -> None:
    target = Target.of("3.11.9", "win32")
    assert holds(target, on=target, platform_machine=machine)
    stated = Target.of("3.11.9", "win32", markers={"platform_machine": "x86"})
    assert holds(stated, on=target, platform_machine=machine) == (machine == "x86")


@pytest.mark.parametrize("value", ['a "quoted" one', "a\\b", "two\nlines", "ä"])
def test_a_value_that_no_marker_can_hold_is_left_out(value: str) -> None:
    stated = Target.of("3.11.9", "win_amd64", markers={"platform_version": value, "platform_release": "it's 10"})
    assert "platform_version" not in str(stated.marker())
    assert holds(stated, on=stated, platform_version="x")


@pytest.mark.parametrize(
    ("python", "platform", "abi"),
    [
        ("3.11.9", "win_amd64", "cp311"),
        ("3.7.9", "win32", "cp37m"),
        ("2.7.18", "win32", "cp27m"),
        ("2.7.18", "manylinux_2_17_x86_64", "cp27mu"),
    ],
)
def test_default_abi(python: str, platform: str, abi: str) -> None:
    assert Target.of(python, platform).abi == abi


def test_tags_best_first() -> None:
    tags = Target.of("3.11.9", "win_amd64").tags()
    assert tags[0] == Tag("cp311", "cp311", "win_amd64")
    assert Tag("cp38", "abi3", "win_amd64") in tags
    assert tags[-1] == Tag("py30", "none", "any")
    assert not any("linux" in tag.platform or tag.platform == "win32" for tag in tags)


def test_free_threaded_takes_no_abi3() -> None:
    tags = Target.of("3.13.1", "win_amd64", abi="cp313t").tags()
    assert Tag("cp313", "cp313t", "win_amd64") in tags
    assert not any(tag.abi == "abi3" for tag in tags)


def test_python_2_on_windows_is_narrow() -> None:
    ranks = Target.of("2.7.18", "win_amd64").tag_rank()
    assert Tag("cp27", "cp27m", "win_amd64") in ranks
    assert Tag("cp27", "cp27mu", "win_amd64") not in ranks
    assert Tag("cp27", "none", "win_amd64") in ranks


def test_manylinux_reaches_down_to_the_legacy_names() -> None:
    platforms = {tag.platform for tag in Target.of("3.11.9", "manylinux_2_28_x86_64").tags()}
    assert {
        "manylinux_2_28_x86_64",
        "manylinux_2_17_x86_64",
        "manylinux2014_x86_64",
        "manylinux1_x86_64",
        "linux_x86_64",
    } <= platforms
    assert "manylinux_2_29_x86_64" not in platforms
    assert "manylinux_2_5_aarch64" not in {tag.platform for tag in Target.of("3.11.9", "manylinux_2_28_aarch64").tags()}


def test_musllinux_takes_no_glibc_wheel() -> None:
    platforms = {tag.platform for tag in Target.of("3.11.9", "musllinux_1_2_x86_64").tags()}
    assert "musllinux_1_1_x86_64" in platforms
    assert not any("manylinux" in platform for platform in platforms)


@pytest.mark.parametrize(
    ("python", "platform", "abi", "markers"),
    [
        ("3.11", "win_amd64", None, {}),
        ("4.0.0", "win_amd64", None, {}),
        ("3.11.9", "windows", None, {}),
        ("3.11.9", "win_amd64", "py311", {}),
        ("3.11.9", "win_amd64", None, {"os.name": "nt"}),
        ("3.11.9", "win_amd64", None, {"platform_release": "9" * 5000}),  # more digits than a number may have
    ],
)
def test_what_is_no_target_is_said(python: str, platform: str, abi: str | None, markers: dict[str, str]) -> None:
    with pytest.raises(InputError) as caught:
        Target.of(python, platform, abi=abi, markers=markers)
    assert caught.value.reference == "target-unknown"
    assert caught.value.hint


def test_slug_and_bits() -> None:
    target = Target.of("3.11.9", "win32")
    assert (target.slug, target.bits, target.minor_version) == ("3.11.9-win32", 32, "3.11")
    assert Target.of("3.11.9", "win_arm64").bits == 64
