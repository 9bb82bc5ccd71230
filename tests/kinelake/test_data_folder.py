import multiprocessing
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from subprocess import run
from sys import executable

import pytest

from kinelake.data_folder import DataFolder
from kinelake.faults import FolderInUse, FolderTooNew, FolderUnusable


def test_a_new_folder_gets_its_layout_and_private_secrets(data: Path) -> None:
    folder = DataFolder(data).prepare()
    assert {path.name for path in data.iterdir()} == {"tables", "blobs", "exports", "run", "secrets", "format"}
    assert stat.S_IMODE(folder.secrets.stat().st_mode) == 0o700
    DataFolder(data).prepare()


def test_secrets_that_others_can_enter_are_closed(data: Path) -> None:
    (data / "secrets").mkdir(parents=True, mode=0o755)
    folder = DataFolder(data).prepare()
    assert stat.S_IMODE(folder.secrets.stat().st_mode) == 0o700


def test_processes_may_prepare_it_at_once(data: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.map(_prepare, [data] * 8)
    assert (data / "format").read_text() == "1\n"


def _prepare(data: Path) -> None:
    DataFolder(data).prepare()


def test_a_folder_of_a_newer_kinelake_is_refused(data: Path) -> None:
    DataFolder(data).prepare()
    (data / "format").write_text("2\n")
    with pytest.raises(FolderTooNew, match="format 2, made by a newer Kinelake; this one knows 1"):
        DataFolder(data).prepare()


def test_a_folder_of_something_else_is_refused(data: Path) -> None:
    data.mkdir()
    (data / "format").write_text("letter\n")
    with pytest.raises(FolderUnusable, match="no data folder"):
        DataFolder(data).prepare()


def test_a_file_in_the_way_is_named(data: Path) -> None:
    data.write_text("")
    with pytest.raises(FolderUnusable, match="give --data a folder"):
        DataFolder(data).prepare()


def test_a_folder_that_cannot_be_written_is_refused(
    tmp_path: Path, unprivileged: Callable[[Sequence[str]], list[str]]
) -> None:
    code = f"import pathlib, kinelake.data_folder as d; d.DataFolder(pathlib.Path('{tmp_path}/x')).prepare()"
    tmp_path.chmod(0o555)
    done = run(unprivileged([executable, "-c", code]), capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert "FolderUnusable" in done.stderr


def test_a_locked_folder_is_refused_with_its_holder_until_it_is_let_go(data: Path) -> None:
    folder = DataFolder(data).prepare()
    with folder.locked(), pytest.raises(FolderInUse, match=r"process \d+"), DataFolder(data).locked():
        pass
    with folder.locked():
        pass
