"""Whose data is asked for, and how far: a project's, or all that an organisation holds."""

from dataclasses import dataclass, field

import polars as pl

from control.organisations import Organisations, subject_of
from schemas.shared.columns import Table
from schemas.shared.faults import Terminal

PROJECT = "project_id"


class UnknownOrganisation(Terminal):
    """There is no organisation of that name."""


@dataclass(frozen=True)
class Person:
    """One person of an organisation; `project_id` None means everywhere in it. `user_id` is the clear identifier."""

    tenant: str
    subject: str
    user_id: str = field(repr=False)
    project_id: str | None = None

    @property
    def scope(self) -> str:
        """As tombstones and erasures have it: empty for the whole organisation."""
        return self.project_id or ""

    def rows_in(self, table: Table) -> pl.Expr:
        """What holds of their rows in a table that has `subject`."""
        theirs = (pl.col("tenant") == self.tenant) & (pl.col("subject") == self.subject)
        if self.project_id is None:
            return theirs
        return theirs & (pl.col(PROJECT) == self.project_id if PROJECT in table.schema else pl.lit(value=False))


def person(organisations: Organisations, tenant: str, user_id: str, project_id: str | None) -> Person:
    """The person whom an organisation calls so; raises UnknownOrganisation."""
    organisation = organisations.get(tenant)
    if organisation is None:
        raise UnknownOrganisation(f"there is no organisation {tenant!r}; `kinelake org list` shows all")
    return Person(tenant, subject_of(organisation.key, user_id), user_id, project_id)
