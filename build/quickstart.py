"""Set up this checkout and run the main job once: recipes/quickstart.toml -> one archive for a machine with no network.

    python3 build/quickstart.py [--rehearse] [options of `bundle build`]

--rehearse also runs `bundle rehearse --quick` on the archive: it is installed and used in Wine, with no network. What that needs is
made first (Debian or Ubuntu, root or unprivileged user namespaces).
"""

import subprocess
import sys

from host import ROOT, needs_linux, ready, ready_to_rehearse, run

OUTPUT = ROOT / "build" / "out"


def main(arguments: list[str]) -> None:
    """Do what the module says."""
    if {"-h", "--help"} & set(arguments):
        print(__doc__)
        return
    rehearse = "--rehearse" in arguments
    if rehearse:
        needs_linux("--rehearse")
    python = ready(tests=False)
    if rehearse:
        ready_to_rehearse(python)
    options = [each for each in arguments if each != "--rehearse"]
    run(python, "-m", "bundler", "build", ROOT / "recipes" / "quickstart.toml", "--output", OUTPUT, *options, cwd=ROOT)
    archive = max(OUTPUT.glob("quickstart-*.zip"), key=lambda path: path.stat().st_mtime)
    if rehearse:
        command = [str(python), "-m", "bundler", "rehearse", "--quick", str(archive)]
        sys.exit(subprocess.run(command, cwd=ROOT, check=False).returncode)
    print(f"""
What to do with it: copy {archive.name} to a 64-bit Windows machine that has no network, unpack it
(all of it, to any folder) and run bootstrap.bat there. It needs no Python, no compiler and no admin rights beyond
those of the folders that the recipe names. To see that happen in Wine, on Linux:

    python3 build/quickstart.py --rehearse""")


if __name__ == "__main__":
    main(sys.argv[1:])
