"""What OpenAPI says of a route: given as data where the route is registered, since bodies are msgspec types.

A body is described by a msgspec type, whose JSON Schema is derived, or by a ready JSON Schema.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal, TypeAlias

import msgspec

from schemas.shared.faults import BadDeclaration
from web.families import JSON, Family

Body: TypeAlias = Any
"""A msgspec type, or a JSON Schema as a dict."""

REF_TEMPLATE = "#/components/schemas/{name}"


@dataclass(frozen=True)
class Parameter:
    """A query, path or header parameter; `schema` is its JSON Schema."""

    name: str
    description: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    place: Literal["query", "path", "header"] = "query"
    required: bool = False

    def described(self) -> dict[str, Any]:
        """The OpenAPI parameter object."""
        required = self.required or self.place == "path"
        named = {"name": self.name, "in": self.place, "required": required}
        return {**named, "description": self.description, "schema": dict(self.schema)}


@dataclass(frozen=True)
class Operation:
    """One route's entry in OpenAPI. `responses` are the good answers; the errors every route can give are added.

    The good answers have the `media_type`, which is JSON unless said otherwise, or one of `other_media_types`.
    `request_media_type` is what the body is where that is not what the family's bodies are. `security` names those of
    the family's schemes that open it, by default all. Of one that is not `counted` the family's meter takes no notice.
    """

    summary: str
    description: str = ""
    tags: Sequence[str] = ()
    request: Body | None = None
    request_example: Mapping[str, Any] | None = None
    request_media_type: str = ""
    responses: Mapping[int, Body] = field(default_factory=dict)
    media_type: str = JSON
    other_media_types: Sequence[str] = ()
    response_headers: Mapping[str, str] = field(default_factory=dict)
    parameters: Sequence[Parameter] = ()
    errors: Sequence[int] = ()
    security: Sequence[str] = ()
    counted: bool = True


Describing: TypeAlias = Operation | Callable[[], Operation]
"""A route's entry, or what makes it once somebody asks for the document: few processes are ever asked."""


class Described:
    """Collects the schemas of several operations into one set of components."""

    def __init__(self) -> None:
        self.components: dict[str, Any] = {}

    def operation(self, operation: Operation, name: str, family: Family, *, secured: bool) -> dict[str, Any]:
        """The OpenAPI operation object."""
        entry: dict[str, Any] = {"operationId": name, "summary": operation.summary}
        entry |= {"description": operation.description} if operation.description else {}
        entry |= {"tags": list(operation.tags)} if operation.tags else {}
        entry["parameters"] = [parameter.described() for parameter in operation.parameters]
        if operation.request is not None:
            entry["requestBody"] = self._request(operation, family)
        entry["responses"] = self._good(operation) | self._bad(operation, family, secured=secured)
        entry["security"] = [{scheme: []} for scheme in operation.security or family.security] if secured else []
        return entry

    def _request(self, operation: Operation, family: Family) -> dict[str, Any]:
        content: dict[str, Any] = {"schema": self._schema(operation.request)}
        if operation.request_example is not None:
            content["example"] = dict(operation.request_example)
        names = (operation.request_media_type,) if operation.request_media_type else family.media_types
        return {"required": True, "content": {name: content for name in names if name}}

    def _good(self, operation: Operation) -> dict[str, Any]:
        headers = {
            name: {"description": text, "schema": {"type": "string"}}
            for name, text in operation.response_headers.items()
        }
        others = {name: {"schema": {"type": "string", "format": "binary"}} for name in operation.other_media_types}
        return {
            str(status): {
                "description": HTTPStatus(status).phrase,
                "headers": headers,
                "content": {operation.media_type: {"schema": self._schema(body)}, **others},
            }
            if status != HTTPStatus.NO_CONTENT
            else {"description": HTTPStatus(status).phrase, "headers": headers}
            for status, body in operation.responses.items()
        }

    def _bad(self, operation: Operation, family: Family, *, secured: bool) -> dict[str, Any]:
        statuses = {*operation.errors, 500, 503} | ({400, 401, 403} if secured else set())
        statuses |= {429} if family.meter is not None and operation.counted else set()
        # what stands for a parameter may be no name of anything, such as a line break
        statuses |= {404} if any(parameter.place == "path" for parameter in operation.parameters) else set()
        statuses |= {400, 408, 413, 415} if operation.request is not None else set()
        content = {family.error_media_type: {"schema": self._schema(family.error_schema)}}
        return {
            str(status): {"description": HTTPStatus(status).phrase, "content": content} for status in sorted(statuses)
        }

    def _schema(self, body: Body) -> dict[str, Any]:
        if isinstance(body, dict):
            return body
        (schema,), components = msgspec.json.schema_components([body], ref_template=REF_TEMPLATE)
        for name, found in components.items():
            if self.components.setdefault(name, found) != found:
                raise BadDeclaration(f"two schemas of the API are called {name}; rename one of the types")
        return schema
