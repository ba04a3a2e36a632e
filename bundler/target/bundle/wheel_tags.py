"""For which Pythons a wheel is, by the tags in its name."""

from __future__ import absolute_import, unicode_literals

import operator


def fits(file, tags):
    # type: (str, tuple[str, ...]) -> bool
    """Whether a wheel of that name is for one of the tags (PEP 425 and 427); each part of its own may stand for several."""
    stated = [each.split(".") for each in file.lower().rpartition(".")[0].split("-")[-3:]]
    accepted = [each.split("-") for each in tags]
    return any(all(map(operator.contains, stated, each)) for each in accepted if len(each) == len(stated))
