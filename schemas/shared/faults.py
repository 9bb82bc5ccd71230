"""The two families of errors; every room derives its own from one of them.

KinelakeError
├── Terminal    trying again cannot help: wrong configuration, wrong data, another owner
└── Transient   trying again may help: broker away, disk full, store locked
"""


class KinelakeError(Exception):
    """Base of everything Kinelake raises on purpose."""


class Terminal(KinelakeError):
    """Trying again cannot help; the message names what to change."""


class Transient(KinelakeError):
    """Trying again may help; the message names what is away."""


class BadDeclaration(Terminal):
    """A stream or a table cannot be as it is declared; the message names it, the field and the fix."""
