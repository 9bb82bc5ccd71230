"""The words of the page in six languages, one `<language>.toml` each with the same keys and gaps.

Names of metrics and reasons are in `motion.texts`, those of tables and views in `reports.labels`.
"""

import tomllib
from functools import cache
from importlib import resources

from motion.request import Language
from reports.labels import Labels


@cache
def words(language: Language) -> Labels:
    """The words of a language."""
    file = resources.files(__package__) / "words" / f"{language}.toml"
    return Labels(language, tomllib.loads(file.read_text(encoding="utf-8")))
