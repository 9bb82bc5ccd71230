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
    return template.render(info=document["info"], operations=list(_operations(document["paths"])), schemas=schemas)


def _operations(paths: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for path, methods in paths.items():
        for method, operation in methods.items():
            yield {"path": path, "method": method.upper(), **_shown(operation)}


def _shown(operation: Mapping[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return {
        "id": operation["operationId"],
        "summary": operation["summary"],
        "description": operation.get("description", ""),
        "parameters": operation["parameters"],
        "example": _pretty(content["example"]) if "example" in content else None,
        "request": _pretty(content["schema"]) if "schema" in content else None,
        "responses": operation["responses"],
        "secured": bool(operation["security"]),
    }


def _pretty(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
