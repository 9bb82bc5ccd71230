import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from kinelake.faults import BadSettings
from kinelake.settings import ROOMS, Settings, load
from tests.kit.running import ROOT
from web.options import WebOptions


def test_the_command_line_wins_over_the_environment_over_the_file_over_the_default() -> None:
    Path("kinelake.toml").write_text("port = 1\nhost = '127.0.0.2'\npublish_linger_ms = 9\n")
    effective = load({"port": 3}, {"KINELAKE_PORT": "2", "KINELAKE_HOST": "127.0.0.3"})
    settings, origins = effective.settings, effective.origins
    assert (settings.port, settings.host, settings.publish_linger_ms) == (3, "127.0.0.3", 9)
    names = ("port", "host", "publish_linger_ms", "partitions")
    assert [origins[name] for name in names] == ["command line", "environment", "kinelake.toml", "default"]


def test_the_data_folder_says_where_everything_is_unless_a_url_does() -> None:
    settings = load({"data": "here"}, {"KINELAKE_TABLES_URL": "s3://lake/tables"}).settings
    folder = Path("here").absolute()
    assert settings.log_url == f"sqlite:///{folder}/log.db"
    assert settings.control_url == f"sqlite:///{folder}/control.db"
    assert settings.tables_url == "s3://lake/tables"
    assert settings.run_folder == folder / "run"


def test_options_of_none_on_the_command_line_were_not_given() -> None:
    assert load({"port": None}, {"KINELAKE_PORT": "99"}).settings.port == 99


def test_an_empty_variable_counts_as_not_set() -> None:
    assert load({}, {"KINELAKE_JWT_ISSUER": ""}).settings.jwt_issuer is None


def test_lists_are_comma_separated_in_the_environment() -> None:
    settings = load({}, {"KINELAKE_CORS_ORIGINS": "https://a.example, https://b.example"}).settings
    assert settings.cors_origins == ("https://a.example", "https://b.example")


def test_variables_that_steer_the_tests_are_no_settings() -> None:
    assert load({}, {"KINELAKE_TEST_REQUIRE": "kafka", "KINELAKE_CHAOS_ROUNDS": "3"}).settings.port == 8080


def test_the_rate_limit_goes_by_its_bare_names_too_and_by_ours_first() -> None:
    bare = {"RATE_LIMIT_REQUESTS": "7", "RATE_LIMIT_INTERVAL": "1m"}
    found = load({}, {**bare, "KINELAKE_RATE_LIMIT_REQUESTS": "9"})
    assert (found.settings.rate_limit_requests, found.settings.rate_limit_interval) == (9, 60)
    assert found.origins["rate_limit_interval"] == "environment"


@pytest.mark.parametrize(("said", "seconds"), [("60", 60), ("60s", 60), ("1m", 60), ("2h", 7200), ("24h", 86400)])
def test_an_interval_is_written_in_seconds_or_with_a_unit(said: str, seconds: int) -> None:
    assert load({}, {"RATE_LIMIT_INTERVAL": said}).settings.rate_limit_interval == seconds


@pytest.mark.parametrize("said", ["0", "0s", "-1", "1.5", "m", "1 m", "1d", "ms1", "1ms", "25h", "１"])
def test_an_interval_that_is_none_is_refused_by_name(said: str) -> None:
    with pytest.raises(BadSettings, match="KINELAKE_RATE_LIMIT_INTERVAL"):
        load({}, {"RATE_LIMIT_INTERVAL": said})


def test_further_ports_are_numbers_or_none() -> None:
    assert load({}, {}).settings.further_ports is None
    assert load({}, {"KINELAKE_FURTHER_PORTS": "8081, 4000"}).settings.further_ports == (8081, 4000)
    assert load({}, {"KINELAKE_FURTHER_PORTS": "none"}).settings.further_ports == ()
    with pytest.raises(BadSettings, match="KINELAKE_FURTHER_PORTS"):
        load({}, {"KINELAKE_FURTHER_PORTS": "70000"})


