"""Entered by bootstrap.bat as a script: an embeddable Python knows neither the script's folder nor PYTHONPATH.

On Windows a Python before 3.11 puts folders before its own library that the registry names (PythonCore, PythonPath), where others may be
allowed to write. So nothing is imported, not even __future__, before those are gone.
"""

import sys

if sys.platform == "win32":
    sys.path[:] = [each for each in sys.path if sys.prefix in each]

import importlib
import os


def main():
    # type: () -> int
    here = os.path.dirname(os.path.abspath(__file__))
    # the script's own folder must not stand before the standard library; the package is found one folder up
    sys.path[:] = [os.path.dirname(here)] + [each for each in sys.path if os.path.abspath(each) != here]
    sys.dont_write_bytecode = True  # a __pycache__ inside the bundle would be an extra file, and refused next time
    try:
        bootstrap = importlib.import_module(os.path.basename(here) + ".bootstrap")
    except Exception as error:  # nothing is verified yet: this is what a damaged file of ours looks like
        sys.stderr.write(
            "A file in the folder target is damaged or missing (%s: %s).\n" % (type(error).__name__, error)
        )
        sys.stderr.write("Nothing was changed. Copy the whole bundle again.\n")
        return 1603
    return int(bootstrap.main())


if __name__ == "__main__":
    sys.exit(main())
