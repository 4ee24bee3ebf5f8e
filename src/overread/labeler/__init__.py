"""A CheXpert-style rule labeler: what a sentence asserts, and of which side."""

from overread.labeler.comparison import comparison_words, courses_named, views_named
from overread.labeler.labeling import VERSION, assertions, label_text, report_assertions, report_readings
from overread.labeler.sentences import sentences
from overread.labeler.stated import stated, stated_in

__all__ = [
    "VERSION",
    "assertions",
    "comparison_words",
    "courses_named",
    "label_text",
    "report_assertions",
    "report_readings",
    "sentences",
    "stated",
    "stated_in",
    "views_named",
]
