"""Folders and buckets that can be used, and that cannot."""

import threading
from pathlib import Path

import pytest

from sinks.faults import TablesUnavailable
from sinks.location import Location
from sinks.table import created
from tests.kit.readings import READINGS, opened
from tests.servers import S3


def test_a_table_exists_once_it_is_made(location: Location) -> None:
    assert not location.exists("readings")
    created(location, READINGS)
    assert location.exists("readings")


def test_a_place_that_can_be_written_is_left_as_it_was(location: Location) -> None:
    location.check()
    location.check()
    assert not location.is_folder or list(location.folder.iterdir()) == []


def test_many_may_ask_at_once(location: Location) -> None:
    failures: list[Exception] = []

    def ask() -> None:
        try:
            for _ in range(20):
                location.check()
        except TablesUnavailable as error:
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.parametrize("url", ["{}/tables", "file://{}/tables"], ids=["path", "url"])
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, url: str) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    location = Location(url.format(in_the_way))
    for use in (location.check, lambda: opened(location)):
        with pytest.raises(TablesUnavailable, match=rf"{in_the_way}/tables.*KINELAKE_TABLES_URL"):
            use()


def test_a_bucket_that_is_not_there_is_named(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(TablesUnavailable, match=r"s3://no-such-bucket/tables.*KINELAKE_TABLES_URL"):
        Location("s3://no-such-bucket/tables").check()


def test_a_server_that_does_not_answer_is_said_to_at_once(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**s3.environment, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(TablesUnavailable, match=r"s3://away/tables.*KINELAKE_TABLES_URL"):
        Location("s3://away/tables").check()
