"""The metrics of all roles of `kinelake up`, in files that its web role reads: prometheus_client's multiprocess mode.

Each role writes files of its own name, not of its process: one that is started again counts on where the last one
stopped, and however often roles die there are as many files. What a dead role gauged goes with it.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Where prometheus_client looks for the folder, in the roles that share it."""


class MetricsFolder:
    """The folder, as the supervisor keeps it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def made_new(self) -> Mapping[str, str]:
        """An empty folder; the variables by which roles find it."""
        shutil.rmtree(self._path, ignore_errors=True)
        self._path.mkdir(parents=True)
        return {FOLDER_VARIABLE: str(self._path)}

    def forget(self, role: str) -> None:
        """The role's process is gone: what it said of the moment holds no longer; what it counted stays."""
        for file in self._path.glob(f"gauge_live*_{role}.db"):
            file.unlink(missing_ok=True)


def join_metrics(arguments: Sequence[str]) -> None:
    """Before any metric is made: have this process's go to the folder, if it was given one, under its role's name."""
    if FOLDER_VARIABLE in os.environ and arguments:
        from prometheus_client import values

        values.ValueClass = values.MultiProcessValue(lambda: arguments[0])  # type: ignore[no-untyped-call]
