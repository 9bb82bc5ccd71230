"""Messages divided into heads and items: the same lines as a split at every line end, and none is copied before."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from event_log import Fetched
from flows.conveyor.items import Items, items_of
from flows.conveyor.text import Text

LINES = st.text("ab{\n", max_size=8).map(str.encode)


def divided(values: list[bytes]) -> Items:
    nothing = np.zeros(len(values), np.int32)
    return items_of(Fetched(nothing, nothing.astype(np.int64), [b""] * len(values), values, [b""] * len(values)))


@given(st.lists(LINES, max_size=8))
def test_every_message_has_its_head_and_its_items_and_at_least_one(values: list[bytes]) -> None:
    items = divided(values)
    split = [value.split(b"\n") for value in values]
    assert list(items.heads) == [head for head, *_ in split]
    assert list(items.lines) == [line for _, *lines in split for line in lines or [b""]]
    assert items.of.tolist() == [n for n, (_, *lines) in enumerate(split) for _ in lines or [b""]]
    assert items.places.tolist() == [place for _, *lines in split for place in range(len(lines) or 1)]


@given(LINES, st.data())
def test_some_lines_stand_end_to_end_as_often_as_they_are_asked_for(block: bytes, data: st.DataObject) -> None:
    every = block.split(b"\n")
    chosen = data.draw(st.lists(st.integers(0, len(every) - 1), max_size=6))
    text = Text.of(block + b"\n").taken(np.array(chosen, np.int64))
    assert list(text) == [every[index] for index in chosen]
    assert text.joined() == b"".join(every[index] + b"\n" for index in chosen)
