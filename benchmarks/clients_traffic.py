"""What clients that others wrote send, as whole HTTP requests: players' reports and items of the Segment protocol.

Records and items have the keys that hls.js, dash.js, Shaka Player and the SDKs of Segment sent when they were recorded,
and about their sizes. Each is another one, of its own session or person, by its own address and device.
"""

import random
from collections.abc import Iterator
from typing import Final
from uuid import UUID

import msgspec

from benchmarks.client import Request
from schemas.shared.times import moment

RECORDS: Final = 10
ITEMS: Final = 20
SESSIONS: Final = 1_000
REPORT_MS: Final = 10_000
USER_AGENT: Final = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36"
)
PLAYERS: Final = (
    'br=({bitrate}),cid="film-{film}",e={event},mtp=({throughput}),sf=h,sid="{sid}",sn={sn},sta={state},ts={ts},v=2',
    'ab=({bitrate};v 64;a),bl=(4000;v 5900;a),br=({bitrate};v 64;a),cid="film-{film}",e={event},mtp=({throughput};v),'
    'pb=({bitrate};v 64;a),sf=d,sid="{sid}",sn={sn},st=v,sta={state},ts={ts},v=2',
)
"""hls.js and dash.js."""
REPORTED: Final = (("ps", "p"), *[("t", "p")] * 6, ("ps", "r"), ("ps", "p"), ("t", "p"))
"""Events and states of a request's records: it plays, stalls once, and plays on."""


def cmcd(key: str, count: int, end_us: int, seed: int) -> Iterator[Request]:
    """Requests of ten records each, the last of them at about `end_us`."""
    drawn = random.Random(seed)
    sessions = [_session(drawn) for _ in range(SESSIONS)]
    for number in range(count):
        sid, player, film = sessions[number % SESSIONS]
        first = RECORDS * (number // SESSIONS)
        body = "\n".join(
            player.format(
                bitrate=drawn.choice((350, 768, 1500, 3000)),
                film=film,
                event=event,
                throughput=drawn.randrange(10, 900) * 100,
                sid=sid,
                sn=first + index,
                state=state,
                ts=end_us // 1000 - REPORT_MS * (RECORDS - index) + number // SESSIONS,
            )
            for index, (event, state) in enumerate(REPORTED)
        )
        yield post(f"/v1/cmcd/{key}?duration=600", body.encode(), RECORDS, number)


def segment(key: str, count: int, end_us: int, seed: int) -> Iterator[Request]:
    """Batches of twenty items each, of one person each, as servers' SDKs send them."""
    drawn = random.Random(seed)
    for number in range(count):
        person = f"user-{drawn.randrange(SESSIONS)}"
        items = [_item(drawn, person, end_us + 1000 * index) for index in range(ITEMS)]
        body = msgspec.json.encode({"batch": items, "writeKey": key, "sentAt": _text(end_us)})
        yield post(f"/v1/batch?writeKey={key}", body, ITEMS, number)


def post(path: str, body: bytes, events: int, number: int) -> Request:
    """A POST by the address and device of that number."""
    address, version = f"81.2.{number // 250 % 250}.{number % 250}", 100 + number % 50
    head = (
        f"POST {path} HTTP/1.1\r\nHost: benchmark\r\nContent-Type: application/json\r\nX-Forwarded-For: {address}\r\n"
        f"Origin: https://app.example.org\r\nUser-Agent: {USER_AGENT.format(version=version)}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return Request(head.encode() + body, events)


def _session(drawn: random.Random) -> tuple[str, str, int]:
    return str(UUID(int=drawn.getrandbits(128), version=4)), drawn.choice(PLAYERS), drawn.randrange(50)


def _item(drawn: random.Random, person: str, at_us: int) -> dict[str, object]:
    return {
        "integrations": {},
        "anonymousId": None,
        "properties": {"plan": f"p-{drawn.randrange(9)}", "price": drawn.randrange(1000) / 10, "section": "neck"},
        "timestamp": _text(at_us),
        "context": {"ip": "203.0.113.9", "library": {"name": "analytics-python", "version": "2.4.0"}},
        "userId": person,
        "type": "track",
        "event": drawn.choice(("Plan Opened", "Video Chosen", "Report Shared")),
        "messageId": str(UUID(int=drawn.getrandbits(128), version=4)),
    }


def _text(at_us: int) -> str:
    return moment(at_us).isoformat()
