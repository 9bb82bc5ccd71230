"""Example traffic is every stream's that declares some, found by the streams' names."""

from dataclasses import replace
from typing import Any

import pytest

from event_log.faults import UnknownTopic
from kinelake import playing
from kinelake.example.traffic import Example, Plan, examples
from kinelake.faults import NoExampleTraffic
from kinelake.installation import Installation
from kinelake.playing import Wanted, plan_of, play

STRAIGHT = Wanted(seed=1, seconds=600, straight=True)


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> dict[str, Example[Any]]:
    """A second stream that has traffic, and a third that has none for the log."""
    media = examples()["media"]
    lamps = replace(media, stream=replace(media.stream, name="lamps", path="/v1/lamps"))
    pumps = replace(media, stream=replace(media.stream, name="pumps", path="/v1/pumps"), messages=None)
    found = {"media": media, "lamps": lamps, "pumps": pumps}
    monkeypatch.setattr(playing, "examples", lambda: found)
    monkeypatch.setattr(playing, "EVENTS", 100)
    return found


def on_the_log(installation: Installation, name: str) -> int:
    return sum(installation.log.end_offsets(name).values())


def test_all_streams_are_played_and_what_became_of_them_is_added_up(found: object, installation: Installation) -> None:
    played = play(installation, STRAIGHT)
    lamps, media = on_the_log(installation, "lamps"), on_the_log(installation, "media")
    assert lamps == media > 0
    assert played.accepted == lamps + media


def test_only_what_is_named_is_played(found: object, installation: Installation) -> None:
    play(installation, replace(STRAIGHT, streams=("lamps",)))
    assert on_the_log(installation, "lamps") > 0
    with pytest.raises(UnknownTopic):
        on_the_log(installation, "media")


def test_a_family_stands_for_its_streams_and_one_without_traffic_is_refused(
    found: dict[str, Example[Any]], installation: Installation
) -> None:
    lamps = found["lamps"]
    found["lamps"] = replace(lamps, stream=replace(lamps.stream, family="house"))
    play(installation, replace(STRAIGHT, families=("house",)))
    assert on_the_log(installation, "lamps") > 0
    with pytest.raises(UnknownTopic):
        on_the_log(installation, "media")
    with pytest.raises(NoExampleTraffic, match="no example traffic for the family garden; there is some for"):
        play(installation, replace(STRAIGHT, families=("garden",)))


def test_a_stream_without_traffic_is_refused_with_those_that_have_some(
    found: object, installation: Installation
) -> None:
    with pytest.raises(NoExampleTraffic, match="no example traffic for doors; there is some for media, lamps"):
        play(installation, replace(STRAIGHT, streams=("doors", "lamps")))


def test_one_that_has_none_for_the_log_says_the_way_out(found: object, installation: Installation) -> None:
    with pytest.raises(NoExampleTraffic, match="no example traffic of pumps for the log; leave out --straight"):
        play(installation, replace(STRAIGHT, streams=("media", "pumps")))


def test_where_none_is_named_those_go_straight_to_the_log_that_can(
    found: dict[str, Example[Any]], installation: Installation
) -> None:
    play(installation, STRAIGHT)
    assert on_the_log(installation, "media") == on_the_log(installation, "lamps") > 0
    with pytest.raises(UnknownTopic):
        on_the_log(installation, "pumps")


def test_the_rate_is_that_of_all_together(
    found: object, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[float | None]()

    def noted(wanted: Wanted) -> Plan:
        asked.append(wanted.rate)
        return plan_of(wanted)

    monkeypatch.setattr(playing, "plan_of", noted)
    play(installation, Wanted(seed=1, streams=("media", "lamps"), rate=1000, seconds=0.01, straight=True))
    assert asked == [500]
