"""A server that behaves like MaxMind's: Basic auth, a redirect to a storage host, a checksum file beside, exclusions.

Written after https://dev.maxmind.com/geoip/updating-databases and https://dev.maxmind.com/geoip/privacy-exclusions-api.
"""

import base64
import gzip
import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from mmdb_writer import MMDBWriter
from netaddr import IPSet

ACCOUNT, KEY = "12345", "a-license-key"
EDITION = "GeoLite2-City"
RO, IT, CA = "203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24"


def mmdb(path: Path, places: Mapping[str, str], kind: str = EDITION) -> bytes:
    """A database of networks and their countries; a region after a dash, as in US-CA."""
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type=kind, languages=["en"])
    for network, place in places.items():
        country, _, region = place.partition("-")
        regions = [{"iso_code": region}] if region else []
        writer.insert_network(IPSet([network]), {"country": {"iso_code": country}, "subdivisions": regions})
    writer.to_db_file(str(path))
    return path.read_bytes()


def no_places(path: Path) -> bytes:
    """A database that opens, of the right type, whose record is not as a city's should be."""
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type=EDITION, languages=["en"])
    writer.insert_network(IPSet([RO]), {"country": "RO"})
    writer.to_db_file(str(path))
    return path.read_bytes()


def archive(members: Mapping[str, bytes], links: Mapping[str, str] | None = None) -> bytes:
    """A tar.gz of these files and symbolic links."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        for name, target in (links or {}).items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member)
    return packed.getvalue()


def zeros(size: int) -> bytes:
    """A tar.gz with a database of that many zeros."""
    head = tarfile.TarInfo(f"d/{EDITION}.mmdb")
    head.size = size
    return gzip.compress(head.tobuf() + bytes(size + 1024))


def headers(*given: tuple[bytes, bytes, int]) -> bytes:
    """A tar.gz of nothing but headers: type, content, and the size that the header says the content has."""
    packed = io.BytesIO()
    for kind, content, size in given:
        head = tarfile.TarInfo("d/LICENSE.txt")
        head.type, head.size = kind, size
        # sizes beyond 8 GiB, and below 0, are written in the GNU form
        packed.write(head.tobuf(tarfile.GNU_FORMAT) + content + bytes(-len(content) % tarfile.BLOCKSIZE))
    return gzip.compress(packed.getvalue())


def released(database: bytes) -> bytes:
    """An archive as MaxMind makes them."""
    return archive({f"{EDITION}_20260215/LICENSE.txt": b"terms", f"{EDITION}_20260215/{EDITION}.mmdb": database})


Answer = tuple[int, dict[str, str], bytes]


@dataclass
class MaxMindServer:
    """What it has, and what it was asked: path, parameters and Authorization of each request, by host."""

    content: bytes = b""
    digest: str | None = None
    exclusions: list[dict[str, Any]] = field(default_factory=list)
    page: int = 1000
    status: int = 200
    cut_bytes: int = 0
    asked: list[tuple[str, str, dict[str, str], str | None]] = field(default_factory=list)
    hold: threading.Event | None = None
    url: str = ""
    storage_url: str = ""

    @property
    def settings(self) -> dict[str, str]:
        """With which a worker fetches from here."""
        return {
            "geo_account": ACCOUNT,
            "geo_license_key": KEY,
            "geo_base_url": self.url,
            "privacy_base_url": self.url,
        }

    def list(self, value: str, last_updated: str = "2026-02-10T00:00:00Z", data_type: str = "network") -> None:
        """Adds an exclusion."""
        named = {"exclusion_type": "ccpa_do_not_sell", "data_type": data_type, "value": value}
        self.exclusions.append({**named, "last_updated": last_updated})

    def answered(self, host: str, path: str, query: dict[str, str], auth: str | None) -> Answer:
        """Status, headers and body."""
        self.asked.append((host, path, query, auth))
        if host == "storage":
            return 200, {"Content-Type": "application/gzip"}, self.content
        if auth != f"Basic {base64.b64encode(f'{ACCOUNT}:{KEY}'.encode()).decode()}":
            return self._error(401, "AUTHORIZATION_INVALID", "Your account could not be authenticated.")
        if self.status != 200:
            return self._error(self.status, "SERVER_ERROR", "something is wrong here")
        if path == "/privacy/exclusions":
            return self._exclusions(query)
        if path != f"/geoip/databases/{EDITION}/download":
            return 404, {}, b"Database edition not found"
        if query["suffix"] == "tar.gz.sha256":
            digest = self.digest or hashlib.sha256(self.content).hexdigest()
            return 200, {}, f"{digest}  {EDITION}_20260215.tar.gz\n".encode()
        if self.hold is not None:
            self.hold.wait(30)
        return 302, {"Location": f"{self.storage_url}/signed?X-Signature=s3cret"}, b""

    def _exclusions(self, query: dict[str, str]) -> Answer:
        after = query.get("updates_after", "")
        ordered = sorted(self.exclusions, key=lambda one: str(one["last_updated"]))
        found = [one for one in ordered if one["last_updated"] > after][: self.page]
        kind = "application/vnd.maxmind.com-privacy-exclusions+json; charset=UTF-8; version=1.0"
        return 200, {"Content-Type": kind}, json.dumps({"exclusions": found}).encode()

    def _error(self, status: int, code: str, error: str) -> Answer:
        kind = "application/vnd.maxmind.com-error+json; charset=UTF-8; version=2.0"
        return status, {"Content-Type": kind}, json.dumps({"code": code, "error": error}).encode()


@contextmanager
def maxmind_server() -> Iterator[MaxMindServer]:
    """Both hosts on ports of their own while the block runs."""
    made = MaxMindServer()
    with _serving(made, "api") as made.url, _serving(made, "storage") as made.storage_url:
        yield made


@contextmanager
def _serving(behaviour: MaxMindServer, host: str) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            status, headers, body = behaviour.answered(host, parts.path, query, self.headers.get("Authorization"))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) - behaviour.cut_bytes] if host == "storage" else body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
