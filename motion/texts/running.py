"""Comments on running: what each number means at this speed, and the one thing to try first."""

from collections.abc import Mapping

from motion.findings import Findings
from motion.texts.labels import naming
from motion.texts.quantity import Quantity
from motion.texts.rules import Group, Rule, Sources, commented, far, groups, quantity, value
from motion.texts.text import Comment, Sentence, sentence

LOW_CADENCE, HIGH_CADENCE = 160.0, 190.0
"""Steps/min around what recreational runners choose, 172 ± 9 (Heiderscheit 2011)."""
MORE_CADENCE = 1.05
"""The smallest change of step rate whose unloading of knee and hip was measured (Heiderscheit 2011)."""
HIGH_OSCILLATION = {"m": 0.10, "leg lengths": 0.11}
"""Above what economical runners show, 6–10 cm (Moore 2016, Folland 2017); a leg is about 0.9 m."""
REARFOOT, FOREFOOT = 8.0, -1.6
"""Foot strike angles in degrees (Altman & Davis 2012)."""
STRAIGHT_KNEE = 10.0
"""Degrees of flexion at contact below which a knee counts as extended (Souza 2016)."""
UPRIGHT, LEANING = 2.0, 15.0
"""Degrees of trunk lean; most runners lie at 3–12 (Teng & Powers 2014, Souza 2016)."""
COMMON_ASYMMETRY = 10.0
"""Percent; ours: healthy runners show up to about that in times of steps (Robinson 1987 defines the index)."""

WALKING = "walking"
"""The note of a gait without flight."""


def comments(findings: Findings) -> dict[str, Comment]:
    """One comment for each quantity that was looked for, and a summary."""
    return {**commented(findings, _rules(findings), SOURCES), "final_summary": _summary(findings)}


SOURCES: Sources = {
    "cadence": ("heiderscheit_2011", "souza_2016"),
    "step_time": ("souza_2016",),
    "contact_time": ("moore_2016",),
    "duty_factor": ("moore_2016",),
    "vertical_oscillation": ("folland_2017", "moore_2016"),
    "vertical_ratio": ("folland_2017",),
    "foot_strike_angle": ("altman_2012", "hamill_2017"),
    "knee_at_contact": ("wille_2014", "souza_2016"),
    "trunk_lean": ("teng_2014", "souza_2016"),
    "step_time_symmetry": ("robinson_1987",),
    "contact_time_symmetry": ("robinson_1987",),
    "flight_time_symmetry": ("robinson_1987",),
}


def _rules(findings: Findings) -> Mapping[str, Rule]:
    """By name; what is meant for runners is not said to someone who walks."""
    symmetries = {name: _symmetry for name in groups(findings) if name.endswith("_symmetry")}
    return symmetries if WALKING in findings.notes else {**symmetries, **_RULES}


def _cadence(group: Group) -> Comment:
    if group.mean < LOW_CADENCE:
        target = Quantity(MORE_CADENCE * group.mean, "steps/min")
        return Comment((sentence("running.cadence.low"),), (sentence("running.cadence.next", target=target),))
    return Comment((sentence(f"running.cadence.{'high' if group.mean > HIGH_CADENCE else 'usual'}"),))


def _oscillation(group: Group) -> Comment:
    if group.mean > HIGH_OSCILLATION[group.measured[0].unit]:
        seen, following = sentence("running.vertical_oscillation.high"), sentence("running.vertical_oscillation.next")
        return Comment((seen,), (following,))
    return Comment((sentence("running.vertical_oscillation.usual"),))


def _contact(group: Group) -> Comment:
    return Comment((sentence("running.contact.usual"),))


def _strike(group: Group) -> Comment:
    kind = "rearfoot" if group.mean > REARFOOT else "forefoot" if group.mean < FOREFOOT else "midfoot"
    return Comment((sentence(f"running.strike.{kind}"),), (sentence("running.strike.next"),))


def _knee(group: Group) -> Comment:
    if group.mean < STRAIGHT_KNEE:
        return Comment((sentence("running.knee.straight"),), (sentence("running.knee.next"),))
    return Comment((sentence("running.knee.usual"),))


def _lean(group: Group) -> Comment:
    kind = "upright" if group.mean < UPRIGHT else "strong" if group.mean > LEANING else "usual"
    following = () if kind == "usual" else (sentence(f"running.lean.next_{kind}"),)
    return Comment((sentence(f"running.lean.{kind}"),), following)


def _symmetry(group: Group) -> Comment:
    """No difference is called clear: one foot is always the one away from the camera."""
    metric = group.measured[0]
    if value(metric) <= (metric.uncertainty or 0.0):
        return Comment((sentence("running.symmetry.noise"),))
    if value(metric) <= COMMON_ASYMMETRY:
        return Comment((sentence("running.symmetry.small", limit=Quantity(COMMON_ASYMMETRY, "%", decimals=0)),))
    return Comment((sentence("running.symmetry.unsure"),), (sentence("running.symmetry.next"),))


_RULES: Mapping[str, Rule] = {
    "cadence": _cadence,
    "vertical_oscillation": _oscillation,
    "contact_time": _contact,
    "foot_strike_angle": _strike,
    "knee_at_contact": _knee,
    "trunk_lean": _lean,
}

_ORDER = ("cadence", "knee_at_contact", "vertical_oscillation", "trunk_lean")
"""What is tried first: step rate changes knee and oscillation too (Heiderscheit 2011)."""


_SAID = {"few_strides": "few", WALKING: "walking"}


def _summary(findings: Findings) -> Comment:
    closing = (sentence("general.pain"),)
    if not findings.repetitions:
        return Comment((sentence("running.summary.none"), sentence("general.estimate")), closing)
    seen = (
        sentence("running.summary.strides", findings.repetitions),
        *(sentence(f"running.summary.{said}") for note, said in _SAID.items() if note in findings.notes),
        *_headline(findings),
        *(() if WALKING in findings.notes else (_first(findings),)),
        *far(findings, findings.metrics),
        sentence("general.estimate"),
    )
    return Comment(seen, closing, ("souza_2016", "moore_2016"))


def _headline(findings: Findings) -> tuple[Sentence, ...]:
    metric = findings.metric("cadence")
    if metric is None or metric.value is None:
        return ()
    return (sentence("value.measured", name=naming("cadence"), values=(quantity(metric),)),)


def _first(findings: Findings) -> Sentence:
    found = groups(findings)
    for name in _ORDER:
        if name in found and found[name].trusted and _RULES[name](found[name]).next:
            return sentence("running.summary.first", name=naming(name))
    return sentence("running.summary.all_good")
