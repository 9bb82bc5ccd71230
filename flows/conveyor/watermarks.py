"""Tells control how far the flows of this process are: one transaction for all of them.

At once after a commit, else once a second; while control is away the newest waits.
"""

import threading
from collections.abc import Mapping

import structlog

from control.faults import ControlUnavailable
from control.store import Control
from control.watermarks import Watermark

REPORT_SECONDS = 1.0
GATHER_SECONDS = 0.02
"""Flows that commit at about the same time share a transaction."""

_log = structlog.get_logger()


class WatermarkWriter:
    """Takes watermarks from the flows' threads, writes them in one of its own between `start` and `stop`."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._noted: dict[str, Mapping[int, Watermark]] = {}
        self._written: dict[str, Mapping[int, int]] = {}
        self._changing = threading.Lock()
        self._committed = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watermarks", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write what was noted last and end."""
        self._ended.set()
        self._committed.set()
        self._thread.join()

    def note(self, flow: str, marks: Mapping[int, Watermark], committed: bool) -> None:
        """The flow's watermarks by partition, and whether they tell of a new commit."""
        with self._changing:
            self._noted[flow] = marks
        if committed:
            self._committed.set()

    def _run(self) -> None:
        while not self._ended.is_set():
            self._committed.wait(REPORT_SECONDS)
            self._ended.wait(GATHER_SECONDS)
            self._committed.clear()
            self._write()
        self._write()

    def _write(self) -> None:
        with self._changing:
            noted, self._noted = self._noted, {}
        resting = {flow: marks for flow, marks in noted.items() if self._rests(flow, marks)}
        moving = {flow: marks for flow, marks in noted.items() if flow not in resting}
        try:
            if moving:
                self._control.watermarks.write_all(moving)
            if resting:
                self._control.watermarks.renew(resting)
        except ControlUnavailable as error:
            _log.warning("watermarks not written; the tables are ahead of them", flows=sorted(noted), reason=str(error))
            with self._changing:
                self._noted = {**noted, **self._noted}
        else:
            self._written.update({flow: _offsets(marks) for flow, marks in moving.items()})

    def _rests(self, flow: str, marks: Mapping[int, Watermark]) -> bool:
        """Whether only the time has moved since the flow's were last written."""
        return self._written.get(flow) == _offsets(marks)


def _offsets(marks: Mapping[int, Watermark]) -> dict[int, int]:
    return {partition: mark.next_offset for partition, mark in marks.items()}
