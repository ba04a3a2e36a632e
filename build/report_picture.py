"""The picture at the end of the tutorial: a rehearsal's report in a browser without a window.

python build/report_picture.py REPORT.html        writes docs/tutorial/rehearsal.png

REPORT.html is what `bundle rehearse … --html REPORT.html` wrote for the tutorial's bundle. Needs Chromium on this machine.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "tutorial" / "rehearsal.png"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTH, HEIGHT = 900, 1150
SECONDS = 120


def main(arguments: list[str]) -> int:
    """Do what the module says; the exit code."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if len(arguments) != 1 or not Path(arguments[0]).is_file():
        print(__doc__, file=sys.stderr)
        return 2
    if browser is None:
        print(f"error: there is none of {', '.join(BROWSERS)} on this machine", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as profile:
        options = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={profile}")
        size = f"--window-size={WIDTH},{HEIGHT}"
        page = Path(arguments[0]).resolve().as_uri()
        subprocess.run(
            [browser, *options, size, f"--screenshot={PICTURE}", page], check=True, timeout=SECONDS, capture_output=True
        )
    print(f"-- wrote {PICTURE}, {PICTURE.stat().st_size} bytes", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
