"""``python -m tests.benchmarks [NAME …]``: all benchmarks, or those that are named, as one table.

A benchmark is a module of this package that has ``rows() -> Sequence[Row]``; its name has hyphens for underscores.
"""

from __future__ import annotations

import compileall
import importlib
import pkgutil
import sys
from typing import TYPE_CHECKING

import bundler
import tests.benchmarks
from tests.benchmarks.table import Row, render

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def benchmarks() -> dict[str, Callable[[], Sequence[Row]]]:
    """Name -> what runs it."""
    names = (each.name for each in pkgutil.iter_modules(tests.benchmarks.__path__) if each.name != "__main__")
    modules = {name: importlib.import_module(f"tests.benchmarks.{name}") for name in names}
    return {name.replace("_", "-"): module.rows for name, module in modules.items() if hasattr(module, "rows")}


def main(names: list[str]) -> int:
    """Run them; 0 when every ratio is within its limit."""
    known = benchmarks()
    unknown = sorted(set(names) - set(known))
    if unknown:
        print(f"no benchmark is called {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    compileall.compile_dir(bundler.__path__[0], quiet=2)  # as an installation does; a checkout may never have been
    rows = [row for name in names or known for row in known[name]()]
    print(render(rows))
    return 0 if all(row.good for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