@pytest.mark.parametrize(
    ("variables", "file", "says"),
    [
        ({"KINELAKE_PROT": "1"}, "", "KINELAKE_PROT, which is no setting; did you mean KINELAKE_PORT?"),
        ({"KINELAKE_QQQQ": "1"}, "", "config show"),
        ({"KINELAKE_PORT": "x"}, "", "KINELAKE_PORT (environment): Input should be a valid integer"),
        ({"KINELAKE_PORT": "70000"}, "", "less than or equal to 65535"),
        ({}, "prot = 1", "kinelake.toml has prot, which is no setting; did you mean port?"),
        ({}, "port = 'x'", "KINELAKE_PORT (kinelake.toml): Input should be a valid integer"),
        ({}, "port = ", "kinelake.toml is no TOML"),
        ({"KINELAKE_CONFIG": "gone.toml"}, "", "gone.toml, the settings file of KINELAKE_CONFIG, cannot be read"),
    ],
    ids=[
        "unknown",
        "unlike_any",
        "wrong_type",
        "out_of_range",
        "unknown_in_file",
        "wrong_in_file",
        "no_toml",
        "no_file",
    ],
)
def test_a_wrong_setting_is_refused_by_name(variables: dict[str, str], file: str, says: str) -> None:
    if file:
        Path("kinelake.toml").write_text(file)
    with pytest.raises(BadSettings) as refused:
        load({}, variables)
    assert says in str(refused.value)


def test_who_only_reads_may_let_unknown_names_pass() -> None:
    Path("kinelake.toml").write_text("prot = 1\nport = 5\n")
    heard: list[str] = []
    settings = load({}, {"KINELAKE_QQQQ": "1", "KINELAKE_HOST": "127.0.0.2"}, heard.append).settings
    assert (settings.port, settings.host) == (5, "127.0.0.2")
    assert ["KINELAKE_QQQQ" in heard[0], "kinelake.toml has prot" in heard[1], len(heard)] == [True, True, 2]
    with pytest.raises(BadSettings, match="KINELAKE_PORT"):
        load({}, {"KINELAKE_PORT": "x"}, heard.append)


def test_another_settings_file_can_be_named() -> None:
    Path("mine.toml").write_text("port = 5\n")
    effective = load({}, {"KINELAKE_CONFIG": "mine.toml"})
    assert (effective.settings.port, effective.origins["port"]) == (5, "mine.toml")


def test_settings_do_not_change() -> None:
    settings: Any = load({}, {}).settings
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1


def test_a_room_gets_its_own_options() -> None:
    assert load({"port": 7}, {}).settings.room(WebOptions) == WebOptions(port=7)


def test_no_two_rooms_share_a_name_and_every_room_is_in_the_reference() -> None:
    names = [name for options in ROOMS.values() for name in options.model_fields]
    assert sorted(names) == sorted(set(names)) == sorted(Settings.model_fields)


@pytest.mark.parametrize("options", ROOMS.values(), ids=ROOMS)
def test_every_setting_has_a_default_and_says_what_it_does(options: type[BaseModel]) -> None:
    assert all(not field.is_required() and field.description for field in options.model_fields.values())


def test_settings_bring_no_store_and_no_server() -> None:
    heavy = {"sqlalchemy", "deltalake", "pyarrow", "starlette", "cryptography", "httpx"}
    code = f"import sys, kinelake.settings; sys.exit(str(sys.modules.keys() & {heavy}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr.strip() == "set()"


def test_a_streams_settings_are_in_the_reference_and_bring_none_of_its_machinery() -> None:
    chapters = {title for title in ROOMS if title.startswith("Media, ")}
    assert {"Media, flow", "Media, tables"} <= chapters
    heavy = {"bytewax", "numba", "device_detector", "scipy"}
    known = "import kinelake.settings; from kinelake.example.traffic import examples; examples()"
    code = f"import sys; {known}; sys.exit(str(sys.modules.keys() & {heavy}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr.strip() == "set()"
