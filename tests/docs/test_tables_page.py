from kinelake.table_view import dictionary
from tests.kit.pages import ROOT


def test_the_data_dictionary_is_generated() -> None:
    assert (ROOT / "docs/tables.md").read_text() == dictionary()
