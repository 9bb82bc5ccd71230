from pathlib import Path

from pydantic import SecretStr

from kinelake.settings import Settings, load, variable
from kinelake.settings_page import MASK, listed, masked, reference

DOCS = Path(__file__).parents[2] / "docs"


def test_the_reference_page_is_generated() -> None:
    assert (DOCS / "settings.md").read_text() == reference()


def test_the_reference_names_every_setting_once() -> None:
    page = reference()
    assert all(page.count(f"`{variable(name)}`") == 1 for name in Settings.model_fields)


def test_secrets_are_masked_wherever_they_stand() -> None:
    assert masked(SecretStr("hidden")) == MASK
    assert masked("postgresql://kinelake:hidden@db/kinelake") == f"postgresql://kinelake:{MASK}@db/kinelake"
    assert masked("kafka://h:9092?sasl.password=hidden&a=b") == f"kafka://h:9092?sasl.password={MASK}&a=b"
    assert masked("sqlite:////data/log.db") == "sqlite:////data/log.db"


def test_what_is_in_force_is_listed_with_its_origin() -> None:
    rows = {row.name: row for row in listed(load({"port": 5}, {"KINELAKE_CONTROL_URL": "postgresql://u:p@h/d"}))}
    assert (rows["port"].variable, rows["port"].value, rows["port"].origin) == ("KINELAKE_PORT", "5", "command line")
    assert rows["control_url"].value == f"postgresql://u:{MASK}@h/d"
