"""Why a notice is not known to be sent."""

from overread.errors import OverreadError


class NotSent(OverreadError):
    """The channel did not take it: it may be tried again."""


class Unclear(OverreadError):
    """It may have been taken: nobody is told twice, so it is not tried again, and shown."""
