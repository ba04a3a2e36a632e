"""The whole product as a user starts it: ``python -m bundler`` in a process of its own, with an index, a runtime and a recipe."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.archives import make_archive
from tests.support.forked_commands import run_forked
from tests.support.index import LocalIndex
from tests.support.packages import make_project, make_sdist, make_wheel
from tests.support.programs import make_program
from tests.support.surroundings import bare_environ, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parents[2]
SLUG = "3.11.9-win_amd64"
STEM = f"example-1.0-{SLUG}"
INTERNAL_ERROR = '{\n  "error": {\n    "reference": "internal-error"'
"""How the JSON of a defect of the product begins."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """A command that has ended: its exit code, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def reference(self) -> str:
        """The reference in brackets of the one error that was printed."""
        errors = [line for line in self.err.splitlines() if line.startswith("error: ")]
        assert len(errors) == 1, self.err
        return errors[0].rpartition("[")[2].rstrip("]")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Bench:
    """A user's folder with a recipe in it, and everything that the recipe needs on ``index``.

    Commands run in ``folder`` with a store, a home and a folder for temporary files of their own, and nothing of this
    process's environment but ``PATH``.
    """

    root: Path
    index: LocalIndex

    @property
    def folder(self) -> Path:
        return self.root / "work"

    @property
    def recipe(self) -> Path:
        return self.folder / "example.toml"

    @property
    def lock(self) -> Path:
        return self.folder / "pylock.example-3-11-9-win_amd64.toml"

    @property
    def store(self) -> Path:
        return self.root / "store"

    @property
    def temporary(self) -> Path:
        return self.root / "tmp"

    @property
    def published(self) -> Path:
        """Where packages are made before ``index.add`` takes them."""
        return self.root / "published"

    @property
    def output(self) -> Path:
        return self.folder / "out"

    @property
    def bundle(self) -> Path:
        return self.output / f"{STEM}.zip"

    def environ(self, **more: str) -> dict[str, str]:
        return {
            **bare_environ(home=self.root / "home", temporary=self.temporary),
            "PIP_CONFIG_FILE": os.devnull,
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "BUNDLE_STORE": str(self.store),
            **more,
        }

    def command(self, *arguments: str | Path, index: str | None = "") -> list[str]:
        """The command line; ``index``: another one than this bench's, None: the option is left out."""
        command = [sys.executable, "-m", "bundler", *map(str, arguments)]
        if index is not None and arguments and arguments[0] in ("lock", "build", "doctor"):
            command += ["--index", index or self.index.url]
        return command

    def run(
        self,
        *arguments: str | Path,
        index: str | None = "",
        env: Mapping[str, str] | None = None,
        prefix: Sequence[str] = (),
        folder: Path | None = None,
        timeout: float = 120,
    ) -> Done:
        """Run ``bundle ARGUMENTS`` to its end, with a ``prefix`` in a process of its own; it may leave nothing among the temporary files."""
        command, environ = self.command(*arguments, index=index), self.environ(**(env or {}))
        done = None
        if not prefix:
            done = run_forked(command[3:], folder or self.folder, environ, timeout)
        if done is None:
            done = subprocess.run(
                [*prefix, *command],
                cwd=folder or self.folder,
                env=environ,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=timeout,
                check=False,
            )
        self.assert_clean()
        result = Done(code=done.returncode, out=text_of(done.stdout), err=text_of(done.stderr))
        assert "[internal-error]" not in result.err, result.err
        assert not result.out.startswith(INTERNAL_ERROR), result.out
        assert "\nTraceback" not in result.err, result.err
        return result

    def assert_clean(self) -> None:
        """Nothing is left among the temporary files, and every file of the store is what its name says."""
        left = sorted(each.name for each in self.temporary.iterdir())
        assert not left, f"left among the temporary files: {left}"
        assert not unsound(self.store)

    def publish(self, name: str, version: str = "1.0", **kwargs: Any) -> Path:
        """Make a wheel and put it on the index; ``yanked`` is the index's, the rest are ``make_wheel``'s."""
        yanked = kwargs.pop("yanked", False)
        wheel = make_wheel(self.published, name, version, **kwargs)
        self.index.add(wheel, yanked=yanked)
        return wheel

    def start(self, *arguments: str | Path, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Begin ``bundle ARGUMENTS`` and return at once."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environ(**(env or {})),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def build(self, *arguments: str | Path, index: str | None = "", env: Mapping[str, str] | None = None) -> Done:
        """``bundle build example.toml --output out`` and what is added."""
        return self.run("build", self.recipe, "--output", self.output, *arguments, index=index, env=env)

    def write(self, **changes: Any) -> Path:
        """Write the recipe; ``changes`` are those of ``recipe_text``."""
        self.recipe.write_text(recipe_text(**{"base": self.index.base} | changes), encoding="utf-8")
        return self.recipe


def make_bench(root: Path, index: LocalIndex) -> Bench:
    """A bench whose recipe wants ``alpha``, which wants ``beta``, on an archive runtime with no signature."""
    bench = Bench(root=root, index=index)
    for each in (bench.folder, bench.temporary, root / "home"):
        each.mkdir(parents=True)
    for name, version in (("pip", "24.0"), ("virtualenv", "20.26.0")):
        index.add(make_wheel(bench.published, name, version))
    index.add(
        make_wheel(bench.published, "alpha", "1.0", requires=["beta>=1"], licenses={"LICENSE": "Do as you like."})
    )
    index.add(make_wheel(bench.published, "beta", "1.0"))
    index.serve("/python.zip", make_runtime(root / "python.zip").read_bytes())
    bench.write()
    return bench


def make_runtime(path: Path, **changes: bytes | None) -> Path:
    """An archive with what a CPython 3.11.9 for win_amd64 consists of; ``changes`` by stem: other content, None for none."""
    files = {
        "python.exe": make_program(),
        "python311.dll": make_program(dll=True),
        "vcruntime140.dll": make_program(dll=True, product="Visual C++"),
        "Lib/os.py": b"# the standard library\n",
        "Lib/venv/__init__.py": b"# venv\n",
        "Lib/venv/scripts/nt/python.exe": make_program(filler=b"launcher"),
    }
    chosen = {name: changes.get(Path(name).stem, content) for name, content in files.items()}
    return make_archive(path, {name: content for name, content in chosen.items() if content is not None})


def recipe_text(
    *,
    requirements: Sequence[str] = ("alpha",),
    packages: str = "",
    targets: Sequence[tuple[str, str]] = (("3.11.9", "win_amd64"),),
    runtime: str = 'source = "{base}/python.zip"\nunsigned = true',
    base: str = "",
    more: str = "",
) -> str:
    """A recipe; ``packages`` are further lines of [packages], ``more`` further tables, ``{base}`` in ``runtime`` an address."""
    lines = ['[bundle]\nname = "example"\nversion = "1.0"']
    for python, platform in targets:
        lines.append(f'[[target]]\npython = "{python}"\nplatform = "{platform}"')
        lines.append(f'[target.runtime]\nkind = "archive"\n{runtime.replace("{base}", base)}')
    lines.append(f"[packages]\nrequirements = {json.dumps(list(requirements))}\n{packages}")
    lines.append(f"[environment]\npath = 'C:\\Envs\\Example'\ndata = 'C:\\Data\\Example'\n{more}")
    return "\n\n".join(lines) + "\n"


def tree_of(folder: Path) -> dict[str, str]:
    """Every path below ``folder`` with the sha256 of its content, its link's target or nothing for a folder."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        else:
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    return found


def unsound(store: Path) -> list[str]:
    """Files of a store that don't hash to their own name."""
    files = [each for each in (store / "sha256").rglob("*") if each.is_file()]
    return [each.name for each in files if hashlib.sha256(each.read_bytes()).hexdigest() != each.name]


__all__ = [
    "ROOT",
    "SLUG",
    "STEM",
    "Bench",
    "Done",
    "make_bench",
    "make_project",
    "make_runtime",
    "make_sdist",
    "recipe_text",
    "tree_of",
    "unsound",
]
