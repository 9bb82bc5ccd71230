"""What the numbers say, in words: rules over metrics, one catalogue of sentences per language, literature."""

from motion.texts.comments import comments, recommendations, summaries
from motion.texts.labels import amount, explained, label
from motion.texts.reworded import reworded
from motion.texts.text import Text

__all__ = ["Text", "amount", "comments", "explained", "label", "recommendations", "reworded", "summaries"]
