"""The API's documentation as one page from its OpenAPI document: no script, nothing from another host."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined

CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def docs_page(document: Mapping[str, Any]) -> str:
    """The page; bodies are shown by their example and their JSON Schema."""
    schemas = {name: _pretty(schema) for name, schema in sorted(document["components"]["schemas"].items())}
    template = TEMPLATES.get_template("docs.html")
    return template.render(info=document["info"], operations=list(_operations(document)), schemas=schemas)


def _operations(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    schemes = document["components"]["securitySchemes"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield {"path": path, "method": method.upper(), **_shown(operation, schemes)}


def _shown(operation: Mapping[str, Any], schemes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    content: Mapping[str, Any] = next(iter(operation.get("requestBody", {}).get("content", {}).values()), {})
    return {
        "id": operation["operationId"],
        "summary": operation["summary"],
        "description": operation.get("description", ""),
        "parameters": operation["parameters"],
        "example": _pretty(content["example"]) if "example" in content else None,
        "request": _pretty(content["schema"]) if "schema" in content else None,
        "responses": operation["responses"],
        "needs": " or ".join(_needed(schemes[name]) for way in operation["security"] for name in way),
    }


def _needed(scheme: Mapping[str, Any]) -> str:
    """What a caller shows, by an OpenAPI security scheme."""
    return f"a {scheme['scheme']} token" if scheme["type"] == "http" else f"the {scheme['in']} {scheme['name']}"


def _pretty(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
