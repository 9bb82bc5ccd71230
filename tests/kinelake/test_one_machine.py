"""What the roles of `kinelake up` are told of its settings."""

from typing import Any

import pytest

from kinelake.one_machine import child_environment
from kinelake.settings import load

NAME = "KINELAKE_FURTHER_PORTS"


@pytest.mark.parametrize(
    ("command_line", "variables", "told"),
    [
        ({}, {}, "8081,4000"),
        ({"port": 9000}, {}, "8081,4000"),
        ({"port": 8081}, {}, "4000"),
        ({"port": 0}, {}, None),
        ({}, {"KINELAKE_PORT": "0"}, None),
        ({}, {NAME: "none"}, None),
        ({}, {NAME: "9001"}, None),
    ],
)
def test_the_contracts_ports_are_theirs_unless_the_settings_say_otherwise(
    command_line: dict[str, Any], variables: dict[str, str], told: str | None
) -> None:
    assert child_environment(load(command_line, variables)).get(NAME) == told
