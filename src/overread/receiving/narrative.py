"""The words of a FHIR narrative (XHTML), each block on lines of its own; nothing of it is shown as HTML."""

from html.parser import HTMLParser

BLOCKS = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6"})


def words_of(div: str) -> str:
    """Give the text of a narrative; markup that is broken is read as far as it goes."""
    parser = _Words()
    parser.feed(div)
    parser.close()
    return "".join(parser.said)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        self._break(tag)

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    def _break(self, tag: str) -> None:
        if tag in BLOCKS:
            self.said.append("\n")
