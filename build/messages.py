"""List every message of `bundle` and `bootstrap.bat`, to be read as a stranger would: file, line, what says it, the words.

python3 build/messages.py              all of them
python3 build/messages.py WORD...      those that hold one of these words
python3 build/messages.py --references the references of errors and warnings, with the places that raise them
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+|yanked|interrupted")
_HELP = frozenset({"command", "group"})
"""Decorators that make a function's docstring the help of a command."""
_QUOTED = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_SENTENCE = re.compile(r"[A-Za-z{}']+[,:;]? +[A-Za-z{}'(]+")
_PATTERN = re.compile(r"\(\?|\\[dswSWb]|\[\^|\]\*|\]\+|\.\*")


def sources(folder: Path = ROOT / "bundler") -> dict[Path, ast.Module]:
    """Every module below ``folder``, parsed."""
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.py"))}


def words_of(node: ast.expr) -> str:
    """A text as it is written, with {expressions} and %-places as they stand; empty: the expression is none."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(
            words_of(each) if isinstance(each, ast.Constant) else "{" + ast.unparse(each.value) + "}"
            for each in node.values
            if isinstance(each, (ast.Constant, ast.FormattedValue))
        )
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mod)):
        left, right = words_of(node.left), words_of(node.right)
        return left + (right or "{…}" * (isinstance(node.op, ast.Add) and bool(left)))
    return ""


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


class _Texts(ast.NodeVisitor):
    """Collects sentences, each with its line and what it is given to."""

    def __init__(self) -> None:
        self.found: list[tuple[int, str, str]] = []
        self._around = [""]

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.FunctionDef) and (text := ast.get_docstring(node)):
            makers = [each.func for each in node.decorator_list if isinstance(each, ast.Call)]
            if _HELP & set(map(_name, makers)):
                self.found.append((node.lineno, "help", " ".join(text.split())))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return  # a docstring
        if isinstance(node, (ast.Constant, ast.JoinedStr, ast.BinOp)) and (text := words_of(node)):
            if _SENTENCE.search(text) and not _PATTERN.search(text):
                self.found.append((node.lineno, self._around[-1], " ".join(text.split())))
            if isinstance(node, ast.Constant):
                return
            inner = [each for each in ast.walk(node) if isinstance(each, (ast.IfExp, ast.Call))]
            for each in inner:
                self.visit(each)
            return
        around = ""
        if isinstance(node, ast.Call):
            reference = words_of(node.args[0]) if node.args else ""
            around = _name(node.func) + (f" [{reference}]" if REFERENCE.fullmatch(reference) else "")
        elif isinstance(node, ast.keyword):
            around = f"{self._around[-1]} {node.arg}".strip()
        elif isinstance(node, ast.Assign):
            around = _name(node.targets[0])
        self._around.append(around or self._around[-1])
        self.generic_visit(node)
        self._around.pop()


def messages(tree: ast.Module) -> list[tuple[int, str, str]]:
    """The sentences of a module: line, what they are given to, words."""
    texts = _Texts()
    texts.visit(tree)
    return list(dict.fromkeys(texts.found))


def other_messages(folder: Path = ROOT / "bundler") -> Iterator[tuple[Path, int, str, str]]:
    """The sentences of batch files and of the launchers' C sources: file, line, kind, words."""
    for path in sorted((*folder.rglob("*.bat"), *folder.rglob("*.c"))):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            texts = re.findall(r"\becho\s+(.+)", line) if path.suffix == ".bat" else _QUOTED.findall(line)
            yield from ((path, number, path.suffix[1:], text) for text in texts if _SENTENCE.search(text))


def _taking_references(trees: dict[Path, ast.Module]) -> set[str]:
    """The names of functions whose first argument is a reference."""
    found = {"warn"}
    for node in (node for tree in trees.values() for node in ast.walk(tree)):
        if isinstance(node, ast.FunctionDef) and node.name != "__init__":
            arguments = [each.arg for each in node.args.args if each.arg not in ("self", "cls")]
            found |= {node.name} if arguments[:1] == ["reference"] else set()
    return found - _HELP  # that of `bundle explain` is called by nothing but click


def references() -> dict[str, dict[str, list[str]]]:
    """Reference -> ``error`` and ``warning`` -> the places (file:line) in the build side that raise it or warn of it."""
    trees = {path: tree for path, tree in sources().items() if "target" not in path.parts}
    takers = _taking_references(trees)
    found: dict[str, dict[str, list[str]]] = {}
    for path, tree in trees.items():
        for node in ast.walk(tree):
            kind = "warning" if isinstance(node, ast.Call) and _name(node.func) == "warn" else "error"
            for expression in _holding_references(node, takers):
                for each in ast.walk(expression):
                    if isinstance(each, ast.Constant) and REFERENCE.fullmatch(str(each.value)):
                        place = f"{path.relative_to(ROOT).as_posix()}:{each.lineno}"
                        found.setdefault(str(each.value), {}).setdefault(kind, []).append(place)
    return found


def _holding_references(node: ast.AST, takers: set[str]) -> Iterator[ast.expr]:
    """Expressions of a node that give a reference: to an error, a warning, or what is called one."""
    if isinstance(node, ast.Call) and node.args:
        name = _name(node.func)
        if name.endswith("Error") or name in takers:
            yield node.args[0]
    elif isinstance(node, ast.Assign) and "reference" in map(_name, node.targets):
        yield node.value
    elif isinstance(node, ast.Compare) and _name(node.left) == "reference":
        yield from node.comparators


def main(arguments: list[str]) -> None:
    """Do what the module says."""
    if {"-h", "--help"} & set(arguments):
        print(__doc__)
        return
    if arguments == ["--references"]:
        for reference, kinds in sorted(references().items()):
            print(reference, *(f"  {kind}: {', '.join(places)}" for kind, places in sorted(kinds.items())), sep="\n")
        return
    listed = [(path, *each) for path, tree in sources().items() for each in messages(tree)]
    for path, line, around, text in (*listed, *other_messages()):
        if not arguments or any(word in text for word in arguments):
            print(f"{path.relative_to(ROOT).as_posix()}:{line}: {around}: {text}")


if __name__ == "__main__":
    main(sys.argv[1:])
