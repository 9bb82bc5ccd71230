"""What becomes of a request at the door: who it is of, which level is left, what is taken, what is said of the rest."""

import base64

import pytest

from control.organisations import subject_of
from event_log.faults import LogUnavailable
from tests.kit.door import BELOW, PATH, WORDS_OF_ALL, Doors, client, write_key

pytestmark = pytest.mark.anyio


async def test_what_a_key_lets_in_lies_on_the_log_with_its_source_and_the_keys_id(doors: Doors) -> None:
    made, key = write_key(doors.site)
    answer = await doors.send("zoe hello", "zoe world", "yan hi", key=key)
    assert (answer.status_code, answer.text, "X-Refused" in answer.headers) == (204, "", False)
    assert doors.words == ["hello", "world", "hi"]
    first, _, last = doors.recorder.messages
    assert (first["tenant"], first["source"], first["ingest_key"]) == ("acme", "words", made.id)
    assert (first["consent_level"], first["consent_source"], first["session_id"]) == (2, "default", "zoe")
    assert first["subject"] != last["subject"]
    assert doors.recorder.requests == 1


@pytest.mark.parametrize("way", ["path", "basic", "query", "body"])
async def test_a_key_stands_in_path_basic_query_or_body(doors: Doors, way: str) -> None:
    key = doors.key()
    paths = {"path": f"{BELOW}of/{key}", "query": f"{PATH}?writeKey={key}"}
    basic = {"Authorization": f"Basic {base64.b64encode(f'{key}:'.encode()).decode()}"} if way == "basic" else {}
    body = f"writeKey={key}\nzoe hello" if way == "body" else "zoe hello"
    async with client(doors.app()) as http:
        answer = await http.post(paths.get(way, PATH), content=body, headers=basic)
    assert (answer.status_code, doors.words) == (204, ["hello"])


async def test_the_first_place_wins_even_where_the_key_there_is_wrong(doors: Doors) -> None:
    key = doors.key()
    async with client(doors.app()) as http:
        answer = await http.post(f"{BELOW}of/kpk_wrong?writeKey={key}", content="zoe hello")
    assert (answer.status_code, answer.headers["X-Refused"], doors.words) == (204, "unknown_key=1", [])


@pytest.mark.parametrize("key", ["", "kpk_unknown", "x" * 200])
async def test_without_a_key_that_is_known_nothing_is_taken(doors: Doors, key: str) -> None:
    answer = await doors.send("zoe hello", key=key)
    assert (answer.headers["X-Refused"], doors.words) == ("unknown_key=1", [])


async def test_a_revoked_key_lets_in_nothing_more(doors: Doors) -> None:
    made, key = write_key(doors.site)
    app = doors.app()
    assert (await doors.send("zoe hello", key=key, app=app)).status_code == 204
    doors.site.control.write_keys.revoke(made.id)
    assert (await doors.send("zoe world", key=key, app=app)).headers["X-Refused"] == "unknown_key=1"
    assert doors.words == ["hello"]


LEVELS = {
    "the key's default": ({}, "", 2, "default"),
    "the query lowers": ({}, "?consent=1", 1, "header"),
    "the header lowers": ({"X_Consent_Level": "1"}, "", 1, "header"),
    "the lowest counts": ({"X_Consent_Level": "1"}, "?consent=0", 0, "header"),
    "nothing raises": ({"X_Consent_Level": "3"}, "?consent=3", 2, "default"),
    "what cannot be read is 0": ({}, "?consent=yes", 0, "header"),
    "of two in the query the lower": ({}, "?consent=2&consent=1", 1, "header"),
}


@pytest.mark.parametrize("name", LEVELS)
async def test_a_level_can_only_be_lowered(doors: Doors, name: str) -> None:
    headers, query, level, source = LEVELS[name]
    app = doors.app(stream=WORDS_OF_ALL)
    answer = await doors.send("zoe hello", key=f"{doors.key()}{query}", app=app, **headers)
    assert answer.status_code == 204
    (message,) = doors.recorder.messages
    assert (message["consent_level"], message["consent_source"]) == (level, source)


async def test_too_low_a_level_is_refused_by_item_and_said(doors: Doors) -> None:
    answer = await doors.send("zoe hello", "zoe low 1", "zoe none 0", "no", key=doors.key())
    assert answer.status_code == 204
    assert answer.headers["X-Refused"] == "no_word=1, consent_required=2"
    assert doors.words == ["hello"]


