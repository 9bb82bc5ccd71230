"""Tables in a folder and in a bucket."""

from pathlib import Path

import pytest

from sinks.location import Location

S3 = pytest.param("s3", marks=[pytest.mark.s3, pytest.mark.xdist_group("s3")])


@pytest.fixture(params=["folder", S3])
def location(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Location:
    """An empty place for tables; the cloud's variables are set where it is a bucket."""
    return empty_place(request, tmp_path, monkeypatch)


def empty_place(request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Location:
    """What the parameter of a fixture, "folder" or S3, names; a bucket can be reached while the patch holds."""
    if request.param == "folder":
        return Location(str(folder / "tables"))
    server = request.getfixturevalue("s3")
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    return Location(f"{server.bucket()}/tables")
