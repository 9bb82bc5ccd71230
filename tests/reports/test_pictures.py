from io import BytesIO
from itertools import combinations
from typing import get_args

import numpy as np
import pytest
from PIL import Image

from motion.request import Language
from reports.labels import labels
from reports.pictures import SIZE, ViewName, no_picture

VIEWS: tuple[ViewName, ...] = get_args(ViewName)


def pixels(view: ViewName, language: Language) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asarray(Image.open(BytesIO(no_picture(view, "not_filmed", language))))


@pytest.mark.parametrize("language", Language)
def test_every_view_has_its_own_picture_and_no_words_touch_its_edge(language: Language) -> None:
    pictures = [pixels(view, language) for view in VIEWS]
    for picture in pictures:
        assert picture.shape == (SIZE, SIZE, 3)
        assert len(np.unique(picture[30:-30, 30:60].reshape(-1, 3), axis=0)) == 1
        assert len(np.unique(picture[-80:-30, 30:-30].reshape(-1, 3), axis=0)) == 1
    assert all((one != other).any() for one, other in combinations(pictures, 2))


def test_left_and_right_look_to_opposite_sides() -> None:
    left, right = (pixels(view, Language.EN)[60:400] for view in ("left", "right"))
    assert np.abs(left.astype(int) - right[:, ::-1]).mean() < 2


def test_a_language_that_writes_otherwise_has_another_picture() -> None:
    assert len({no_picture("front", "not_filmed", language) for language in Language}) == len(Language)


@pytest.mark.parametrize("language", Language)
def test_labels_have_the_same_keys_and_gaps_in_every_language(language: Language) -> None:
    english, other = labels(Language.EN).words, labels(language).words
    for table, words in english.items():
        assert words.keys() == other[table].keys()
        for key, text in words.items():
            assert other[table][key].count("{") == text.count("{"), key
    assert english.keys() == other.keys()
