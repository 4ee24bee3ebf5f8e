"""What words composed in code are said with: English as it is written here, another language where one is given.

Only what an interface says takes a `Speech`. What is stored, signed, exported or printed by a command is composed
without one, and so is English whatever language somebody reads the page in.
"""

from datetime import date, datetime


class Speech:
    """English: messages as they are written, ISO 8601 dates, a decimal point."""

    name = "en"
    """Language tag, ISO 639-1."""

    def gettext(self, message: str) -> str:
        """Say a message."""
        return message

    def ngettext(self, one: str, many: str, count: int) -> str:
        """Say a message for a number of things."""
        return one if count == 1 else many

    def number(self, value: float, digits: int = 0) -> str:
        """Write a figure with that many decimals."""
        return f"{value:.{digits}f}"

    def figures(self, value: float) -> str:
        """Write a measurement with three significant figures."""
        return f"{value:.3g}"

    def counted(self, value: int) -> str:
        """Write a large number in groups of three figures."""
        return f"{value:,}"

    def day(self, day: date) -> str:
        """Write a day."""
        return f"{day:%Y-%m-%d}"

    def minute(self, at: datetime) -> str:
        """Write a moment to the minute, with its zone."""
        return f"{self.day(at)} {at:%H:%M %Z}".rstrip()

    def second(self, at: datetime) -> str:
        """Write a moment to the second, with its zone."""
        return f"{self.day(at)} {at:%H:%M:%S %Z}".rstrip()


ENGLISH = Speech()
