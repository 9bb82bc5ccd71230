"""Comments on countermovement and drop jumps."""

from collections.abc import Mapping

from motion.findings import Findings
from motion.texts.labels import naming
from motion.texts.quantity import Quantity
from motion.texts.rules import IMPLAUSIBLE, Group, Rule, Sources, commented, quantity
from motion.texts.text import Comment, Sentence, sentence

FAST_CONTACT = 0.25
"""Seconds: the longest contact of a fast stretch-shortening cycle (Flanagan & Comyns 2008)."""
COARSE_METRES = 0.02
"""An error of one frame above which a training effect, a few centimetres, is hidden (Markovic 2007)."""


def comments(findings: Findings) -> dict[str, Comment]:
    """One comment for each quantity that was looked for, and a summary."""
    return {**commented(findings, _rules(findings), SOURCES), "final_summary": _summary(findings)}


SOURCES: Sources = {
    "jump_height": ("bosco_1983", "markovic_2007"),
    "flight_time": ("bosco_1983",),
    "contact_time": ("flanagan_2008",),
    "rsi": ("flanagan_2008",),
    "mrsi": ("ebben_2010", "mcmahon_2018"),
    "time_to_takeoff": ("mcmahon_2018",),
    "depth": ("mcmahon_2018",),
    "peak_velocity": ("mcmahon_2018",),
    "peak_power": ("sayers_1999",),
}


def _rules(findings: Findings) -> Mapping[str, Rule]:
    return {"jump_height": lambda group: _height(findings, group), **_RULES}


def _height(findings: Findings, group: Group) -> Comment:
    metric = group.measured[0]
    from_flight = "height_method:flight_time" in findings.notes
    seen = (sentence("jumping.height.from_flight"),) if from_flight else ()
    if metric.unit == "m" and (metric.uncertainty or 0.0) > COARSE_METRES:
        coarse = sentence("jumping.height.coarse", error=Quantity(metric.uncertainty or 0.0, "m"))
        return Comment((*seen, coarse), (sentence("jumping.height.next_coarse"),))
    return Comment(seen, (sentence("jumping.height.next"),))


def _contact(group: Group) -> Comment:
    kind = "fast" if group.mean <= FAST_CONTACT else "slow"
    limit = Quantity(FAST_CONTACT, "s", decimals=2)
    return Comment((sentence(f"jumping.contact.{kind}", limit=limit),), (sentence(f"jumping.contact.next_{kind}"),))


def _depth(group: Group) -> Comment:
    return Comment((sentence("jumping.depth.about"),))


def _power(group: Group) -> Comment:
    return Comment((sentence("jumping.power.about"),))


_RULES: Mapping[str, Rule] = {
    "contact_time": _contact,
    "depth": _depth,
    "peak_power": _power,
}


def _summary(findings: Findings) -> Comment:
    if not findings.repetitions:
        seen = sentence("jumping.summary.none"), sentence("general.estimate")
        film = sentence("how.side", distance=Quantity(3.0, "distance"))
        return Comment(seen, (film, sentence("how.frames"), sentence("general.pain")))
    implausible = any(note.startswith(IMPLAUSIBLE) for note in findings.notes)
    seen = (
        sentence("jumping.summary.jumps", findings.repetitions),
        *_headline(findings),
        *((sentence("jumping.summary.implausible"),) if implausible else ()),
        sentence("general.estimate"),
    )
    return Comment(seen, (sentence("jumping.summary.next"), sentence("general.pain")), ("markovic_2007",))


def _headline(findings: Findings) -> tuple[Sentence, ...]:
    metric = findings.metric("jump_height")
    if metric is None or metric.value is None:
        return ()
    return (sentence("value.measured", name=naming("jump_height"), values=(quantity(metric, uncertain=True),)),)
