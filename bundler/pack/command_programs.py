"""Programs that a recipe's commands start: one that no package brings would be found out on the target."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from bundler.errors import Fault, InputError
from bundler.formats.wheel_reader import launcher_name, placed_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bundler.formats.wheel_reader import Wheel
    from bundler.model.platforms.target_platform import Platform, ProgramRules
    from bundler.model.recipe import Recipe


def programs_of(wheel: Wheel, rules: ProgramRules) -> frozenset[str]:
    """The files, in small letters, that a wheel gives to the folder of programs; raises MalformedWheelError."""
    made = {launcher_name(each, rules.launcher).lower() for each in wheel.program_names()}
    return frozenset(made.union(*(_placed(each.filename, rules.folder.lower()) for each in wheel.members)))


def _placed(member: str, programs: str) -> Iterator[str]:
    member = member.lower()
    if ".data/" not in member:
        return
    scheme, path = placed_in(member)
    folder, _, name = path.rpartition("/")
    if (scheme, folder) in {("scripts", ""), ("data", programs)}:
        yield name


def check_programs(recipe: Recipe, brought: Iterable[frozenset[str]], platform: Platform) -> None:
    """``brought``: what each wheel gives to the folder of programs. Raises InputError (``program-unknown``) with all faults."""
    rules = platform.programs
    there = rules.of_environment.union(*brought, _files(recipe, platform))
    faults = tuple(
        Fault(key, f"no package of the bundle brings a program {word!r}{_instead(word, there)}")
        for key, word in _first_words(recipe)
        if not set("{:\\/") & set(word) and not any(word.lower() + ending in there for ending in rules.endings)
    )
    if faults:
        raise InputError("program-unknown", "commands can't be run on the target", faults=faults)


def _first_words(recipe: Recipe) -> Iterator[tuple[str, str]]:
    for i, words in enumerate(recipe.checks.commands):
        yield f"checks.commands[{i}]", words[0]
    for i, service in enumerate(recipe.service):
        yield f"service[{i}].command", service.command[0]
    for i, after in enumerate(recipe.post_install):
        yield f"post-install[{i}].command", after.command[0]
        if after.undo:
            yield f"post-install[{i}].undo", after.undo[0]
    for i, rehearsed in enumerate(recipe.rehearse.command):
        yield f"rehearse.command[{i}].command", rehearsed.command[0]


def _files(recipe: Recipe, platform: Platform) -> Iterator[str]:
    """Extra files may be programs too."""
    for each in recipe.file:
        name = platform.paths.file_name(each.destination)
        folder = each.destination[: -len(name)]
        if platform.paths.folded(folder) == platform.paths.folded("{release}/" + platform.programs.folder):
            yield name.lower()


def _instead(word: str, there: frozenset[str]) -> str:
    alike = difflib.get_close_matches(word.lower(), sorted(there), n=1)
    return f"; {alike[0]} is there" if alike else ""
