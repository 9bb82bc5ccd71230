"""Charts that are kept are the ones that would be drawn."""

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from query_api.dashboard import charts
from query_api.dashboard.kept_charts import bars, kept, timeline
from tests.query_api.dashboard.signed_in import HOSTILE

NUMBERS = st.lists(st.none() | st.floats(0, 1e6), min_size=2, max_size=2)


@given(NUMBERS, NUMBERS)
def test_a_chart_is_drawn_once_for_the_same_numbers(first: list[float | None], second: list[float | None]) -> None:
    drawn: list[object] = []

    def draw(*told: object, **named: object) -> Markup:
        drawn.append((told, named))
        return Markup(len(drawn))

    again = kept(draw)
    labels = ("a", "b")
    shown = [again(labels, {"x": values}, wide=True) for values in (first, second, first, second)]
    assert shown[:2] == shown[2:]
    assert drawn[0] == ((["a", "b"], {"x": first}), {"wide": True})
    assert len(drawn) == (1 if first == second else 2)


def test_what_is_kept_is_what_would_be_drawn() -> None:
    told = ("Title", [HOSTILE, "b"], {HOSTILE: [1.5, None]}, "ms")
    assert bars(*told) == bars(*told) == charts.bars(*told)
    path = ([(0.0, 1.0), (2.5, 3.0)], {"pause": [(2.5, 3.0)]})
    assert timeline("Over time", *path) == charts.timeline("Over time", *path)
