"""The page says which types and names a field may have: those that declarations are checked by."""

import re

from schemas.shared.declaration import RESERVED
from schemas.shared.fields import TYPES
from tests.kit.pages import ROOT

FIELDS = (ROOT / "docs/adding-a-flow.md").read_text().partition("### Fields")[2].partition("### ")[0]


def test_the_types_are_those_that_have_a_column() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", FIELDS, re.MULTILINE)
    assert rows == [(kind.written, str(kind.dtype)) for kind in TYPES]


def test_the_reserved_names_are_all_there() -> None:
    names = FIELDS.partition("lower case:")[2].partition(".\n")[0]
    assert set(re.findall(r"`([^`]+)`", names)) == RESERVED
