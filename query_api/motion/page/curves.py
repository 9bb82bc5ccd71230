"""The curves of a session as its page draws them: what belongs together in one chart, with words and exact values."""

from collections.abc import Iterator, Mapping
from typing import Any

from motion.analysis import Analysis
from motion.body.angles import SIDES
from motion.documents.angles import angles, series_unit
from motion.documents.numbers import Numbers, decimals, milliseconds, timestamps
from motion.findings import Phase
from motion.texts import label
from query_api.motion.page.words import words
from reports.labels import Labels

Document = dict[str, Any]
_JOINT_END = "_angle"


def curves(analysis: Analysis) -> Document:
    """`times` (n, ms), `charts` with their curves (n each, null where nothing is known), `phases` as bands."""
    said = words(analysis.request.language)
    known = angles(analysis)
    charts = [_chart(name, found, said) for name, found in _together(known).items()]
    seen = [chart for chart in charts if any(curve["values"] for curve in chart["curves"])]
    unseen = ", ".join(chart["title"] for chart in charts if chart not in seen)
    return {
        "status": "done",
        "times": timestamps(analysis.body.raw.times),
        "slow_motion": analysis.request.capture_fps is not None,
        "charts": seen,
        "unseen": said("player.unseen", names=unseen) if unseen else "",
        "phases": [_band(one, said) for one in in_order(analysis)],
    }


def in_order(analysis: Analysis) -> list[Phase]:
    """The phases by when they begin."""
    return sorted(analysis.findings.phases, key=lambda phase: (phase.start, phase.end))


def phase_label(name: str, said: Labels) -> str:
    """A phase as people call it."""
    return said(f"phase.{name}")


def _together(known: Mapping[str, Numbers]) -> dict[str, dict[str, Numbers]]:
    """Chart -> its curves by side, `both` for what belongs to no side."""
    charts: dict[str, dict[str, Numbers]] = {}
    for name, values in known.items():
        side, base = _side(name)
        charts.setdefault(base, {})[side] = values
    return charts


def _side(name: str) -> tuple[str, str]:
    """The side of a series, and its name without."""
    found = next((side for side in SIDES if name.startswith(f"{side}_")), None)
    return ("both", name) if found is None else (found, name.removeprefix(f"{found}_"))


def _chart(name: str, found: Mapping[str, Numbers], said: Labels) -> Document:
    unit = series_unit(name)
    return {
        "name": name,
        "title": label(name.removesuffix(_JOINT_END), said.language),
        "unit": "°" if unit == "degrees" else "",
        "decimals": 1 if unit == "degrees" else min(2, decimals(unit)),
        "curves": list(_curves(found, said)),
    }


def _curves(found: Mapping[str, Numbers], said: Labels) -> Iterator[Document]:
    """Left and right first; `values` are empty where the film never shows it."""
    alone = len(found) == 1
    for side in (*SIDES, "both"):
        if side in found:
            values = found[side] if any(value is not None for value in found[side]) else []
            yield {"side": side, "label": "" if alone else said(f"player.{side}"), "values": values}


def _band(phase: Phase, said: Labels) -> Document:
    return {
        "name": phase.name,
        "label": phase_label(phase.name, said),
        "rep": phase.rep,
        "start": milliseconds(phase.start),
        "end": milliseconds(phase.end),
    }
