"""The charts of `charts`, drawn once for the same numbers: that takes tens of milliseconds, and most numbers stand."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec

import msgspec
from markupsafe import Markup

from query_api.dashboard import charts

MOST_CHARTS = 64
"""The ones drawn last; some tens of kilobytes each."""

P = ParamSpec("P")


def kept(draw: Callable[P, Markup]) -> Callable[P, Markup]:
    """The same function of what is told to it as JSON: texts, numbers, None, and lists and dicts of them."""

    @lru_cache(MOST_CHARTS)
    def again(told: bytes) -> Markup:
        positional, named = msgspec.json.decode(told)
        return draw(*positional, **named)

    @wraps(draw)
    def drawn(*positional: P.args, **named: P.kwargs) -> Markup:
        return again(msgspec.json.encode((positional, named)))

    return drawn


bars = kept(charts.bars)
lines = kept(charts.lines)
over_time = kept(charts.over_time)
timeline = kept(charts.timeline)
