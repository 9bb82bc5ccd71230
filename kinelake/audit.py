"""The audit log of an installation, checked: its table against the heads and the anchors in control."""

from collections.abc import Mapping, Sequence
from hmac import compare_digest
from typing import Any

from control.chains import ChainAnchor
from control.store import Control
from kinelake.installation import Installation
from schemas.audit.chain import Link, anchored
from schemas.shared.times import microseconds
from sinks.audit.verify import Anchor, Report, Verified, verify


def report_of(installation: Installation, organisation: str | None) -> Report:
    """What there is to say of one organisation's chain, or of all."""
    control = installation.control

    def heads() -> Mapping[str, Link]:
        return {name: Link(head.number, head.digest) for name, head in control.chains.heads().items()}

    return verify(installation.location, heads, lambda: anchors(control), organisation)


def anchors(control: Control) -> Mapping[str, Sequence[Anchor]]:
    """Organisation → its anchors, each with whether the organisation's key has signed it."""
    keys = {organisation.id: organisation.key for organisation in control.organisations.list()}
    found: dict[str, list[Anchor]] = {}
    for anchor in control.chains.anchors():
        link = Link(anchor.number, anchor.digest)
        found.setdefault(anchor.organisation, []).append(Anchor(link, _genuine(anchor, link, keys)))
    return found


def row(verified: Verified) -> dict[str, Any]:
    """A line for people."""
    broken = verified.broken
    rows = {"organisation": verified.organisation, "rows": verified.rows, "erased": verified.erased}
    if broken is None:
        return {**rows, "chain": "whole", "at": None, "why": None, "event_id": None}
    place = f"{broken.first:,}" if broken.first == broken.last else f"{broken.first:,}–{broken.last:,}"
    return {**rows, "chain": broken.reason, "at": place, "why": broken.detail, "event_id": broken.event_id}


def _genuine(anchor: ChainAnchor, link: Link, keys: Mapping[str, bytes]) -> bool:
    key = keys.get(anchor.organisation)
    if key is None:
        return False
    signed = anchored(key, anchor.organisation, link, microseconds(anchor.cut_at))
    return compare_digest(signed, anchor.signature)
