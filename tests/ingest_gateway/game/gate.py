"""The gateway itself with an application, for what its secret token opens."""

from typing import Any

import httpx

from blob_store.store import BlobStore
from ingest_gateway import gateway as mounted
from ingest_gateway.family import families
from ingest_gateway.options import GatewayOptions
from schemas.shared.options import OptionsOf, by_default
from tests.ingest_gateway.game.conftest import Doors
from tests.kit.recorder import Recorder
from tests.web.conftest import Site
from web.app import WebApp, create_app
from web.application_tokens import SECRET
from web.authentication import authenticator
from web.options import WebOptions

MODELS = "/api/models"
PEER = "203.0.113.9"


class Gate(Doors):
    """The gateway itself, with an application and a client of its secret token."""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.blobs = BlobStore(str(site.blobs))
        self.jumper = self.application()
        self.secret = self.token(self.jumper, SECRET)
        self.options_of: OptionsOf = by_default

    def app(self, **options: Any) -> WebApp:
        settings = WebOptions(access_log=False, **options)
        stores = Recorder(), self.site.control, self.blobs
        routes = mounted.routes(*stores, GatewayOptions(), settings, self.site.clock, self.options_of)
        door = authenticator(settings, self.site.control, self.site.secrets, self.site.clock)
        return create_app(routes, options=settings, authenticator=door, families=families())

    async def upload(
        self, content: bytes, level: str | None = "cave", app_name: str | None = "jumper", **headers: str
    ) -> httpx.Response:
        texts = {"app_name": app_name, "level_name": level}
        data = {name: value for name, value in texts.items() if value is not None}
        named = {"x_api_key": self.secret, **headers}
        async with self.client(None, PEER, **named) as client:
            return await client.post(MODELS, data=data, files={"model_file": ("../../etc/passwd", content)})

    def kept(self) -> list[str]:
        return self.blobs.names("models")
