"""The API's documentation: Swagger UI from the files of a package on this host, beside the OpenAPI document.

The page's one inline script is FastAPI's, allowed by its hash; the policy lets it reach this host and, where clients
reach the service under another URL, that one.
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from urllib.parse import urlsplit

from fastapi.openapi.docs import get_swagger_ui_html
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from web.tenancy import RouteSpec, public_route

PAGE = "/docs"
PACKAGE = "fastapi_offline"
"""It ships the files of Swagger UI; nothing of its code is used."""
FILES: Mapping[str, str] = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon.png": "image/png",
}
INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
KEPT = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
"""Of the files: they change with the installation only."""


def docs_routes(title: str, openapi_url: str, base_url: str | None) -> Iterator[RouteSpec]:
    """The page and its files; `base_url` is where the document says that the service is."""
    content = _page(title, openapi_url)
    page = HTMLResponse(content, headers=_headers(content, base_url))

    async def docs(request: Request) -> Response:
        return page

    yield public_route(PAGE, docs)
    yield from (_file_route(name, media_type) for name, media_type in FILES.items())


def _page(title: str, openapi_url: str) -> str:
    script, style, icon = (f"{PAGE}/{name}" for name in FILES)
    page = get_swagger_ui_html(
        openapi_url=openapi_url,
        title=title,
        swagger_js_url=script,
        swagger_css_url=style,
        swagger_favicon_url=icon,
        swagger_ui_parameters={"persistAuthorization": False, "tryItOutEnabled": True, "docExpansion": "list"},
    )
    return bytes(page.body).decode()


def _headers(page: str, base_url: str | None) -> Mapping[str, str]:
    hashes = " ".join(f"'sha256-{_hash(script)}'" for script in INLINE_SCRIPT.findall(page))
    elsewhere = "" if base_url is None else " {0.scheme}://{0.netloc}".format(urlsplit(base_url))
    policy = (
        f"default-src 'none'; script-src 'self' {hashes}; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self'{elsewhere}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )
    return {"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _file_route(name: str, media_type: str) -> RouteSpec:
    answer = Response((files(PACKAGE) / "static" / name).read_bytes(), headers=KEPT, media_type=media_type)

    async def file(request: Request) -> Response:
        return answer

    return public_route(f"{PAGE}/{name}", file)
