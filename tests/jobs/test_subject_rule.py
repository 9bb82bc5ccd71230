"""Nothing that is read without leave says whose rows there are: no statistic, file name, metric or job."""

import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from jobs.kinds import kinds
from jobs.tables import declared_tables
from schemas.shared.columns import Table
from sinks.files import TableFiles
from sinks.location import Location

ROOT = Path(__file__).parents[2]
ROOMS = ("event_log", "control", "web", "ingest_gateway", "flows", "sinks", "jobs", "query_api", "kinelake")
METRICS = [file for room in ROOMS for file in (ROOT / room).rglob("*.py") if "prometheus_client" in file.read_text()]
LABELS = re.compile(r"(?:Counter|Gauge|Histogram|Summary)\([^\[\)]*\[([^\]]*)\]")
NAME = re.compile(r'"(\w+)"')
OF_PEOPLE = {"subject", "user_id", "user", "person", "actor", "recorded_by", "email", "sub", "event_id", "resource_id"}
"""Columns and labels that say of whom."""


@pytest.mark.parametrize("table", declared_tables().values(), ids=lambda table: table.name)
def test_no_table_has_statistics_of_people_in_its_log_nor_people_in_its_paths(table: Table) -> None:
    assert not OF_PEOPLE & {*table.statistics, *table.partition_by}


def test_what_a_commit_says_of_its_rows_names_nobody(tmp_path_factory: pytest.TempPathFactory) -> None:
    for table in declared_tables().values():
        if "subject" not in table.schema:
            continue
        folder = tmp_path_factory.mktemp(table.name)
        row = {"tenant": "o", "subject": "unmistakable", table.partition_by[0]: date(2026, 2, 17)}
        found = pl.DataFrame([{name: row.get(name) for name in table.schema}], schema=table.schema)
        TableFiles.open(Location(str(folder)), table).exchange([], found, {})
        log = b"".join(path.read_bytes() for path in folder.rglob("_delta_log/*") if path.is_file())
        assert b"unmistakable" not in log, table.name
        assert not list(folder.rglob("*unmistakable*")), table.name


def test_no_metric_has_a_label_for_people() -> None:
    labels = {label for file in METRICS for found in LABELS.findall(file.read_text()) for label in NAME.findall(found)}
    assert "stream" in labels, "labels are found"
    assert not OF_PEOPLE & labels


def test_no_recurring_job_is_about_a_person() -> None:
    assert not OF_PEOPLE & {key for kind in kinds() for key in kind.about()}
