"""The client's page: its example runs as it stands, over the package as it is built."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.clients.served import Served
from tests.kit.pages import blocks
from tests.kit.running import ROOT

PACKAGE = ROOT / "clients" / "python"


def test_the_example_runs_over_the_package_as_it_is_built(served: Served, tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path / "wheel")]
    subprocess.run(build, cwd=PACKAGE, check=True, capture_output=True)
    (wheel,) = (tmp_path / "wheel").glob("*.whl")
    (example,) = (block.code for block in blocks("clients/python/README.md") if block.language == "python")
    here = example.replace("http://localhost:4000", served.url).replace("YOUR_PUBLIC_TOKEN", served.token)
    environment = {name: value for name, value in os.environ.items() if not re.search("proxy", name, re.IGNORECASE)}
    done = subprocess.run(
        [sys.executable, "-c", here],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(wheel)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("True\n", 0), done.stderr
    assert [item["event_type"] for item in served.items] == ["player", "gameplay"]
