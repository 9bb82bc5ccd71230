"""An analysis as plain values of the motion streams (`schemas.motion`); `sinks.motion.rebuilt` is the way back."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np

from motion.analysis import Analysis
from motion.body.landmarks import Floats, Landmarks
from motion.body.sides import flipped
from motion.documents.numbers import DECIMALS, milliseconds, timestamps
from motion.findings import Findings, Phase
from motion.metric import Metric
from schemas.motion.findings import FindingsSaid, MetricSaid, Part, PhaseSaid, QualitySaid, SegmentSaid, ThreadSaid
from schemas.motion.landmarks import SEEN, WORLD

NOBODY: Final[Mapping[str, Any]] = {}
TOGETHER: Final = 500
"""Frames that are made plain at once: as plain numbers they take ten times the memory."""


def frames_said(analysis: Analysis) -> Iterator[dict[str, Any]]:
    """Every frame, its points where they lie in the film, with the decimals that exports have.

    32 bits hold these decimals, so that whoever rounds what the table has finds the export's number again.
    """
    raw = analysis.body.raw
    film = flipped(raw) if analysis.request.mirrored else raw
    for first in range(0, film.times.size, TOGETHER):
        yield from _some_said(analysis, film, first, min(first + TOGETHER, film.times.size))


def _some_said(analysis: Analysis, film: Landmarks, first: int, end: int) -> Iterator[dict[str, Any]]:
    """The frames from `first` up to `end`."""
    others, these = analysis.body.others, slice(first, end)
    seen = _by_point(np.concatenate([film.points[these], film.visibility[these, :, None]], axis=2), SEEN)
    world = {} if film.world is None else _by_point(film.world[these], WORLD)
    for place, (elapsed, found) in enumerate(
        zip(timestamps(film.times[these]), film.found[these].tolist(), strict=True)
    ):
        number = first + place
        yield {
            "frame_number": number,
            "elapsed_ms": elapsed,
            **({"another_person": True} if others is not None and others[number] else {}),
            **({name: lists[place] for name, lists in {**seen, **world}.items()} if found else NOBODY),
            **_angles(analysis, number),
        }


def _by_point(values: Floats, names: Sequence[str]) -> dict[str, list[list[float]]]:
    """Name → (n, 33) plain numbers of values (n, 33, names)."""
    rounded = np.round(values, DECIMALS)
    return {name: rounded[..., axis].tolist() for axis, name in enumerate(names)}


def _angles(analysis: Analysis, number: int) -> dict[str, Any]:
    """Those that are known in a frame, unrounded."""
    known = {name: float(values[number]) for name, values in analysis.body.angles.items()}
    known = {name: value for name, value in known.items() if value == value}
    return {"angle_names": list(known), "angle_values": list(known.values())} if known else {}


def quality_said(analysis: Analysis) -> dict[str, Any]:
    """How the person was seen, and the parts of indices."""
    segments = [
        SegmentSaid(first=one.first, last=one.last, view=one.view.value, facing=one.facing.value)
        for one in analysis.body.segments
    ]
    parts = [
        Part(index=index, name=name, value=value)
        for index, of in analysis.findings.parts.items()
        for name, value in of.items()
    ]
    return _plain(QualitySaid(segments=segments, parts=parts))


def findings_said(
    findings: Findings, threads: Sequence[ThreadSaid], pictures: Mapping[tuple[int, str], str]
) -> dict[str, Any]:
    """Metrics, phases with their pictures by (repetition, name), texts."""
    return _plain(
        FindingsSaid(
            metrics=list(map(_metric, findings.metrics)),
            phases=[_phase(one, pictures.get((one.rep, one.name))) for one in findings.phases],
            threads=list(threads),
        )
    )


def _metric(one: Metric) -> MetricSaid:
    return MetricSaid(
        name=one.name,
        unit=one.unit,
        confidence=one.confidence,
        value=one.value,
        uncertainty=one.uncertainty,
        reason=None if one.reason is None else str(one.reason),
        side=one.side,
        rep=one.rep,
    )


def _phase(one: Phase, picture: str | None) -> PhaseSaid:
    return PhaseSaid(
        name=one.name,
        rep=one.rep,
        start_ms=milliseconds(one.start),
        end_ms=milliseconds(one.end),
        picture_ms=milliseconds(one.picture),
        picture=picture,
        metrics=list(map(_metric, one.metrics)),
    )


def _plain(said: msgspec.Struct) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(said)
    return plain
