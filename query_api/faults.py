"""What can go wrong while answering.

Terminal
├── NoSuchOrganisation   a link is to be made for an organisation that is unknown
└── BadFileName          a file shall be saved under a name that is none
Transient
├── ViewNotReady    the tables are still being read for the first time
└── RowsGone        rows went while they were read
"""

from schemas.shared.faults import Terminal, Transient


class NoSuchOrganisation(Terminal):
    """There is no organisation of that name, so no key that its links are signed with."""


class BadFileName(Terminal):
    """A browser would not save anything under that name."""


class ViewNotReady(Transient):
    """The media tables are still being read for the first time."""


class RowsGone(Transient):
    """Rows went while they were read one part after the other, as an erasure does; the rest of the answer is none."""
