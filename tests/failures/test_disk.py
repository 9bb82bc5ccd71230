"""A disk that fills up, and a place that cannot be written.

| what happens | outcome |
|---|---|
| The disk of the embedded log has less free bytes than `KINELAKE_DISK_FLOOR_BYTES` | New events get 503 with `Retry-After`, `/health/ready` names the disk, reads go on; once there is room events are taken again, without a restart. |
| It has room for fewer files (inodes) than `KINELAKE_DISK_FLOOR_INODES` | The same. |
| The log's file cannot grow | Events get 503 with `Retry-After` and are not on the log; what was acknowledged stays; once there is room events are taken again, without a restart. |
| The tables' files cannot grow | The flow ends with exit code 1 and an error that names the table; started again with room it goes on where the tables stand, each event once. |
| The folder of the tables cannot be written, or a file is in its way | The flow does not start: exit code 1, and a message that names the path and the setting. |
"""  # noqa: E501

import os
import resource
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.kit.running import waiting
from tests.kit.site import END_SECONDS, Apart, Site, event

MEBIBYTE = 2**20
SOME_FILES = 20_000
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


def test_below_the_floor_events_wait_and_reads_go_on(tmp_path: Path) -> None:
    floor = shutil.disk_usage(tmp_path).free - 512 * MEBIBYTE
    site = Site(tmp_path / "data", disk_floor_bytes=floor)
    with site.role("web"), site.role("flow"):
        assert site.post(event()).status_code == 202
        waiting(lambda: site.get("/v1/media/sessions/stats?period=24h") == 200)
        with (tmp_path / "ballast").open("wb") as ballast:
            os.posix_fallocate(ballast.fileno(), 0, 1024 * MEBIBYTE)
            answer = site.post(event())
            assert (answer.status_code, answer.json()["code"]) == (503, "log_unavailable")
            assert int(answer.headers["Retry-After"]) > 0
            assert "below the floor" in site.ready()
            assert site.get("/v1/media/sessions/stats?period=24h") == 200
        (tmp_path / "ballast").unlink()
        assert site.post(event()).status_code == 202
        site.caught_up()
    assert site.rows().height == 2


def test_below_the_floor_of_inodes_events_wait(tmp_path: Path) -> None:
    if (free := os.statvfs(tmp_path).f_favail) < 4 * SOME_FILES:
        pytest.skip("the file system tells no inodes, or has too few for a test")
    site, ballast = Site(tmp_path / "data", disk_floor_inodes=free - SOME_FILES), tmp_path / "ballast"
    ballast.mkdir()
    with site.role("web"):
        assert site.post(event()).status_code == 202
        for number in range(2 * SOME_FILES):
            (ballast / str(number)).touch()
        answer = site.post(event())
        assert (answer.status_code, answer.json()["code"]) == (503, "log_unavailable")
        assert int(answer.headers["Retry-After"]) > 0
        assert "KINELAKE_DISK_FLOOR_INODES" in site.ready()
        shutil.rmtree(ballast)
        assert site.post(event()).status_code == 202


def test_a_log_that_cannot_grow_acknowledges_nothing_and_loses_nothing(tmp_path: Path) -> None:
    site = Site(tmp_path / "data")
    taken: list[str] = []
    with site.role("web") as web, site.role("flow"):
        resource.prlimit(web.pid, resource.RLIMIT_FSIZE, (2**20, resource.RLIM_INFINITY))
        while (answer := site.post(*(events := [event() for _ in range(50)]))).status_code == 202:
            taken += [each["event_id"] for each in events]
        assert (answer.status_code, answer.json()["code"]) == (503, "log_unavailable")
        assert int(answer.headers["Retry-After"]) > 0
        resource.prlimit(web.pid, resource.RLIMIT_FSIZE, UNLIMITED)
        again = site.post(*events)
        assert again.status_code == 202
        taken += [each["event_id"] for each in events]
        site.caught_up()
    assert sorted(site.rows()["event_id"]) == sorted(taken)


def test_a_flow_that_cannot_write_ends_with_the_reason_and_goes_on_where_the_tables_stand(tmp_path: Path) -> None:
    site = Site(tmp_path / "data")
    with site.role("web"):
        first, second = [event() for _ in range(20)], [event() for _ in range(1000)]
        with site.role("flow") as flow:
            assert site.post(*first).status_code == 202
            site.caught_up()
            resource.prlimit(flow.pid, resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
            assert site.post(*second).status_code == 202
            assert flow.wait(END_SECONDS) == 1
        last = site.printed("flow").read_text().splitlines()[-1]
        assert last.startswith("kinelake: "), last
        assert str(site.data / "tables" / "media_") in last
        with site.role("flow"):
            site.caught_up()
    assert sorted(site.rows()["event_id"]) == sorted(each["event_id"] for each in first + second)


def test_a_folder_of_tables_that_cannot_be_written_is_named(
    tmp_path: Path, unprivileged: Callable[[Sequence[str]], list[str]]
) -> None:
    tables = tmp_path / "tables"
    tables.mkdir(mode=0o555)
    said = Apart(tmp_path / "data", unprivileged, tables_url=tables).refused("flow")
    assert f"kinelake: cannot write to {tables}: Permission denied; check KINELAKE_TABLES_URL" in said


def test_a_file_in_the_way_of_the_tables_is_named(tmp_path: Path) -> None:
    tables = tmp_path / "tables"
    tables.touch()
    said = Site(tmp_path / "data", tables_url=tables).refused("flow")
    assert f"kinelake: cannot write to {tables}: " in said
    assert "KINELAKE_TABLES_URL" in said
