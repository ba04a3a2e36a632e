# coding: ascii
"""A script, run by the target's own Python where that is too old for others: calls one hook of a build backend (PEP 517).

    python -s -S old_hooks.py REQUEST.json

in the source tree as its working directory. The request has ``backend``, ``backend_path``, ``hook``, ``arguments``,
``settings`` and ``answer``, the file for the hook's answer. Runs on 2.7 and on every 3.x; imports nothing of ours: it runs where we aren't
installed.
"""

from __future__ import absolute_import, unicode_literals

import sys

del sys.path[0]  # the folder of this script: its neighbours have names that others import by

import importlib
import io
import json
import os
import traceback

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Union


def native(text):
    # type: (Any) -> Any
    """Texts as the backend expects its arguments: what ``str`` is."""
    if isinstance(text, list):
        return [native(each) for each in text]
    if isinstance(text, dict):
        return {native(key): native(value) for key, value in text.items()}
    if sys.version_info[0] == 2 and not isinstance(text, str):
        return text.encode(sys.getfilesystemencoding() or "ascii")
    return text


def call(request):
    # type: (Dict[str, Any]) -> Dict[str, Any]
    sys.path[:0] = [os.path.abspath(native(each)) for each in request["backend_path"]]
    module, _, names = native(request["backend"]).partition(native(":"))
    try:
        backend = importlib.import_module(module)  # type: Any
    except ImportError:
        return {"missing": traceback.format_exc()}
    for name in filter(None, names.split(native("."))):
        backend = getattr(backend, name)
    hook = getattr(backend, request["hook"], None)  # type: Any
    if hook is None and request["hook"] == "get_requires_for_build_wheel":
        return {"answer": []}  # an optional one, and this is what leaving it out means
    given = request["arguments"] + ([request["settings"]] if request["settings"] else [])
    return {"answer": hook(*[native(each) for each in given])}


def main():
    # type: () -> None
    with io.open(sys.argv[1], encoding="utf-8") as stream:
        request = json.load(stream)
    text = json.dumps(call(request))  # type: Union[str, bytes]
    if isinstance(text, bytes):
        text = text.decode("ascii")
    with io.open(request["answer"], "w", encoding="utf-8") as output:
        output.write(text)


if __name__ == "__main__":
    main()
