"""``python -m tests.differential.pip_process MARKERS ARGUMENT…``: pip, made to see another machine's environment markers.

pip evaluates markers for the interpreter that runs it, whatever ``--platform`` and ``--python-version`` say. MARKERS is the
environment as JSON. What is overridden is no public interface of pip: good enough for a second opinion in tests, and for nothing else.
"""

from __future__ import annotations

import json
import sys
from typing import cast

from pip._internal.cli.main import main
from pip._vendor.packaging import markers

if __name__ == "__main__":
    environment = json.loads(sys.argv[1])

    def stated() -> markers.Environment:
        return cast("markers.Environment", dict(environment))

    markers.default_environment = stated
    sys.exit(main(sys.argv[2:]))
