"""The keys of the page: the one table that its dialogs, its help and the docs are made from."""

from dataclasses import dataclass
from typing import Literal

Place = Literal["everywhere", "worklist", "case", "image"]
"""Where a key works; `image` is the viewer of an open case."""


@dataclass(frozen=True)
class Key:
    """One entry: keys that belong together, and what they do in their order."""

    keys: tuple[str, ...]
    what: str
    place: Place
    how: str = ""
    """What is said of the keys: that one is held, where they are pressed."""


KEYS: tuple[Key, ...] = (
    Key(("?",), "show the keys", "everywhere"),
    Key(("w",), "dark, light, or as the system has it", "everywhere"),
    Key(("Esc",), "close what is open", "everywhere"),
    Key(("↓", "↑"), "next, previous case", "worklist"),
    Key(("Enter",), "open it", "worklist"),
    Key(("/",), "go to the search", "worklist"),
    Key(("x",), "choose the case, or not", "worklist"),
    Key(("t",), "take the chosen cases, or this one", "worklist"),
    Key(("n", "p"), "next, previous case of the list", "case"),
    Key(("t",), "take the case, or give it back", "case"),
    Key(("↓", "↑"), "next, previous sentence or finding", "case"),
    Key(("Enter",), "show its evidence on the image", "case"),
    Key(("a", "e", "r"), "accept, edit, reject the sentence or the finding", "case"),
    Key(("g",), "go to the findings, and back to the sentences", "case"),
    Key(("d",), "add a finding", "case"),
    Key(("c",), "acknowledge the first open critical result", "case"),
    Key(("z",), "go to your name and the signature", "case"),
    Key(("y",), "copy the report as plain text", "case"),
    Key(("h",), "hide all overlays", "image", "hold"),
    Key(("o",), "overlays on, off", "image"),
    Key(("j",), "heat map of the finding on, off", "image"),
    Key(("i", "f", "1", "0"), "invert, fit, one to one, reset the view", "image"),
    Key(("+", "-"), "zoom", "image"),
    Key(("v", "s", "l", "u", "b"), "drag to window, move; measure a length, an angle; draw a box", "image"),
    Key(("k",), "cardiothoracic lines, to be dragged", "image"),
    Key(("Delete",), "remove the mark touched last", "image"),
    Key(("q", "x"), "turn a quarter, mirror", "image"),
    Key(("m", "\\"), "magnifier; prior or another image beside", "image"),
    Key(("[", "]", "{", "}"), "level down, up; window narrower, wider", "image"),
    Key(("2", "…", "9"), "window presets", "image"),
    Key(
        ("→", "←", "↑", "↓"),
        "move it; with Shift window and level; while measuring the next point, Enter sets it",
        "image",
        "in it",
    ),
)
PLACES: tuple[tuple[Place, str], ...] = (
    ("everywhere", "Everywhere"),
    ("worklist", "Worklist"),
    ("case", "Case"),
    ("image", "Image"),
)
MOUSE = "Drag: window and level; the right button always does. Wheel: zoom. Shift + drag: move. Double click: fit."


def keys_at(*places: Place) -> tuple[tuple[str, tuple[Key, ...]], ...]:
    """Give the keys of some places, each with the place's name, in the order of the table."""
    return tuple(
        (words, tuple(key for key in KEYS if key.place == place)) for place, words in PLACES if place in places
    )