async def test_a_persons_record_refuses_their_items_alone(doors: Doors) -> None:
    key = doors.key()
    app = doors.app()
    await doors.send("zoe hello", "yan hi", key=key, app=app)
    zoe = doors.recorder.messages[0]["subject"]
    doors.record(zoe, 0)
    answer = await doors.send("zoe more", "yan more", key=key, app=app)
    assert answer.headers["X-Refused"] == "consent_required=1"
    assert [message["session_id"] for message in doors.recorder.messages] == ["zoe", "yan", "yan"]


async def test_a_token_works_as_elsewhere_and_its_rows_name_no_key(doors: Doors) -> None:
    bearer = f"Bearer {doors.site.token(sub='zoe')}"
    answer = await doors.send("somebody hello", Authorization=bearer)
    assert answer.status_code == 204
    (message,) = doors.recorder.messages
    assert message["subject"] == subject_of(doors.site.control.organisations.ensure("acme").key, "zoe")
    assert (message["consent_source"], "source" in message, "ingest_key" in message) == ("token", False, False)


async def test_a_token_that_is_none_is_a_401_and_a_role_that_may_not_post_a_403(doors: Doors) -> None:
    wrong = await doors.send("zoe hello", Authorization="Bearer kpk_x")
    system = await doors.send("zoe hello", Authorization=f"Bearer {doors.site.token(role='system')}")
    assert (wrong.status_code, system.status_code, doors.words) == (401, 403, [])


async def test_a_key_of_another_organisation_beside_a_token_has_all_items_refused(doors: Doors) -> None:
    doors.site.control.organisations.ensure("umbrella")
    _, key = write_key(doors.site, "umbrella")
    bearer = f"Bearer {doors.site.token()}"
    answer = await doors.send("zoe hello", "zoe world", key=key, Authorization=bearer)
    assert (answer.status_code, answer.headers["X-Refused"]) == (204, "other_organisation=2")
    assert doors.words == []


async def test_a_foreign_origin_is_refused_like_an_item(doors: Doors) -> None:
    key = doors.key(origins=frozenset({"https://a.example"}))
    foreign = await doors.send("zoe hello", key=key, Origin="https://b.example")
    own = await doors.send("zoe world", key=key, Origin="https://a.example")
    server = await doors.send("zoe alone", key=key)
    assert (foreign.status_code, foreign.headers["X-Refused"]) == (204, "foreign_origin=1")
    assert (own.status_code, server.status_code, doors.words) == (204, 204, ["world", "alone"])


async def test_ids_are_made_in_the_keys_own_namespace(doors: Doors) -> None:
    first, second = doors.key(), doors.key()
    app = doors.app()
    for key in (first, first, second):
        await doors.send("zoe hello", key=key, app=app)
    ids = [message["event_id"] for message in doors.recorder.messages]
    assert ids[0] == ids[1] != ids[2]


async def test_an_item_without_a_name_gets_an_id_of_its_time(doors: Doors) -> None:
    await doors.send("zoe new", "zoe new", key=doors.key())
    ids = [message["event_id"] for message in doors.recorder.messages]
    assert len(set(ids)) == 2
    assert {each[14] for each in ids} == {"7"}


@pytest.mark.parametrize("server", [True, False])
async def test_a_servers_word_on_its_client_is_believed_and_a_pages_is_not(doors: Doors, server: bool) -> None:
    await doors.send("zoe elsewhere", "zoe here", key=doors.key(server=server), User_Agent="mine")
    contexts = [record.client for _, record in doors.recorder.published]
    here = b"127.0.0.1\nmine"
    assert contexts == ([b"198.51.100.7\nserver's word", here] if server else [here])


async def test_privacy_control_is_noted_and_refuses_nothing(doors: Doors) -> None:
    await doors.send("zoe hello", key=doors.key(), Sec_GPC="1")
    (message,) = doors.recorder.messages
    assert message["gpc"] is True


async def test_what_the_log_does_not_take_is_a_503_and_nothing_is_said_to_be_durable(doors: Doors) -> None:
    doors.recorder.failure = LogUnavailable("gone")
    answer = await doors.send("zoe hello", key=doors.key())
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)


async def test_a_body_that_is_none_or_too_large_is_refused_in_the_familys_shape(doors: Doors) -> None:
    key = doors.key()
    none = await doors.send("{}", key=key)
    large = await doors.send("x" * 10_001, key=key)
    assert (none.status_code, none.json()["code"], large.status_code) == (400, "no_words", 413)
