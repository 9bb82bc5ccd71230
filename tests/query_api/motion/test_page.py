"""The page of a session: what it and its curves say, of every kind of session."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from control.people import Profile
from motion.analysis import Analysis
from motion.documents import Status
from motion.documents.angles import angles
from motion.documents.numbers import timestamps
from motion.documents.pictures import phase_names
from motion.request import Activity, Language
from motion.texts import amount, explained, label
from query_api.motion.demo import demo_analysis
from query_api.motion.page.words import words
from tests.kit.motion.documents import SQUATS, lifted, moved, squatted
from tests.kit.report_pages import words_of
from tests.query_api.motion.conftest import MotionSite, picture
from tests.query_api.motion.served_pages import invited, opened

pytestmark = pytest.mark.anyio

SQUAT = "/mobility-assessment/sessions/s1"
HOSTILE = "<img src=x onerror=alert(1)>\"'&{{ 7*7 }}"


async def page_of(site: MotionSite, path: str = SQUAT) -> httpx.Response:
    answer = await opened(site, await invited(site, path))
    assert answer.status_code == 200, answer.text
    return answer


async def curves_of(site: MotionSite, path: str = SQUAT) -> dict[str, Any]:
    page, _, token = (await invited(site, path)).partition("?")
    answer = await opened(site, f"{page}/curves?{token}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_pages_load_nothing_from_elsewhere_and_are_kept_nowhere(site: MotionSite) -> None:
    site.analysed("s1", squatted())
    answer = await page_of(site)
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    loaded = ("script-src", "style-src", "img-src", "media-src", "connect-src")
    assert {policy[kind] for kind in loaded} == {"'self'"}
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for name, attributes in words_of(answer.text).elements:
        assert not {"style", "onclick", "onerror", "onload"} & set(attributes), name
        assert name != "style"
        assert name != "script" or attributes.get("src")
        for at in ("src", "href"):
            assert (attributes.get(at) or "/").startswith("/"), (name, attributes)


async def test_what_the_page_names_is_there(site: MotionSite) -> None:
    site.analysed("s1", squatted())
    elements = words_of((await page_of(site)).text).elements
    named = {attributes.get("src") or attributes.get("href") for _, attributes in elements} - {None}
    kinds = {}
    for url in named:
        answer = await opened(site, str(url))
        assert answer.status_code == 200, url
        kinds[str(url)] = answer.headers["Content-Type"].partition(";")[0]
    assert set(kinds.values()) == {"text/javascript", "text/css", "image/svg+xml", "image/png", "video/mp4"}
    assert list(kinds.values()).count("image/png") == len(phase_names(squatted()))


async def test_a_file_of_pages_that_is_known_already_is_not_sent_again(site: MotionSite) -> None:
    first = await opened(site, "/files/pages/motion.css")
    again = await opened(site, "/files/pages/motion.css", **{"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert (await opened(site, "/files/pages/../page_files.py")).status_code == 404


async def test_below_a_proxys_prefix_all_is_found_there(tmp_path: Path) -> None:
    proxied = MotionSite(tmp_path, "https://api.example/kinelake/")
    proxied.analysed("s1", squatted())
    url = await invited(proxied, SQUAT)
    assert url.startswith("https://api.example/kinelake/motion/s1?")
    parts = urlsplit(url)
    answer = await opened(proxied, f"{parts.path.removeprefix('/kinelake')}?{parts.query}")
    refused = await opened(proxied, "/motion/s1")
    proxied.close()
    for page in (answer, refused):
        for _, attributes in words_of(page.text).elements:
            for at in ("src", "href", "data-curves"):
                assert (attributes.get(at) or "/kinelake/").startswith("/kinelake/"), attributes


@pytest.mark.parametrize("language", Language)
async def test_the_page_says_every_number_with_what_it_is_worth(site: MotionSite, language: Language) -> None:
    said = spoken(squatted(), language)
    site.analysed("s1", said)
    text = words_of((await page_of(site)).text).text
    for metric in said.findings.metrics:
        if metric.rep is None and metric.value is not None:
            assert label(metric.name, language) in text
            assert amount(metric.value, metric.unit, language, said.request.measurement_system) in text
    missing = {metric.reason for metric in said.findings.metrics if metric.rep is None and metric.reason}
    assert missing
    assert all(explained(reason, language) in text for reason in missing)
    assert words(language)("page.measures") in text


def spoken(analysis: Analysis, language: Language) -> Analysis:
    return replace(analysis, request=analysis.request.model_copy(update={"language": language}))


@pytest.mark.parametrize("made", [squatted, lifted, moved], ids=["squat", "lift", "ranges"])
async def test_the_curves_are_those_of_the_session(site: MotionSite, made: Any) -> None:
    analysis = made()
    site.analysed("s1", analysis)
    activity = analysis.request.activity
    told = await curves_of(site, f"/{activity}/sessions/s1")
    drawn = {}
    for chart in told["charts"]:
        for curve in chart["curves"]:
            side = "" if curve["side"] == "both" else f"{curve['side']}_"
            drawn[f"{side}{chart['name']}"] = curve["values"]
    known = angles(analysis)
    assert {name: values for name, values in drawn.items() if values} == {
        name: values for name, values in known.items() if any(value is not None for value in values)
    }
    assert told["times"] == timestamps(analysis.body.raw.times)
    assert len(told["phases"]) == len(analysis.findings.phases)
    starts = [phase["start"] for phase in told["phases"]]
    assert starts == sorted(starts)


@pytest.mark.parametrize("activity", Activity)
async def test_demo_sessions_say_what_they_are(site: MotionSite, activity: Activity) -> None:
    page = await page_of(site, f"/{activity}/sessions/any?demo=true")
    text = words_of(page.text).text
    assert text.index("Synthetic person – simulated data") < 120
    told = await curves_of(site, f"/{activity}/sessions/any?demo=true")
    assert len(told["times"]) == demo_analysis(activity).body.raw.times.size
    site.analysed("s1", squatted())
    assert "simulated data" not in (await page_of(site)).text


@pytest.mark.parametrize("status", [Status.QUEUED, Status.PROCESSING])
async def test_before_the_analysis_is_done_the_page_says_how_far_it_is(site: MotionSite, status: Status) -> None:
    site.filmed("s1", SQUATS, status=status, progress=42)
    page = words_of((await page_of(site)).text)
    assert "42% done" in page.text
    assert ("progress", {"id": "progress", "max": "100", "value": "42"}.items()) in [
        (name, {key: attributes.get(key) for key in ("id", "max", "value")}.items())
        for name, attributes in page.elements
    ]
    assert await curves_of(site) == {"status": str(status), "progress": 42}


@pytest.mark.parametrize("reason", words(Language.EN).words["failure"])
async def test_a_failed_session_says_why(site: MotionSite, reason: str) -> None:
    site.filmed("s1", SQUATS, status=Status.FAILED, error=reason)
    page = words_of((await page_of(site)).text)
    assert words(Language.EN)(f"failure.{reason}") in page.text
    assert "script" not in {name for name, _ in page.elements}


async def test_a_failed_session_says_what_to_film_differently(site: MotionSite) -> None:
    site.filmed("s1", SQUATS, status=Status.FAILED, error="no_person")
    assert "camera at hip height, about 3 m away" in words_of((await page_of(site)).text).text


async def test_a_session_that_may_not_be_analysed_says_so(site: MotionSite) -> None:
    site.filmed("s1", SQUATS, status=Status.SUPPRESSED)
    assert words(Language.EN)("status.suppressed") in words_of((await page_of(site)).text).text


async def test_without_films_and_pictures_the_numbers_stay(site: MotionSite) -> None:
    known = site.analysed("s1", squatted())
    for folder in (known.video.rpartition("/")[0], known.pictures):
        for name in await asyncio.to_thread(site.blobs.names, folder):
            site.blobs.delete(name)
    page = words_of((await page_of(site)).text)
    assert words(Language.EN)("player.no_film") in page.text
    assert words(Language.EN)("page.no_pictures") in page.text
    assert not {"video", "img"} & {name for name, _ in page.elements}


async def test_what_people_called_themselves_and_their_films_stays_text(site: MotionSite) -> None:
    named = squatted().request.model_copy(update={"session_name": HOSTILE})
    site.analysed("s1", replace(squatted(), request=named), profile=Profile(HOSTILE))
    page = words_of((await page_of(site)).text)
    assert HOSTILE in page.read
    assert f"{HOSTILE} · {site.now:%d/%m/%Y %H:%M} UTC" in page.text
    assert "onerror" not in {key for _, attributes in page.elements for key in attributes}
    site.filmed("s1", named, status=Status.FAILED, error=HOSTILE, profile=Profile(HOSTILE))
    unfinished = words_of((await page_of(site)).text)
    assert HOSTILE in unfinished.read
    assert "img" not in {name for name, _ in unfinished.elements}


async def test_films_lie_on_this_house_even_where_blobs_have_links_of_their_own(site: MotionSite) -> None:
    site.analysed("s1", squatted())
    (film,) = [attributes for name, attributes in words_of((await page_of(site)).text).elements if name == "video"]
    assert str(film["src"]).startswith("/files/")
    (shown,) = [one for name, one in words_of((await page_of(site)).text).elements if name == "img"][:1]
    assert (await opened(site, str(shown["src"]))).content == picture()
