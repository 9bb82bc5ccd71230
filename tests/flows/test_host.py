"""Flows of one process: what ends one, what starts it again, and that the others do not notice."""

import threading
from collections.abc import Callable, Mapping

import pytest

from flows.faults import FlowNotRunning
from flows.host import Flow, Host, Started
from schemas.shared.faults import Terminal, Transient


class Waits:
    """Waits of so many seconds, as many as were asked for."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.asked = 0

    def after(self, ran_seconds: float) -> float:
        self.asked += 1
        return self.seconds


class House:
    """A host of these flows; `told` is all it has told, `hears` is called with each."""

    def __init__(self, **flows: Flow) -> None:
        self.stopping = threading.Event()
        self.waits = Waits()
        self.told: list[Mapping[str, str]] = []
        self.hears: Callable[[Mapping[str, str]], None] = lambda _: None
        self.host = Host(flows, lambda: self.waits, self._told)
        self._flows = flows

    def run(self) -> None:
        self.host.run(self._flows, self.stopping)

    def _told(self, troubles: Mapping[str, str]) -> None:
        self.told.append(troubles)
        self.hears(troubles)


def failing(*errors: BaseException, then: Callable[[], object]) -> Flow:
    """Ends with each of the errors in turn, then runs to its end."""
    left = iter(errors)

    def flow(started: Started) -> None:
        for error in left:
            raise error
        started()
        then()

    return flow


def test_a_flow_that_cannot_go_on_is_named_and_the_others_go_on() -> None:
    ended = threading.Event()

    def good(started: Started) -> None:
        started()
        assert ended.wait(60)
        house.stopping.set()

    def bad(started: Started) -> None:
        started()
        raise Terminal("column celsius is text on disk")

    def hears(troubles: Mapping[str, str]) -> None:
        if "cannot go on" in troubles.get("bad", ""):
            ended.set()

    house = House(good=good, bad=bad)
    house.hears = hears
    house.run()
    assert house.told[-1].keys() == {"bad"}
    assert "column celsius is text on disk" in house.told[-1]["bad"]
    house.host.check("good")
    with pytest.raises(FlowNotRunning, match="cannot go on until this is mended"):
        house.host.check("bad")
    assert house.waits.asked == 0


class Panic(BaseException):
    """As polars raises them: no Exception."""


@pytest.mark.parametrize("error", [Transient("disk full"), RuntimeError("a bug"), Panic("in Rust")])
def test_after_any_other_failure_a_flow_starts_again(error: BaseException) -> None:
    house = House(media=failing(error, error, then=lambda: house.stopping.set()))
    house.run()
    assert house.waits.asked == 2
    assert ["media" in troubles for troubles in house.told] == [True, True, False]
    house.host.check("media")


def test_until_a_flow_reads_it_is_not_ready() -> None:
    house = House(media=failing(then=lambda: house.stopping.set()))
    with pytest.raises(FlowNotRunning, match="is starting"):
        house.host.check("media")
    house.run()
    house.host.check("media")


def test_when_none_can_go_on_the_last_end_comes_out() -> None:
    house = House(one=failing(Terminal("one"), then=int), two=failing(Terminal("two"), then=int))
    with pytest.raises(Terminal, match=r"one|two"):
        house.run()


def test_a_host_told_to_stop_while_a_flow_waits_ends_at_once() -> None:
    house = House(media=failing(Transient("away"), then=int))
    house.waits.seconds = 3600
    house.hears = lambda _: house.stopping.set()
    house.run()
