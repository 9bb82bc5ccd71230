"""What this version of the analysis finds in synthetic people, and says of them; `python -m tests.kit.motion.found`.

Run so, it writes down what is found now, as that of the version that is now.
"""

import json
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from jobs.motion.version import ANALYSIS_VERSION
from motion.analysis import Analysis
from motion.documents import all_threads
from tests.kit.motion.told import PEOPLE, person

FOLDER = Path(__file__).parents[2] / "jobs" / "motion" / "found"


def everything() -> dict[str, Any]:
    """By person; and the model that finds people in films."""
    return {"mediapipe": version("mediapipe"), **{name: found(person(name)) for name in PEOPLE}}


def found(analysis: Analysis) -> dict[str, Any]:
    """The session's numbers, the middle of every angle, the phases, and a digest of all texts."""
    metrics = {one.name: one.value for one in analysis.findings.metrics if one.rep is None}
    phases = [value for one in analysis.findings.phases for value in (one.start, one.end)]
    return {"metrics": metrics, "angles": angles(analysis), "phases": phases, "texts": texts(analysis)}


def angles(analysis: Analysis) -> dict[str, float]:
    """Name → the mean of what is known of it."""
    known = {name: values[~np.isnan(values)] for name, values in analysis.body.angles.items()}
    return {name: float(values.mean()) for name, values in known.items() if values.size}


def texts(analysis: Analysis) -> str:
    """SHA-256 of every text in every language."""
    said = "\n".join(one.said.text for one in all_threads(analysis, "session"))
    return sha256(said.encode()).hexdigest()


def kept(of_version: str = ANALYSIS_VERSION) -> dict[str, Any]:
    """What that version found when it was new."""
    known: dict[str, Any] = json.loads((FOLDER / f"{of_version}.json").read_text())
    return known


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{ANALYSIS_VERSION}.json").write_text(json.dumps(everything(), indent=1) + "\n")
