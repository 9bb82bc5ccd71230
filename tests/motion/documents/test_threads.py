"""Threads: six a question, under ids that only what they are about decides."""

import json
import re

from motion.documents import Kind, all_threads, thread, thread_ids, threads
from motion.request import Language, MeasurementSystem
from motion.texts import recommendations, summaries
from tests.kit.motion.documents import INFO, squatted

SIX = ["hip_flexion", "hip_abduction", "knee_flexion", "knee_movement", "ankle_dorsiflexion", "final_summary"]
EN, DE = Language.EN, Language.DE
METRIC, IMPERIAL = MeasurementSystem.METRIC, MeasurementSystem.IMPERIAL


def test_each_of_the_six_has_an_id_of_its_own_in_the_contracts_form() -> None:
    ids = thread_ids(threads(squatted(), "f00d", Kind.SUMMARY, EN, METRIC))
    assert list(ids) == SIX
    assert len(set(ids.values())) == len(SIX)
    assert all(re.fullmatch(r"thread_f00d00000000[a-z2-7]{12}", each) for each in ids.values())


def test_the_same_question_has_the_same_ids_and_every_other_has_others() -> None:
    asked = [
        ("f00d", Kind.SUMMARY, EN, METRIC),
        ("f00e", Kind.SUMMARY, EN, METRIC),
        ("f00d", Kind.RECOMMENDATION, EN, METRIC),
        ("f00d", Kind.SUMMARY, DE, METRIC),
        ("f00d", Kind.SUMMARY, EN, IMPERIAL),
    ]
    ids = [thread_ids(threads(squatted(), *each)) for each in asked]
    assert ids == [thread_ids(threads(squatted(), *each)) for each in asked]
    assert len({each for of in ids for each in of.values()}) == len(SIX) * len(asked)


def test_all_threads_are_six_of_each_kind_language_and_system() -> None:
    every = list(all_threads(squatted(), "f00d"))
    assert len(every) == len({one.id for one in every}) == len(SIX) * len(Kind) * len(Language) * 2


def test_a_thread_says_what_the_texts_say_with_their_references() -> None:
    for kind, said in ((Kind.SUMMARY, summaries), (Kind.RECOMMENDATION, recommendations)):
        texts = said(squatted(), DE, IMPERIAL)
        for one in threads(squatted(), "f00d", kind, DE, IMPERIAL):
            document = thread(one, INFO.created_at)
            assert json.loads(json.dumps(document)) == document
            assert document == {
                **{"thread_id": one.id, "session_id": "f00d", "kind": str(kind), "metric": one.metric},
                **{"language": "de", "measurement_system": "imperial", "created_at": "2025-02-05T18:00:00Z"},
                "messages": [
                    {
                        "role": "assistant",
                        "text": texts[one.metric].text,
                        "references": list(texts[one.metric].references),
                    }
                ],
            }
