"""Set up this checkout and run everything that must pass: lint, types, and all tests, end to end included.

python3 build/test.py              all of it
python3 build/test.py ARGUMENTS    pytest with these arguments only, such as: tests/unit -k recipe
"""

import sys
import time

from host import ROOT, needs_linux, ready, run, say


def main(arguments: list[str]) -> None:
    """Do what the module says."""
    if {"-h", "--help"} & set(arguments):
        print(__doc__)
        return
    needs_linux("the tests")
    python = ready(tests=True)
    if arguments:
        run(python, "-m", "pytest", *arguments, cwd=ROOT)
        return
    steps = {
        "lint": ("ruff", "check", "."),
        "format": ("ruff", "format", "--check", "."),
        "types": ("mypy",),
        # files of tests side by side: most of the time goes into Windows programs that wait for one another
        "tests": ("pytest", "--durations=15", "--numprocesses=auto", "--dist=loadfile"),
    }
    for name, command in steps.items():
        say(name)
        begun = time.monotonic()
        run(python, "-m", *command, cwd=ROOT)
        say(f"{name} passed in {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
