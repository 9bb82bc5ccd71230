"""Rows of the audit log that motion writes: what an administrator did for somebody else."""

from typing import Final

from schemas.audit import AUDIT
from schemas.audit.house import Message, Occasion, entry

STREAM: Final = AUDIT.name
"""Where the rows go."""
UPLOADED: Final = "motion.session.upload"


def uploaded_for(occasion: Occasion, subject: str, activity: str) -> Message:
    """A row of the administrator, who is the occasion's subject: a film of that person was taken.

    An erasure of the person leaves it, as it leaves their pseudonym: that somebody acted for them is what it shows.
    """
    details = {"subject_hash": subject, "activity": activity}
    named = {"action": UPLOADED, "resource_type": "person", "resource_id": subject, "status": "success"}
    return entry(occasion, {**named, "metadata": details})
