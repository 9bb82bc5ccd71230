"""What a measurement leaves behind: figures beside their bars, printed, kept as JSON, copied into the README."""

import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

FOLDER: Final = Path(__file__).parent
RESULTS: Final = FOLDER / "results"
README: Final = FOLDER / "README.md"
BEGIN: Final = "<!-- results: written by `python -m benchmarks` -->"
END: Final = "<!-- end of results -->"


@dataclass(frozen=True)
class Figure:
    """One figure; `bar` is what it must reach, or stay below where `at_most`.

    load: the machine's load average over the minute before; 0 where it was not noted.
    """

    name: str
    value: float
    unit: str
    bar: float | None = None
    at_most: bool = False
    load: float = field(default_factory=lambda: round(os.getloadavg()[0], 2))

    @property
    def verdict(self) -> str:
        """yes or no; empty where there is no bar."""
        if self.bar is None:
            return ""
        return "yes" if (self.value <= self.bar if self.at_most else self.value >= self.bar) else "no"


def percentile(values: Sequence[float], percent: float) -> float:
    """Of some seconds, in milliseconds."""
    return round(float(np.percentile(values, percent)) * 1000, 2)


def finish(name: str, figures: Sequence[Figure], details: Mapping[str, Any], quick: bool) -> None:
    """Prints the figures; a full run keeps them too, a quick one says nothing about speed."""
    print("\n".join(table(figures)), flush=True)
    if quick:
        return
    kept = {"at": time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime()), "cores": os.cpu_count()}
    found = {**kept, "figures": [asdict(figure) for figure in figures], "details": dict(details)}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(found, indent=2) + "\n")


def kept_figures(name: str) -> list[Figure]:
    """The figures of the last full run; none where there was none."""
    path = RESULTS / f"{name}.json"
    if not path.exists():
        return []
    return [Figure(**figure) for figure in json.loads(path.read_text())["figures"]]


def table(figures: Iterable[Figure]) -> Iterator[str]:
    """Lines of a Markdown table."""
    yield "| figure | measured | bar | reached | load average |"
    yield "|---|---:|---:|---|---:|"
    for figure in figures:
        bar = "" if figure.bar is None else f"{'≤' if figure.at_most else '≥'} {figure.bar:,g}"
        measured = f"{_written(figure.value)} {figure.unit}".strip()
        yield f"| {figure.name} | {measured} | {bar} | {figure.verdict} | {figure.load or '':} |"


def _written(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def write_readme(chapters: Mapping[str, Sequence[Figure]]) -> None:
    """Puts the last figures of every measurement into the README, between its two marks."""
    lines = [line for name, figures in chapters.items() if figures for line in (f"### {name}", "", *table(figures), "")]
    before, _, rest = README.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    README.write_text("\n".join([f"{before}{BEGIN}", "", *lines, f"{END}{after}"]))
