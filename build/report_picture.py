"""The picture at the end of the tutorial: a rehearsal's report in a browser without a window.

python build/report_picture.py REPORT.html        writes docs/tutorial/rehearsal.png

REPORT.html is what `bundle rehearse … --html REPORT.html` wrote for the tutorial's bundle. Needs Chromium on this machine; with Pillow
the file is small.
"""

import contextlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "tutorial" / "rehearsal.png"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTH, HEIGHT = 860, 1540
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
    _with_few_colours()
    print(f"-- wrote {PICTURE}, {PICTURE.stat().st_size} bytes", file=sys.stderr)
    return 0


def _with_few_colours() -> None:
    """A third of the size, if Pillow is installed."""
    with contextlib.suppress(ImportError):
        from PIL import Image

        with Image.open(PICTURE) as picture:
            few = picture.convert("RGB").quantize(32, dither=Image.Dither.NONE)
        few.save(PICTURE, optimize=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
