"""Retention of the audit log: old days go from the beginning of each chain, and what is left still verifies."""

from dataclasses import replace
from datetime import timedelta

import pytest

from control.chains import ChainHead
from jobs.faults import NotAnchored
from jobs.lake import Lake
from jobs.retention import expired, retain
from kinelake.audit import report_of
from kinelake.installation import Installation
from schemas.audit import AUDIT
from tests.kit.chains import AT, Log, entry

DAY = timedelta(days=1)
LATE = AT + timedelta(days=AUDIT.retention_days)


@pytest.fixture
def log(lake: Lake, installation: Installation) -> Log:
    """Three days of two organisations; row 6 of the clinic came by a gateway whose clock was a day behind."""
    for name in ("clinic", "hospital"):
        installation.control.organisations.create(name)
    made = Log(lake.location.folder)
    days = [(1, 0), (2, 0), (3, 0), (4, 1), (5, 1), (6, 0), (7, 2)]
    for number, day in days:
        made.commit(
            [
                entry(tenant, number, AT + day * DAY)
                for tenant in ("clinic", "hospital")
                if day < 2 or tenant == "clinic"
            ]
        )
    heads = {name: ChainHead(link.number, link.digest) for name, link in made.heads.items()}
    installation.control.chains.advance(heads)
    return made


def numbers(log: Log, tenant: str) -> list[int]:
    return [number for name, number in log.rows().select("tenant", "chain_number").iter_rows() if name == tenant]


def test_a_day_goes_behind_a_signed_anchor_and_what_follows_an_older_row_stays(
    log: Log, installation: Installation
) -> None:
    lake = installation.lake
    assert retain(lake, LATE)["audit_log"] == 0
    assert retain(lake, LATE + DAY)["audit_log"] == 6
    assert (numbers(log, "clinic"), numbers(log, "hospital")) == ([4, 5, 6, 7], [4, 5, 6])
    assert [(each.organisation, each.number) for each in lake.control.chains.anchors()] == [
        ("clinic", 3),
        ("hospital", 3),
    ]
    assert report_of(installation, None).whole
    assert log.files().transaction(expired(AUDIT.name)) == 6
    assert retain(lake, LATE + DAY)["audit_log"] == 0, "row 6 stays with row 5 before it"
    assert retain(lake, LATE + 2 * DAY)["audit_log"] == 6
    assert (numbers(log, "clinic"), numbers(log, "hospital")) == ([7], [])
    assert report_of(installation, None).whole
    assert log.files().transaction(expired(AUDIT.name)) == 12


def test_an_anchor_that_somebody_wrote_over_is_found(log: Log, installation: Installation) -> None:
    retain(installation.lake, LATE + DAY)
    anchor, _ = installation.control.chains.anchors()
    forged = replace(anchor, organisation="hospital", number=2)
    installation.control.chains.anchor(forged, first=1)
    clinic, hospital = report_of(installation, None).organisations
    assert clinic.broken is None
    assert hospital.broken is not None
    assert (hospital.broken.reason, hospital.broken.first) == ("bad_anchor", 2)


def test_nothing_goes_of_an_organisation_that_nobody_can_sign_for(installation: Installation) -> None:
    log = Log(installation.location.folder)
    log.commit([entry("nobody", 1)])
    with pytest.raises(NotAnchored, match="name the control store"):
        retain(installation.lake, LATE + DAY)
    assert numbers(log, "nobody") == [1]
