"""What can go wrong while answering.

Transient
└── ViewNotReady    the tables are still being read for the first time
"""

from schemas.shared.faults import Transient


class ViewNotReady(Transient):
    """The media tables are still being read for the first time."""
