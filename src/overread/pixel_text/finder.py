"""Find text with RapidOCR (PP-OCRv6, Apache-2.0), whose models lie in its package: the extra `ocr`."""

import threading
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np

from overread.errors import SettingsError
from overread.pixel_text.found import TextBox
from overread.pixel_text.kinds import kind_of, side_of
from overread.ports import Picture

LONGEST_SIDE = 1536
"""Pixels of the picture that is looked at: a larger film is shrunk, which costs letters below 1/150 of its side."""
SURE = 0.5
"""Least score (0 to 1) of a reading; what is found and not read that well is mostly bone."""
LINE, LETTER = 0.5, 0.3
"""Least score (0 to 1) of a place as one where something is written: for lines, and for letters that stand alone."""
TALLEST = 1 / 4
"""Of the picture's shorter side: what is higher and wider than this is no line of text, but the chest itself."""
HOW_TO = "pip install 'overread[ocr]'"


class OcrFinder:
    """Loads the models at the first picture; safe to use from several threads, one picture at a time."""

    def __init__(self) -> None:
        self._engine: Any = None
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Name the package that reads, and its version: the weights lie in it."""
        return f"rapidocr {version('rapidocr')}"

    def find(self, picture: Picture) -> tuple[TextBox, ...]:
        """Give each place [rows, columns] uint8 where something is written, from the top down."""
        return self._look(picture, LINE)

    def find_letters(self, picture: Picture) -> tuple[TextBox, ...]:
        """Find as `find` does, lone letters too; more bone is taken for text then, so what is read counts."""
        return self._look(picture, LETTER)

    def _look(self, picture: Picture, least: float) -> tuple[TextBox, ...]:
        with self._lock:
            if self._engine is None:
                self._engine = _engine()
            # given each time: the engine keeps what it was given last
            seen = self._engine(np.repeat(picture[..., None], 3, axis=2), box_thresh=least)
        if seen.boxes is None or seen.txts is None:
            return ()
        boxes = (_box(corners, words, picture.shape) for corners, words in zip(seen.boxes, seen.txts, strict=True))
        return tuple(sorted(filter(_is_line(picture), boxes), key=lambda box: (box.top, box.left)))


def open_finder() -> OcrFinder:
    """Give the finder; raises `SettingsError` where the extra is not installed."""
    if find_spec("rapidocr") is None or find_spec("onnxruntime") is None:
        raise SettingsError(f"finding text in pictures needs the extra 'ocr': {HOW_TO}")
    return OcrFinder()


def _engine() -> Any:
    from rapidocr import RapidOCR

    parameters = {
        "Global.log_level": "critical",  # its log has the words that it reads
        "Global.use_cls": False,
        "Global.text_score": SURE,
        "Global.max_side_len": LONGEST_SIDE,
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    }
    return RapidOCR(params=parameters)


def _is_line(picture: Picture) -> Callable[[TextBox], bool]:
    """Tell a line of text, upright or turned, from a reading of the whole picture, which painted over would be gone."""
    tallest = TALLEST * min(picture.shape)
    return lambda box: min(box.height, box.width) <= tallest


def _box(corners: Any, words: str, shape: tuple[int, ...]) -> TextBox:
    """Give the upright box around four corners (x, y), inside the picture."""
    left, top = np.clip(np.floor(np.min(corners, axis=0)), 0, (shape[1] - 1, shape[0] - 1)).astype(int)
    right, bottom = np.clip(np.ceil(np.max(corners, axis=0)), (left + 1, top + 1), (shape[1], shape[0])).astype(int)
    return TextBox(
        top=int(top),
        left=int(left),
        height=int(bottom - top),
        width=int(right - left),
        kind=kind_of(words),
        letter=side_of(words),
    )
