"""Permissions hold for a command run without privileges, whoever runs the tests."""

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path


def test_a_read_only_folder_cannot_be_written(
    tmp_path: Path, unprivileged: Callable[[Sequence[str]], list[str]]
) -> None:
    tmp_path.chmod(0o555)
    done = subprocess.run(unprivileged(["touch", str(tmp_path / "new")]), check=False, capture_output=True)
    assert done.returncode != 0
    assert not (tmp_path / "new").exists()
