"""What can go wrong while answering.

Transient
├── ViewNotReady    the tables are still being read for the first time
└── RowsGone        rows went while they were read
"""

from schemas.shared.faults import Transient


class ViewNotReady(Transient):
    """The media tables are still being read for the first time."""


class RowsGone(Transient):
    """Rows went while they were read one part after the other, as an erasure does; the rest of the answer is none."""
