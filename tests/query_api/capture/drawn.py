"""Projects' sessions as hypothesis draws them, and the ways in which they reach the tables."""

from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import strategies as st

from tests.kit.media_sessions import NOON
from tests.reference.capture.session import Event, Session

TARGETS = (None, "a", "button#submit")
KINDS = ("click", "click", "click", "input", "scroll")
PLACES = st.sampled_from((None, -1_000_000, -7, -1, 0, 3, 450, 451, 1_000_000))
PAYLOADS = st.sampled_from((None, {"plan": 1}, {"plan": True, "n": None}, {"plan": "1", "n": 2.5}, {"plan": 1.0}))


class Commit(NamedTuple):
    """Some events of a session, by their places, that come in so many days after it began."""

    session: int
    events: tuple[int, ...]
    days: int


def session_id(number: int) -> str:
    """Ids that sort by their number."""
    return str(UUID(int=(7 << 76) + number))


events = st.builds(
    Event,
    st.sampled_from(KINDS),
    st.sampled_from((0, 1, 500, 500, 3_599_999, 3_600_000, 90_000_000)),
    PLACES,
    PLACES,
    st.sampled_from(TARGETS),
    PAYLOADS,
)


@st.composite
def projects(draw: st.DrawFn) -> list[Session]:
    """Up to four sessions of a few users, begun around some hours, with and without events, chunks and an end."""
    found = []
    for number in range(draw(st.integers(0, 4))):
        began = NOON + timedelta(minutes=draw(st.sampled_from((0, 0, 59, 60, 1439))), microseconds=number)
        lasted = draw(st.sampled_from((None, None, 0, 1234, 3_600_000)))
        completed = None if lasted is None else began + timedelta(milliseconds=lasted)
        drawn = draw(st.lists(events, max_size=4))
        user = draw(st.sampled_from(("ann", "bob")))
        found.append(Session(session_id(number), user, began, completed, drawn, draw(st.integers(0, 2))))
    return found


@st.composite
def commits(draw: st.DrawFn, sessions: list[Session]) -> list[Commit]:
    """All their events, each once, in some order and over some commits, of which some come days late."""
    every = [(number, place) for number, session in enumerate(sessions) for place in range(len(session.events))]
    shuffled = draw(st.permutations(every))
    found: list[Commit] = []
    for number, place in shuffled:
        if found and found[-1].session == number and draw(st.booleans()):
            found[-1] = found[-1]._replace(events=(*found[-1].events, place))
        else:
            found.append(Commit(number, (place,), draw(st.sampled_from((0, 0, 1, 3)))))
    return found


steps = st.lists(
    st.fixed_dictionaries(
        {"event_type": st.sampled_from(("click", "input", "scroll"))},
        optional={
            "target": st.sampled_from(("a", "button#submit")),
            "payload": st.sampled_from(({}, {"plan": 1}, {"plan": True}, {"plan": "1", "n": 2.5}, {"n": None})),
        },
    ),
    min_size=2,
    max_size=4,
)

TIMES = (None, *(NOON + timedelta(minutes=minutes) for minutes in (0, 1, 59, 60, 120, 1439, 1500, 3000)))


@st.composite
def periods(draw: st.DrawFn) -> dict[str, Any]:
    """`since` and `until`, in their order."""
    since, until = draw(st.sampled_from(TIMES)), draw(st.sampled_from(TIMES))
    if since is not None and until is not None and until < since:
        since, until = until, since
    return {"since": since, "until": until}
