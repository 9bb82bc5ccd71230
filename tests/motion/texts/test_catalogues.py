import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from motion.metric import Reason
from motion.request import Language
from motion.texts.catalogue import PLURAL_FORMS, Forms, catalogue, plural_form

ENGLISH = catalogue(Language.EN).sentences
OTHERS = [language for language in Language if language is not Language.EN]


def gaps(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", text))


def literal_numbers(text: str) -> list[str]:
    return sorted(re.findall(r"\d+", re.sub(r"{\w+}", "", text)))


def variants(forms: Forms, language: Language) -> set[str]:
    return set(forms) if len(forms) == 1 else set(PLURAL_FORMS[language])


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_every_sentence(language: Language) -> None:
    assert set(catalogue(language).sentences) == set(ENGLISH)


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_gaps_and_the_numbers_of_the_english_sentence(language: Language) -> None:
    sentences: Mapping[str, Forms] = catalogue(language).sentences
    different = [
        f"{key}.{form}"
        for key, forms in sentences.items()
        for form, text in forms.items()
        if (gaps(text), literal_numbers(text))
        != (gaps(english := ENGLISH[key].get(form, ENGLISH[key]["other"])), literal_numbers(english))
    ]
    assert different == []


@pytest.mark.parametrize("language", Language)
def test_a_sentence_with_a_plural_has_all_the_plural_forms_of_its_language(language: Language) -> None:
    sentences = catalogue(language).sentences
    assert [key for key, forms in sentences.items() if set(forms) != variants(forms, language)] == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_sentence_was_left_in_english(language: Language) -> None:
    sentences = catalogue(language).sentences
    same = [
        key for key, forms in sentences.items() if " " in forms["other"] and forms["other"] == ENGLISH[key]["other"]
    ]
    assert [key for key in same if not key.startswith(("unit.", "value."))] == []


@pytest.mark.parametrize("language", Language)
def test_every_reason_for_a_missing_value_is_explained(language: Language) -> None:
    assert {f"reason.{reason}" for reason in Reason} <= set(catalogue(language).sentences)


def test_romanian_counts_in_three_forms() -> None:
    forms = [plural_form(count, Language.RO) for count in (0, 1, 2, 19, 20, 21, 101, 119, 120)]
    assert forms == ["few", "one", "few", "few", "other", "other", "few", "few", "other"]


def test_the_wheel_carries_the_catalogues() -> None:
    root = Path(__file__).parents[3]
    packed = {file.relative_path for file in WheelBuilder(str(root)).recurse_included_files()}
    assert {f"motion/texts/catalogues/{language}.toml" for language in Language} <= packed
