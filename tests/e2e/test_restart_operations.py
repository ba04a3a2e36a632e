"""What the next restart removes, under Windows Python 3 and 2.7: MoveFileEx writes it in pairs with empty texts between them, at which Pythons
before 3.8 end a list of the registry's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.target_scripts import what_it_saw

if TYPE_CHECKING:
    from tests.support.bed import Mirror, Session

pytestmark = pytest.mark.e2e

SCRIPT = r"""# -*- coding: utf-8 -*-
from __future__ import unicode_literals
import io, json, sys
sys.path.insert(0, "C:\\code")
from target.machine.windows import restart_operations
from target.machine.windows.host import windows_host

restart_operations._SOME = 2  # so that it must be asked a second time
files = windows_host().files
seen = {"before": files.removed_at_restart()}
for name in ("one", "two \u00e4", "three"):
    assert files.remove_at_restart("C:\\leaving\\" + name)
seen["after"] = files.removed_at_restart()
with io.open("C:\\seen.json", "wb") as stream:
    stream.write(json.dumps(seen).encode("ascii"))
"""


@pytest.mark.parametrize(("version", "arch"), [("3.11.7", "amd64"), ("2.7.18", "win32")])
def test_what_windows_was_asked_to_remove_is_told(windows: Session, mirror: Mirror, version: str, arch: str) -> None:
    seen = what_it_saw(windows, mirror, version, arch, SCRIPT)
    assert seen == {"before": [], "after": [f"C:\\leaving\\{name}" for name in ("one", "two \u00e4", "three")]}
