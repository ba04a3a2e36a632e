"""All readers of what strangers write, in one table."""

from __future__ import annotations

from tests.attack.file_parsers import FILES_READ
from tests.attack.page_parsers import PAGES
from tests.attack.rehearsal_parsers import RUN_HERE
from tests.attack.table_parsers import TABLES
from tests.attack.target_parsers import AT_THE_TARGET
from tests.attack.text_parsers import TEXTS
from tests.attack.wheel_parsers import WHEELS_INSTALLED

PARSERS = (*FILES_READ, *WHEELS_INSTALLED, *TEXTS, *PAGES, *RUN_HERE, *TABLES, *AT_THE_TARGET)
