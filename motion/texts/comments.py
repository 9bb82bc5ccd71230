"""The comments on a session: what was seen, what to do next, and the publications behind it, in one language."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from motion.findings import Findings
from motion.left_out import NOTE as ANOTHER_PERSON
from motion.request import Activity, Exercise, Language, MeasurementSystem, Request
from motion.texts import joint_mobility, jumping, running, squat, weightlifting
from motion.texts.catalogue import catalogue
from motion.texts.references import citations
from motion.texts.rules import straight
from motion.texts.text import Comment, Sentence, Text, sentence


class Session(Protocol):
    """What of an analysis the texts go by."""

    @property
    def request(self) -> Request:
        """What was asked."""

    @property
    def findings(self) -> Findings:
        """What was found."""


Rules = Callable[[Findings], Mapping[str, Comment]]

SUMMARY = "final_summary"

_OF_ACTIVITY: Mapping[Activity, Rules] = {
    Activity.RUNNING: running.comments,
    Activity.JUMPING: jumping.comments,
    Activity.WEIGHTLIFTING: weightlifting.comments,
    Activity.MOBILITY: squat.comments,
}


def comments(session: Session, language: Language, system: MeasurementSystem) -> dict[str, Text]:
    """What was seen and what to do next, by thread (squat), joint (joint mobility) or metric without its side.

    The last key is always `final_summary`. Numbers are the metrics' own, written as the language and the measurement
    system write them; what has no value is named, with why and what to film differently.
    """
    return _written(session, language, system, lambda comment: (*comment.seen, *comment.next))


def summaries(session: Session, language: Language, system: MeasurementSystem) -> dict[str, Text]:
    """Only what was seen."""
    return _written(session, language, system, lambda comment: comment.seen)


def recommendations(session: Session, language: Language, system: MeasurementSystem) -> dict[str, Text]:
    """Only what to do next; where there is nothing to do, what was seen."""
    return _written(session, language, system, lambda comment: comment.next or comment.seen)


def _written(
    session: Session,
    language: Language,
    system: MeasurementSystem,
    chosen: Callable[[Comment], Iterable[Sentence]],
) -> dict[str, Text]:
    words, said = catalogue(language), _rules(session.request)(straight(session.findings))
    return {
        name: Text(" ".join(words.write(each, system) for each in chosen(comment)), citations(comment.references))
        for name, comment in _with_others(session.findings, said).items()
    }


def _with_others(findings: Findings, said: Mapping[str, Comment]) -> Mapping[str, Comment]:
    """The comments; the summary says if the film shows other people, and how to film it."""
    if ANOTHER_PERSON not in findings.notes:
        return said
    summary = said[SUMMARY]
    seen, following = sentence("general.another_person"), sentence("how.alone")
    return {**said, SUMMARY: replace(summary, seen=(*summary.seen, seen), next=(following, *summary.next))}


def _rules(request: Request) -> Rules:
    if request.exercise is Exercise.JOINT_ANGLE_MOBILITY:
        return joint_mobility.comments
    return _OF_ACTIVITY[request.activity]
