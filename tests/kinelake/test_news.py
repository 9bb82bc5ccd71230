"""What `kinelake up` says while it runs."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from kinelake import news
from kinelake.applications import token_kind
from kinelake.installation import Installation
from kinelake.news import News

LOOKS: list[Mapping[str, int]] = [
    {"media_events": 0, "media_sessions": 0},
    {"media_events": 10_204, "media_session_states": 300, "media_sessions": 0, "dead_letters": 4},
    {"media_events": 10_204, "media_session_states": 300, "media_sessions": 0, "dead_letters": 4},
    {"media_events": 10_716, "media_session_states": 86, "media_sessions": 214, "dead_letters": 3},
]

WEB: Mapping[str, Any] = {"url": "http://127.0.0.1:1", "further": [], "taken": []}


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mapping[str, int]]:
    """What the tables hold each time they are looked at."""
    found = iter(LOOKS)
    monkeypatch.setattr(news, "_is_ready", lambda _: True)
    monkeypatch.setattr(news, "table_rows", lambda _: next(found))
    return found


@pytest.fixture
def said(installation: Installation, looks: Iterator[Mapping[str, int]]) -> tuple[News, list[str]]:
    clock, lines = iter(range(0, 10_000, 100)), list[str]()
    told = News(installation, lines.append, lambda: float(next(clock)))
    told.tick({"web": WEB})
    lines.clear()
    return told, lines


def test_the_first_words_name_the_dashboard_what_signs_in_there_and_one_event(
    installation: Installation, looks: object
) -> None:
    lines = list[str]()
    News(installation, lines.append).tick({"web": WEB})
    (words,) = lines
    assert "http://127.0.0.1:1/dashboard\n" in words
    assert "kinelake token --sub you --org example-clinic --role admin" in words
    assert "kinelake status --data" in words
    assert words.count("\ncurl ") == 4
    assert "/mobility-assessment/sessions/demo/?demo=true' -H 'Authorization: API-KEY kl_mot_" in words
    assert "notebooks/media.ipynb" in words


def test_the_key_that_is_shown_opens_the_door_and_is_made_again_once_it_is_revoked(
    installation: Installation, looks: object
) -> None:
    keys = installation.control.api_keys

    def shown() -> str:
        lines = list[str]()
        News(installation, lines.append).tick({"web": WEB})
        (key,) = re.findall(r"-H 'X-API-Key: (kl_cap_\S+)'", lines[0])
        return str(key)

    first = shown()
    assert shown() == first
    (key,) = [each for each in keys.list() if each.family == "capture"]
    keys.revoke(key.id)
    assert shown() != first
    assert [each.revoked_at is None for each in keys.list() if each.family == "capture"] == [False, True]


@pytest.mark.parametrize("with_example", [True, False])
def test_with_the_example_the_published_application_is_there_before_anything_is_said(
    installation: Installation, looks: object, with_example: bool
) -> None:
    there = list[str]()

    def say(_: str) -> None:
        there.extend(each.id for each in installation.control.applications.list())

    News(installation, say, with_example=with_example).tick({"web": WEB})
    assert there == [token_kind().example.id] * with_example


def test_further_ports_are_named_and_those_that_are_taken(installation: Installation, looks: object) -> None:
    lines = list[str]()
    web = {**WEB, "further": ["http://127.0.0.1:8081"], "taken": [4000]}
    News(installation, lines.append).tick({"web": web})
    assert "\nAlso at http://127.0.0.1:8081.\nTaken by something else: port 4000.\n" in lines[0]


def test_changes_have_their_sign_and_fewer_open_sessions_a_reason(said: tuple[News, list[str]]) -> None:
    told, lines = said
    for _ in LOOKS:
        told.tick(None)
    first = "in the tables: media_events 10,204 (+10,204), media_session_states 300 (+300), dead_letters 4 (+4)"
    assert lines[0] == first
    assert lines[1:] == [
        "in the tables: media_events 10,716 (+512), media_session_states 86 (−214: settled into media_sessions), "
        "media_sessions 214 (+214), dead_letters 3 (−1)"
    ]


def test_what_was_there_before_the_start_has_not_just_landed(
    said: tuple[News, list[str]], looks: Iterator[Mapping[str, int]]
) -> None:
    next(looks)
    told, lines = said
    told.tick(None)
    assert lines == ["in the tables: media_events 10,204, media_session_states 300, dead_letters 4"]
