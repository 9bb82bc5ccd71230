"""What benchmarks.flow found, beside its bars."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.report import RESULTS, Figure

LEAST_EVENTS, LEAST_IN_BATCHES, LEAST_RATIO, LEAST_GAIN = 130_000, 160_000, 0.6, 0.9
MOST_CPU_RATIO, MOST_MIB = 1.1, 1_024

Run = Mapping[str, Any]


def flow_figures() -> list[Figure]:
    """From the last results; none where there are none. Of several runs on one core the one in the middle counts."""
    return [*_figures("flow.json", LEAST_EVENTS, ""), *_figures("flow_of_20.json", LEAST_IN_BATCHES, "batches of 20: ")]


def _figures(name: str, least: int, prefix: str) -> list[Figure]:
    path = RESULTS / name
    if not path.exists():
        return []
    found = json.loads(path.read_text())
    floor, flow = (_middle(found, f"{kind}_one_core") for kind in ("floor", "flow"))
    figures = list(_one_core(floor, flow, least, prefix, found.get("load_average", 0.0)))
    if "flow_two_splits" in found:
        figures += _two_splits(floor, flow, found["floor_two_splits"], found["flow_two_splits"])
    return figures


def _middle(found: Mapping[str, Any], prefix: str) -> Run:
    runs: Sequence[Run] = sorted(
        (run for name, run in found.items() if name.startswith(prefix)), key=lambda run: run["events_per_second"]
    )
    return runs[len(runs) // 2]


def _one_core(floor: Run, flow: Run, least: int, prefix: str, load: float) -> Iterator[Figure]:
    speed, most = flow["events_per_second"], floor["events_per_second"]
    yield Figure(f"{prefix}floor, one core", most, "events/s", load=load)
    yield Figure(f"{prefix}flow, one core", speed, "events/s", least, load=load)
    yield Figure(f"{prefix}flow over floor", round(speed / most, 2), "", LEAST_RATIO, load=load)
    yield Figure(f"{prefix}flow, events per core-second", flow["events_per_core_second"], "", load=load)
    yield Figure(f"{prefix}flow, anonymous memory", flow["anonymous_mib"], "MiB", MOST_MIB, at_most=True, load=load)
    yield Figure(f"{prefix}flow, mapped files", flow["mapped_mib"], "MiB", load=load)


def _two_splits(floor: Run, flow: Run, floor_two: Run, flow_two: Run) -> Iterator[Figure]:
    gain = (flow_two["events_per_second"] / flow["events_per_second"]) / (
        floor_two["events_per_second"] / floor["events_per_second"]
    )
    cpu = flow_two["cpu_seconds_per_million"] / flow["cpu_seconds_per_million"]
    yield Figure("flow, two splits", flow_two["events_per_second"], "events/s", load=0.0)
    yield Figure("two splits: gain over the floor's gain", round(gain, 2), "", LEAST_GAIN, load=0.0)
    yield Figure(
        "two splits: CPU per event over one split's", round(cpu, 2), "", MOST_CPU_RATIO, at_most=True, load=0.0
    )
