"""A folder of results is whole or not there."""

import csv
import json
from pathlib import Path
from zipfile import ZipFile

import pytest

from jobs.video.files import write_csv, write_json, write_zip
from jobs.video.folder import SESSION, FolderTaken, whole


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_folder_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    with whole(tmp_path / "deep" / "out") as working:
        (working / SESSION).write_text("{}")
        assert not (tmp_path / "deep" / "out").exists()
    assert names(tmp_path / "deep") == ["out"]
    assert names(tmp_path / "deep" / "out") == [SESSION]


def test_a_broken_analysis_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), whole(tmp_path / "out"):
        _ = 1 / 0
    assert names(tmp_path) == []


def test_an_earlier_analysis_is_replaced_and_stays_while_a_new_one_breaks(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for content in ("old", "new"):
        with whole(out) as working:
            (working / SESSION).write_text(content)
    with pytest.raises(ZeroDivisionError), whole(out):
        _ = 1 / 0
    assert (out / SESSION).read_text() == "new"
    assert names(tmp_path) == ["out"]


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "holiday.mp4").touch()
    (tmp_path / SESSION).touch()
    with pytest.raises(FolderTaken, match=r"holiday\.mp4, which no analysis wrote"), whole(tmp_path):
        pass
    with pytest.raises(FolderTaken, match="is a file"), whole(tmp_path / "holiday.mp4"):
        pass
    assert names(tmp_path) == ["holiday.mp4", SESSION]


def test_json_has_nulls_and_no_nan(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"ä": [1.5, None]})
    assert json.loads((tmp_path / "a.json").read_text()) == {"ä": [1.5, None]}
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "b.json", {"a": float("nan")})


def test_a_missing_value_is_an_empty_field(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", ("t_ms", "knee"), [(0, None), (33, 1.5)])
    assert (tmp_path / "a.csv").read_text() == "t_ms,knee\n0,\n33,1.5\n"
    with (tmp_path / "a.csv").open() as opened:
        assert [row["knee"] for row in csv.DictReader(opened)] == ["", "1.5"]


def test_an_archive_holds_its_members_under_their_relative_names(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "bottom.png").write_bytes(b"png")
    write_zip(tmp_path / "export.zip", [tmp_path / "pictures" / "bottom.png"], "Units: degrees.")
    with ZipFile(tmp_path / "export.zip") as archive:
        assert archive.namelist() == ["README.txt", "pictures/bottom.png"]
        assert archive.read("README.txt") == b"Units: degrees."
