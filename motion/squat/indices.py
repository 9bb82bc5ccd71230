"""Two numbers of 0 to 100 that sum an overhead squat up, and the parts they are made of.

`mobility_index` says how far the joints go, `quality_index` how the movement is done. The limits are ours, but for the
targets (deep squat of the Functional Movement Screen, Cook, Burton & Hoogenboom 2006); neither is validated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import hypot
from typing import Any

import numpy as np

from motion.body.landmarks import Floats
from motion.metric import Metric, Reason, missing

TARGETS = {"hip_flexion": 120.0, "knee_flexion": 120.0, "ankle_flexion": 30.0, "shoulder_elevation": 165.0}
"""Degrees at which a joint's part is full."""
NEEDED = ("hip_flexion", "knee_flexion", "ankle_flexion")
QUALITY_PARTS_NEEDED = 2
REPEATED = 3
"""Repetitions from which on their spread is said."""

Parts = Mapping[str, float | None]


def mobility_parts(values: Parts) -> Parts:
    """min(1, max(0, v) / target) of each joint; `values`: degrees at the bottom by name, None where not measured."""
    return {name: _share(values.get(name), target) for name, target in TARGETS.items()}


def _share(value: float | None, target: float) -> float | None:
    return None if value is None else _clip(value / target)


def quality_parts(
    asymmetries: Sequence[float],
    knee_ratio: float | None,
    trunk_to_shank: float | None,
    knee_flexions: Sequence[Sequence[float]],
) -> Parts:
    """Parts from 0 to 1, None where not measured.

    `symmetry` of the mean asymmetry, `alignment`, `trunk`; repeatability: 1 − clip(SD of the knee flexion at the
    bottom/10°), the mean SD of the sides that have at least REPEATED repetitions.
    """
    spreads = [float(np.std(side, ddof=1)) for side in knee_flexions if len(side) >= REPEATED]
    return {
        "symmetry": float(symmetry(np.mean(asymmetries))) if asymmetries else None,
        "alignment": None if knee_ratio is None else float(alignment(knee_ratio)),
        "trunk": None if trunk_to_shank is None else float(trunk(trunk_to_shank)),
        "repeatability": 1 - _clip(float(np.mean(spreads)) / 10) if spreads else None,
    }


def symmetry(asymmetry: Floats | np.floating[Any] | float) -> Floats:
    """1 − clip((mean difference of the sides − 5°)/15°); NaN stays."""
    return np.asarray(1 - np.clip((asymmetry - 5) / 15, 0, 1))


def alignment(knee_ratio: Floats | float) -> Floats:
    """clip((smallest distance of the knees ÷ that of the ankles − 0.6)/0.3); NaN stays."""
    return np.asarray(np.clip((np.asarray(knee_ratio) - 0.6) / 0.3, 0, 1))


def trunk(trunk_to_shank: Floats | float) -> Floats:
    """1 − clip((|trunk lean − shank inclination| − 10°)/30°); NaN stays."""
    return np.asarray(1 - np.clip((np.abs(trunk_to_shank) - 10) / 30, 0, 1))


def _clip(value: float) -> float:
    return min(1.0, max(0.0, value))


def mobility_index(parts: Parts, uncertainties: Parts, confidence: float, reason: Reason) -> Metric:
    """100 · mean of the parts; null for `reason` without hip, knee and ankle.

    `uncertainties`: degrees, of each joint's value; those of the parts there are add in squares.
    """
    if any(parts[name] is None for name in NEEDED):
        return missing("mobility_index", "index", reason)
    shares = [(uncertainties[name] or 0.0) / TARGETS[name] for name, part in parts.items() if part is not None]
    return replace(_index("mobility_index", parts, confidence), uncertainty=100 * hypot(*shares) / len(shares))


def quality_index(parts: Parts, confidence: float, reason: Reason) -> Metric:
    """100 · mean of the parts; null for `reason` with fewer than QUALITY_PARTS_NEEDED of them."""
    enough = sum(part is not None for part in parts.values()) >= QUALITY_PARTS_NEEDED
    return _index("quality_index", parts, confidence) if enough else missing("quality_index", "index", reason)


def _index(name: str, parts: Parts, confidence: float) -> Metric:
    available = [part for part in parts.values() if part is not None]
    return Metric(name, 100 * float(np.mean(available)), "index", confidence)
