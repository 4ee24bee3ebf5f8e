"""Draw the case graph into docs/architecture.md, between its markers. With --check, only say whether it is current."""

import sys
from pathlib import Path

from overread.graphs import case

PAGE = Path(__file__).parents[1] / "docs" / "architecture.md"
BEGIN, END = "<!-- graph: begin -->", "<!-- graph: end -->"


def drawing() -> str:
    """Give the graph as Mermaid, as the program has it."""
    return case.build().get_graph().draw_mermaid().strip()


def page_with(text: str) -> str:
    """Put the drawing between the markers of a page."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n```mermaid\n{drawing()}\n```\n{END}{after}"


if __name__ == "__main__":
    current = PAGE.read_text(encoding="utf-8")
    drawn = page_with(current)
    if "--check" in sys.argv:
        sys.exit(0 if drawn == current else "docs/architecture.md does not show the graph; run 'make docs'")
    PAGE.write_text(drawn, encoding="utf-8")
