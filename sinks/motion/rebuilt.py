"""An analysis as it was, from rows of the motion tables: what documents and reports are made of.

Documents of the rebuilt analysis are those of the original. Its filtered points, which only drawing on the film needs,
are computed again of the raw ones.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
import polars as pl

from motion.analysis import Analysis
from motion.body.body import Body
from motion.body.body_of import CUT_OFF
from motion.body.landmarks import POINTS, Floats, Landmarks
from motion.body.segment import Facing, Segment, View
from motion.body.series import NAMES
from motion.body.sides import flipped
from motion.body.signal import filtered, visible
from motion.findings import Findings, Phase
from motion.metric import Metric, Reason
from motion.request import Request
from schemas.motion.findings import Part, QualitySaid
from schemas.motion.landmarks import PIXELS, WORLD
from schemas.motion.sessions import ANALYSED, UPLOADED

PLACE: Final = ("log_partition", "log_offset", "log_item")
"""By which rows know the one that they were made of, and which of two was published last: a session is one partition.
"""
_MILLISECONDS: Final = 1000.0


class Rows(NamedTuple):
    """Rows of one session, of whatever versions and in any order, as each table has them."""

    sessions: pl.DataFrame
    landmarks: pl.DataFrame
    angles: pl.DataFrame
    metrics: pl.DataFrame
    phases: pl.DataFrame


def rebuilt(rows: Rows) -> Analysis | None:
    """The newest analysis; None where there is none, or not all of its frames are there."""
    uploaded, analysed = newest(rows.sessions, UPLOADED), newest(rows.sessions, ANALYSED)
    if uploaded is None or analysed is None:
        return None
    frames = _frames(rows.landmarks, analysed)
    if frames.height != analysed["frames"]:
        return None
    request = Request.model_validate_json(uploaded["request"])
    quality = msgspec.json.decode(analysed["quality"], type=QualitySaid)
    body = _body(request, analysed, quality, frames, rows.angles)
    return Analysis(request, body, _findings(rows, analysed, quality))


def newest(sessions: pl.DataFrame, kind: str) -> dict[str, Any] | None:
    """Of rows of motion_sessions the one of that kind that was published last."""
    return next(sessions.filter(pl.col("event_type") == kind).sort(PLACE, descending=True).iter_rows(named=True), None)


def _frames(landmarks: pl.DataFrame, analysed: dict[str, Any]) -> pl.DataFrame:
    """The analysis' frames in their order; one that was published again days later counts once."""
    theirs = landmarks.filter(pl.col("analysis_version") == analysed["analysis_version"])
    inside = theirs.filter(pl.col("frame_number") < analysed["frames"]).sort("frame_number", *PLACE)
    return inside.unique("frame_number", keep="last", maintain_order=True)


def _body(
    request: Request, analysed: dict[str, Any], quality: QualitySaid, frames: pl.DataFrame, angles: pl.DataFrame
) -> Body:
    raw = _landmarks(frames, analysed, mirrored=request.mirrored)
    return Body(
        raw=raw,
        filtered=filtered(raw, CUT_OFF[request.activity]),
        reliable=visible(raw),
        segments=tuple(Segment(one.first, one.last, View(one.view), Facing(one.facing)) for one in quality.segments),
        angles=_angles(angles.join(frames, on=PLACE, how="semi"), frames.height),
        camera_moved=analysed["camera_moved"],
        others=frames["another_person"].to_numpy(),
    )


def _landmarks(frames: pl.DataFrame, analysed: dict[str, Any], *, mirrored: bool) -> Landmarks:
    """The raw points; rows have them where they lie in the film, a body as if it had not been mirrored."""
    world = np.stack([_points(frames[name]) for name in WORLD], axis=-1)
    film = Landmarks(
        times=frames["elapsed_ms"].to_numpy() / _MILLISECONDS,
        points=np.stack([_points(frames[name]) for name in PIXELS], axis=-1),
        visibility=np.nan_to_num(_points(frames["visibility"])),
        width=analysed["width"],
        height=analysed["height"],
        world=None if np.isnan(world).all() else world,
    )
    return flipped(film) if mirrored else film


def _points(lists: pl.Series) -> Floats:
    """(n, 33): NaN where there is no list of so many."""
    whole = (lists.list.len() == POINTS).fill_null(value=False)
    points = np.full((len(lists), POINTS), np.nan)
    points[whole.to_numpy()] = lists.filter(whole).explode().cast(pl.Float64).to_numpy().reshape(-1, POINTS)
    return points


def _angles(rows: pl.DataFrame, count: int) -> dict[str, Floats]:
    """Every series there is (n), NaN where it is not known."""
    series = {name: np.full(count, np.nan) for name in NAMES}
    for (name,), of in rows.group_by("name"):
        known = series.setdefault(str(name), np.full(count, np.nan))
        known[of["frame_number"].to_numpy()] = of["value"].to_numpy()
    return series


def _findings(rows: Rows, analysed: dict[str, Any], quality: QualitySaid) -> Findings:
    metrics = made_of(rows.metrics, analysed)
    return Findings(
        metrics=tuple(map(_metric, metrics.filter(pl.col("phase_number").is_null()).iter_rows(named=True))),
        phases=tuple(_phases(made_of(rows.phases, analysed), metrics)),
        repetitions=analysed["repetitions"],
        parts=_parts(quality.parts),
        notes=tuple(analysed["notes"] or ()),
    )


def made_of(rows: pl.DataFrame, analysed: Mapping[str, Any]) -> pl.DataFrame:
    """Rows that were made of that one, in their order."""
    return rows.filter(*(pl.col(name) == analysed[name] for name in PLACE)).sort("number")


def _phases(phases: pl.DataFrame, metrics: pl.DataFrame) -> Iterator[Phase]:
    of_phase = {key: of for (key,), of in metrics.group_by("phase_number", maintain_order=True)}
    for row in phases.iter_rows(named=True):
        start, end, picture = (row[name] / _MILLISECONDS for name in ("start_ms", "end_ms", "picture_ms"))
        theirs = of_phase.get(row["number"])
        own = () if theirs is None else tuple(map(_metric, theirs.iter_rows(named=True)))
        yield Phase(row["name"], row["rep"], start, end, picture, own)


def _metric(row: dict[str, Any]) -> Metric:
    return Metric(
        name=row["name"],
        value=row["value"],
        unit=row["unit"],
        confidence=row["confidence"],
        uncertainty=row["uncertainty"],
        reason=None if row["reason"] is None else Reason(row["reason"]),
        side=row["side"],
        rep=row["rep"],
    )


def _parts(said: list[Part]) -> dict[str, dict[str, float | None]]:
    parts: dict[str, dict[str, float | None]] = {}
    for part in said:
        parts.setdefault(part.index, {})[part.name] = part.value
    return parts
