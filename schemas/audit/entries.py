"""The audit stream: who did what to which resource (contract: POST /v1/audit/ingest), one chain an organisation."""

from typing import Annotated, TypeAlias

import polars as pl
from msgspec import Meta

from schemas.shared.client import ClientEvent, Identifier, JsonObject
from schemas.shared.columns import Column
from schemas.shared.keys import by_organisation
from schemas.shared.stream import Stream

ResourceId: TypeAlias = Annotated[str, Meta(min_length=1, max_length=256, extra={"printable": True})]
Status: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64, extra={"printable": True})]
StatusCode: TypeAlias = Annotated[int, Meta(ge=100, le=599)]
Code: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64, extra={"printable": True})]


class AuditEntry(ClientEvent, kw_only=True):
    """One thing that somebody did."""

    action: Annotated[Identifier, Meta(description="What was done, such as patient.view.")]
    resource_type: Annotated[Identifier, Meta(description="The kind of thing it was done to.")]
    resource_id: Annotated[ResourceId | None, Meta(description="Which of them.")] = None
    status: Annotated[Status, Meta(description="How it ended: success, refused, …")]
    status_code: Annotated[StatusCode | None, Meta(description="The HTTP status it was answered with.")] = None
    code: Annotated[Code | None, Meta(description="Why it was refused: the stable code of the answer.")] = None
    metadata: Annotated[JsonObject | None, Meta(description="Whatever else is to be known of it.")] = None


ACTOR_COLUMNS = (
    Column("actor", pl.String, "Who did it: a subject, or the hash that an identity proxy gave; the row's subject."),
    Column("actor_source", pl.String, "Where actor is from: header (X-Actor-Hash), token, or house (Kinelake itself)."),
    Column("actor_type", pl.String, "user, specialist, admin or system; null where nobody said."),
    Column("project_id", pl.String, "The project that it was done in; null where it is none's. Since chain version 2."),
)

CHAIN_COLUMNS = (
    Column("chain_version", pl.Int64, "Version of the form that the digests are made of."),
    Column("chain_number", pl.Int64, "The row's place in its organisation's chain; the first is 1."),
    Column("previous", pl.String, "The digest of the row before, hex; zeros before the first."),
    Column("digest", pl.String, "SHA-256(previous ‖ plain columns ‖ personal_digest), hex."),
    Column("personal_digest", pl.String, "SHA-256(salt ‖ personal columns), hex; stays when those are erased."),
    Column("salt", pl.String, "16 random bytes, hex; null once the personal columns are erased."),
)

AUDIT = Stream(
    name="audit",
    path="/v1/audit/ingest",
    description="What was done in each organisation, each row chained to the one before.",
    # That something was done is kept whatever the person agreed to.
    consent_level=0,
    events=(AuditEntry,),
    event_type="entry",
    roles=("system",),
    # Rows are read on the dashboard and in the table: no route hands out salts.
    listed=None,
    family="audit",
    key=by_organisation,
    stamped=ACTOR_COLUMNS,
    added=CHAIN_COLUMNS,
    table="audit_log",
    retention_days=2555,
    example={
        "action": "patient.view",
        "resource_type": "patient",
        "resource_id": "patient-123",
        "status": "success",
        "status_code": 200,
        "metadata": {"fields_accessed": ["name", "treatment_plans"]},
    },
)
