"""The one tag that fits: what all sources say, and what no other Python than the right one accepts (PEP 425).

- An extension: ``cp27-cp27m-win32``. The ABI is spelled out: with ``none``, later Pythons would take the wheel too.
- No extension, but one Python is named: ``cp27-none-any`` (``py27`` would be fine for 2.7, but ``py26`` is accepted by 2.7, ``py34`` by all later ones).
- No Python is named, so that the installer can go into any: ``py2``, ``py3`` or both, as far as sources and classifiers prove it.
- What belongs to one platform without an extension (DLLs beside pure modules): the same with the platform.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bundler.errors import BuildError
from bundler.formats.pe.pe_header import MACHINES
from bundler.legacy.evidence import (
    all_stable,
    compiled_claims,
    extension_claims,
    library_machine,
    name_claims,
    named_major,
    read_extensions,
)
from bundler.legacy.kinds import Kind
from bundler.legacy.python_syntax import examine
from bundler.report import some_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bundler.legacy.contents_by_place import Claim, Installer, Member
    from bundler.legacy.python_syntax import Proof

_NO_M = (3, 8)
_STABLE = (3, 2)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """``tag`` as in the file name; ``why`` in words; ``pure``: no machine code, so nothing of it belongs into platlib."""

    tag: str
    pure: bool
    why: tuple[str, ...]
    overruled: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Override:
    """What the user decided: a Python (``2.7``), a platform (``win32``)."""

    python: str | None = None
    platform: str | None = None


def decide(
    installer: Installer,
    members: Sequence[Member],
    *,
    compiled: Sequence[Member],
    majors: frozenset[int],
    override: Override,
) -> Decision:
    """Find the tag of ``members``, the files that stay; ``compiled`` are all that the installer had, leftovers too.

    ``majors``: the major versions that the author's classifiers name.

    Raises BuildError: ``legacy-disagrees`` (with every source), ``legacy-undecided``, ``legacy-other-python``, ``legacy-other-platform``.
    """
    extensions = read_extensions(installer.file, members)
    _refuse_foreign(installer, members, extensions=bool(extensions))
    claims = (*installer.claims, *name_claims(installer.file.name), *extension_claims(extensions))
    if installer.kind is Kind.EGG:
        claims = (*claims, *compiled_claims(compiled))
    machine_code = bool(extensions) or any(each.place.scheme == "platlib" for each in members)
    python, python_why, overruled = _agreed(installer, "python", claims, override.python)
    if override.python and not any(each.about == "python" for each in claims):
        overruled += _other_major(installer, members, override.python)
    if machine_code:
        platform, platform_why, more = _agreed(installer, "platform", claims, override.platform)
        overruled += more
        if platform is None:
            raise _undecided(installer, "platform", "--platform win32 or --platform win_amd64")
        if platform not in MACHINES:
            raise BuildError(
                "legacy-other-platform",
                f"{installer.file.name} holds extensions for {platform}, for which there is no Python on Windows",
                context=platform_why,
            )
    elif override.platform or (library := library_machine(members)):
        platform = override.platform or library
        platform_why = ("--platform",) if override.platform else ("the machine of its DLLs",)
    else:
        platform, platform_why = "any", ("it holds no machine code",)
    if python is None and extensions and all_stable(extensions):
        raise _undecided(installer, "Python", "--python X.Y", "its extensions take any Python 3, its modules may not")
    if python is None and (extensions or any(each.place.path.endswith(".pyc") for each in members)):
        raise _undecided(installer, "Python", "--python X.Y")
    if python is not None:
        short = "cp" + python.replace(".", "")
        abi = short + ("m" if _numbers(python) < _NO_M else "") if extensions else "none"
        tag = f"{short}-{abi}-{platform}"
    else:
        found, python_why = _majors(installer, members, majors)
        tag = f"{'.'.join(f'py{each}' for each in sorted(found))}-none-{platform}"
    return Decision(
        tag=tag,
        pure=not machine_code and platform == "any",
        why=(f"Python: {_shown(python_why)}", f"platform: {_shown(platform_why)}"),
        overruled=overruled,
    )


def _refuse_foreign(installer: Installer, members: Sequence[Member], *, extensions: bool) -> None:
    """An egg may be for another system than Windows: its extensions say so."""
    foreign = [each.place.path for each in members if each.place.path.endswith((".so", ".dylib", ".sl"))]
    if foreign and not extensions:
        raise BuildError(
            "legacy-other-platform",
            f"{installer.file.name} holds extensions that are not for Windows",
            context=tuple(foreign[:5]),
            hint="take the release's file for win32 or win-amd64, or its sdist",
        )


def _agreed(
    installer: Installer, about: str, claims: Iterable[Claim], override: str | None
) -> tuple[str | None, tuple[str, ...], tuple[str, ...]]:
    """What every source says, or what the user decided among it; None: no source says anything."""
    said: dict[str, list[str]] = {}
    claims, outweighed = _weighed(about, tuple(claims))
    for each in claims:
        if each.about == about:
            said.setdefault(each.value, []).append(each.source)
    lines = tuple(f"{value}: {_shown(sources)}" for value, sources in sorted(said.items()))
    if override is not None:
        if said and override not in said:
            raise BuildError(
                "legacy-other-python" if about == "python" else "legacy-other-platform",
                f"{installer.file.name} isn't for {'Python ' * (about == 'python')}{override}: nothing in it says so",
                context=lines,
                hint=f"take the release's file for {override}, or a wheel or an sdist of it",
            )
        others = tuple(
            f"--{about} {override} overrules {each}" for each in lines if not each.startswith(f"{override}: ")
        )
        return override, (f"--{about}", *said.get(override, ())), others
    if len(said) > 1:
        raise BuildError(
            "legacy-disagrees",
            f"the sources of {installer.file.name} disagree about the {'Python' if about == 'python' else about} that it is for",
            context=lines,
            hint=f"decide with --{about} if you know better, or take another file of the release",
        )
    if not said:
        return None, (), ()
    value, sources = said.popitem()
    return value, (*sources, *(f"which outweighs {each.value}, {each.source}" for each in outweighed)), ()


def _weighed(about: str, claims: tuple[Claim, ...]) -> tuple[tuple[Claim, ...], tuple[Claim, ...]]:
    """The claims that count, and the weak ones that all others, and the machine of an extension among them, are against."""
    strong = {each.value for each in claims if each.about == about and not each.weak}
    proven = {each.value for each in claims if each.about == about and each.machine_code}
    if len(strong) != 1 or strong != proven:
        return claims, ()
    outweighed = tuple(each for each in claims if each.about == about and each.weak and each.value not in strong)
    return tuple(each for each in claims if each not in outweighed), outweighed


def _majors(
    installer: Installer, members: Sequence[Member], classified: frozenset[int]
) -> tuple[frozenset[int], tuple[str, ...]]:
    """The major versions of a pure package that goes into any Python.

    Its sources outweigh its classifiers, which are about the project: 2to3 may have made other sources of them, or not.
    """
    named = named_major(installer.file.name)
    proof = _proof(members)
    proven = _proven(proof)
    if proven and named and named not in proven:
        raise _contradiction(installer, f"its name says Python {named}", proof)
    if named:
        return frozenset({named}), (f"the name {installer.file.name}", *filter(None, (proof.only_2, proof.only_3)))
    if proven:
        return proven, (proof.only_2 or proof.only_3,)
    built = int(installer.built_with[0]) if installer.built_with else None
    if classified == frozenset({3}) and built == 2:  # noqa: PLR2004 - nothing made Python 3 of it (2to3) there
        raise _contradiction(installer, "its classifiers name Python 3, and it was built with Python 2", proof)
    if classified:
        return classified, ("its classifiers, and its sources fit",)
    if built:
        return frozenset({built}), (f"it was built with Python {installer.built_with}",)
    raise _undecided(installer, "Python", "--python X.Y")


def _other_major(installer: Installer, members: Sequence[Member], python: str) -> tuple[str, ...]:
    """What says that it is for another major version than the user decided, where it names no version that could be compared."""
    named = named_major(installer.file.name)
    proof = _proof(members)
    proven = _proven(proof)
    major = int(python[0])
    found = [f"the name {installer.file.name}"] if named and named != major else []
    found += [proof.only_2 or proof.only_3] if proven and major not in proven else []
    return tuple(f"--python {python} overrules: {each}" for each in found)


def _proof(members: Iterable[Member]) -> Proof:
    sources = (each for each in members if each.place.scheme not in ("data", "headers"))  # examples may be anything
    return examine((each.place.path, each.file) for each in sources if each.place.path.endswith((".py", ".pyw")))


def _proven(proof: Proof) -> frozenset[int]:
    """What the sources prove; nothing if they prove both: then such files are never imported together."""
    if bool(proof.only_2) == bool(proof.only_3):
        return frozenset()
    return frozenset({2 if proof.only_2 else 3})


def _contradiction(installer: Installer, what: str, proof: Proof) -> BuildError:
    return BuildError(
        "legacy-disagrees",
        f"the sources of {installer.file.name} disagree about the Python that it is for",
        context=(what, *filter(None, (proof.only_2, proof.only_3))),
        hint="decide with --python if you know better, or take another file of the release",
    )


def _undecided(installer: Installer, what: str, option: str, why: str = "nothing in it says so") -> BuildError:
    return BuildError(
        "legacy-undecided",
        f"it can't be known which {what} {installer.file.name} is for: {why}",
        hint=f"say it: {option}",
    )


def _numbers(python: str) -> tuple[int, ...]:
    return tuple(map(int, python.split(".")))


def _shown(sources: Iterable[str]) -> str:
    """Not every extension of hundreds."""
    return some_text(dict.fromkeys(sources), 4)
