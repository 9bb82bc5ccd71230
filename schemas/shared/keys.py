"""Which items share a partition, and so keep their order: the keys of messages."""

from schemas.shared.rules import Item


def message_key(tenant: str, session_id: str | None, subject: str) -> bytes:
    """One session is one partition; events without a session follow their person."""
    return f"{tenant}:{session_id or subject}".encode()


def by_session(item: Item) -> bytes:
    """The session's, the person's where there is none."""
    return message_key(item.tenant, item.session_id, item.subject)


def by_subject(item: Item) -> bytes:
    """All that is of one person in their order, whatever session it belongs to."""
    return f"{item.tenant}:{item.subject}".encode()


def by_organisation(item: Item) -> bytes:
    """All that is of one organisation in its order, on one partition."""
    return item.tenant.encode()
