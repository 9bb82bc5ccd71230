"""Log lines of processes that share one stderr."""

import json
import os
import subprocess
import sys
from pathlib import Path

WRITER = """
import structlog
from kinelake.logs import configure_logs

configure_logs("info", "json", "flows")
logger = structlog.get_logger()
for number in range(5_000):
    logger.info("said", number=number)
"""


def test_lines_of_two_processes_that_share_a_file_never_mix(tmp_path: Path) -> None:
    """Without a buffer too, as containers are often told to run Python: a line is one write."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with (tmp_path / "stderr").open("w") as shared:
        writers = [subprocess.Popen([sys.executable, "-c", WRITER], stderr=shared, env=environment) for _ in range(2)]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    lines = [json.loads(line) for line in (tmp_path / "stderr").read_text().splitlines()]
    assert sorted(line["number"] for line in lines) == [number for number in range(5_000) for _ in range(2)]
