"""Exports: the same numbers as JSON, CSV and in an archive."""

import csv
import io
import json
from zipfile import ZipFile

import pytest

from motion.documents import angles_table, csv_text, export, export_table, keypoints_table, metrics_table
from motion.documents.pictures import phase_names, pictured
from tests.kit.motion.documents import SQUATS, lifted, squatted
from tests.query_api.motion.conftest import OVERLAY, MotionSite, picture

pytestmark = pytest.mark.anyio

PATH = "/weightlifting/sessions/l1/export"


async def test_an_export_is_the_document_of_the_analysis(site: MotionSite) -> None:
    site.analysed("l1", lifted())
    async with site.client() as ana:
        told = (await ana.get(PATH)).json()
        world = (await ana.get(f"{PATH}/?world=true")).json()
    images = dict(zip(phase_names(lifted()), (phase["image_url"] for phase in told["phases"]), strict=True))
    assert all(images.values())
    assert told == export(lifted(), images=images)
    assert world.keys() - told.keys() == {"world_keypoints"}
    assert world["world_keypoints"] == export(lifted(), world=True)["world_keypoints"]


async def test_csv_has_a_row_a_frame_with_every_number_of_the_json(site: MotionSite) -> None:
    site.analysed("l1", lifted())
    async with site.client() as ana:
        answer = await ana.get(f"{PATH}?format=csv&world=1")
        told = (await ana.get(f"{PATH}?world=1")).json()
    assert answer.headers["Content-Disposition"] == 'attachment; filename="l1.csv"'
    assert answer.text == csv_text(export_table(lifted(), world=True))
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [float(row["t_ms"]) for row in rows] == told["all_timestamps"]
    worlds = {f"world_{name}": column for name, column in told["world_keypoints"].items()}
    for name, column in (told["angles"] | told["keypoints"] | worlds).items():
        assert [float(row[name]) if row[name] else None for row in rows] == column


async def test_an_archive_has_all_of_it_with_pictures_and_the_film(site: MotionSite) -> None:
    site.analysed("l1", lifted())
    async with site.client() as ana:
        answer = await ana.get(f"{PATH}?format=zip&video=true")
    archive = ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    pictures = {f"pictures/{name}" for name, _ in pictured(lifted())}
    texts = {"README.txt", "export.json", "keypoints.csv", "angles.csv", "metrics.csv"}
    assert set(archive.namelist()) == texts | pictures | {"analyzed.mp4"}
    images = {phase: f"pictures/{name}" for phase, name in phase_names(lifted()).items()}
    assert json.loads(archive.read("export.json")) == export(lifted(), images=images)
    for name, table in (("keypoints", keypoints_table), ("angles", angles_table), ("metrics", metrics_table)):
        assert archive.read(f"{name}.csv").decode() == csv_text(table(lifted()))
    assert archive.read("analyzed.mp4") == OVERLAY
    assert archive.read(min(pictures)) == picture()
    readme = archive.read("README.txt").decode()
    assert all(name in readme for name in (*texts - {"README.txt"}, "pictures/", "analyzed.mp4"))
    assert "/files/" not in readme


async def test_an_archive_without_the_film_has_none_and_one_that_is_not_kept_is_said(site: MotionSite) -> None:
    known = site.analysed("l1", lifted())
    site.blobs.delete_below(f"motion-videos/{known.id}")
    async with site.client() as ana:
        answer = await ana.get(f"{PATH}?format=zip")
        assert "analyzed.mp4" not in ZipFile(io.BytesIO(answer.content)).namelist()
        assert (await ana.get(f"{PATH}?format=zip&video=1")).status_code == 404


async def test_what_is_not_analysed_has_no_export(site: MotionSite) -> None:
    site.filmed("s1", SQUATS)
    async with site.client() as ana:
        assert (await ana.get("/mobility-assessment/sessions/s1/export")).status_code == 404
        assert (await ana.get("/mobility-assessment/sessions/s1/export?format=xml")).status_code == 400


async def test_the_demos_export_says_that_it_is_one(site: MotionSite) -> None:
    async with site.client() as ana:
        assert (await ana.get("/running/sessions/any/export?demo=true")).json()["demo"] is True
        answer = await ana.get("/running/sessions/any/export?demo=true&format=zip")
    assert "Simulated data" in ZipFile(io.BytesIO(answer.content)).read("README.txt").decode()


async def test_exports_are_of_ones_own_sessions(site: MotionSite) -> None:
    site.analysed("s1", squatted())
    async with site.client("ben") as ben:
        assert (await ben.get("/mobility-assessment/sessions/s1/export")).status_code == 403
