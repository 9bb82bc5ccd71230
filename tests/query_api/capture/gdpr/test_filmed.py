"""People who were filmed: a key of the organisation exports their profile, films and pictures, and forgets them."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from control.motion_sessions import MotionSession
from control.people import Profile
from tests.query_api.capture.gdpr.conftest import NOW, Site, session_id

pytestmark = pytest.mark.anyio

ZOE = "zoe@example.org"


def filmed(site: Site, number: int, user_id: str = ZOE, **more: Any) -> MotionSession:
    """A session with its film."""
    name, at = session_id(number), NOW - timedelta(hours=10 - number)
    session = MotionSession(
        id=name, tenant="acme", subject=site.subject(user_id), user_id=user_id, activity="mobility-assessment",
        exercise="Overhead Squat", title="Monday", request={"height_cm": 172}, video=f"motion-videos/{name}/film.mp4",
        sha256="0" * 64, video_bytes=4, request_id="r", consent_level=2, consent_source="default", gpc=False,
        created_at=at, queued_at=at, **more,
    )  # fmt: skip
    site.blobs.put(session.video, f"film {number}".encode())
    site.control.motion_sessions.begin(session, [])
    return session


async def exported(site: Site, key: str = "everywhere", **query: str) -> Any:
    async with site.client(key) as client:
        return msgspec.json.decode((await client.post(f"/v1/gdpr/export/{ZOE}", params=query)).content)


async def test_an_export_has_the_profile_and_every_session_with_what_is_kept_of_it(site: Site) -> None:
    site.control.people.create("acme", ZOE, Profile(display_name="Zoe", email=ZOE))
    first, second = filmed(site, 1), filmed(site, 2)
    filmed(site, 3, "somebody else")
    overlay, picture = f"motion-videos/{first.id}/analyzed-0.mp4", f"motion-pictures/{first.id}/1-bottom.png"
    for name in (overlay, picture):
        site.blobs.put(name, name.encode())
    site.control.motion_sessions.note(first.id, status="done", analysis_version="1", analysed_video=overlay)
    site.control.motion_sessions.configure(first.id, comments={"knee_angle": "look"})
    site.blobs.delete(second.video)
    motion = (await exported(site))["motion"]
    assert motion["profile"] == {**Profile()._asdict(), "display_name": "Zoe", "email": ZOE}
    told, kept_no_film = motion["sessions"]
    assert (told["id"], told["user_id"], told["title"], told["request"]) == (
        first.id,
        ZOE,
        "Monday",
        {"height_cm": 172},
    )
    assert told["joint_mobility"] == {"shown_angles": None, "comments": {"knee_angle": "look"}}
    links = [told["video_url"], told["analyzed_video_url"], *told["picture_urls"]]
    async with site.client() as client:
        assert [(await client.get(link)).text for link in links] == ["film 1", overlay, picture]
    assert (kept_no_film["id"], kept_no_film["video_url"], kept_no_film["analyzed_video_url"]) == (
        second.id,
        None,
        None,
    )
    assert (kept_no_film["picture_urls"], kept_no_film["joint_mobility"]) == ([], None)


async def test_a_key_of_a_project_gets_nothing_of_it(site: Site) -> None:
    filmed(site, 1)
    assert "motion" not in await exported(site, "first")
    assert (await exported(site, "foreign"))["motion"] == {"profile": None, "sessions": []}


@pytest.mark.parametrize("known_by", ["profile", "key", "session"])
async def test_whoever_motion_alone_knows_can_be_forgotten(site: Site, known_by: str) -> None:
    if known_by == "profile":
        site.control.people.create("acme", ZOE, Profile(display_name="Zoe"))
    elif known_by == "key":
        holder = site.control.people.holder("acme", ZOE, "Pro", 2)
        site.control.api_keys.create("motion", holder, "user", "lookup", "pepper")
    else:
        filmed(site, 1)
    async with site.client("first") as client:
        assert "Location" not in (await client.delete(f"/v1/gdpr/delete/{ZOE}")).headers, "nothing of the project"
    async with site.client("everywhere") as client:
        answer = await client.delete(f"/v1/gdpr/delete/{ZOE}")
        assert "Location" in answer.headers
        told = (await client.get(answer.headers["Location"])).json()
    assert (told["state"], told["project_id"]) == ("hidden", None)
    assert (await exported(site))["motion"] == {"profile": None, "sessions": []}


async def test_a_receipt_of_one_session_is_for_the_organisation_alone(site: Site) -> None:
    session = filmed(site, 1)
    erasure = site.control.erasures.begin_session(tenant="acme", session_id=session.id, requested_by="api_key:1")
    assert erasure is not None
    async with site.client("first") as first, site.client("everywhere") as everywhere:
        assert (await first.get(f"/v1/gdpr/erasures/{erasure.id}")).status_code == 404
        told = (await everywhere.get(f"/v1/gdpr/erasures/{erasure.id}")).json()
    assert (told["id"], told["project_id"], told["state"]) == (erasure.id, None, "hidden")
