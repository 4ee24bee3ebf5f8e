"""What a model said of a picture is asked for once, whoever asks and however many at a time."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from overread.backends._remembered import Remembered
from overread.errors import AnswerInvalid
from overread.ports import Picture
from overread.testing.doubles import make_picture


def test_two_that_ask_at_once_have_one_answer() -> None:
    remembered, asked, began, go = Remembered[int](4), [], threading.Event(), threading.Event()

    def ask(picture: Picture) -> int:
        asked.append(picture)
        began.set()
        assert go.wait(30)
        return int(picture.sum())

    picture = make_picture()
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(remembered.of, picture, ask)]
        assert began.wait(30)
        answers += [pool.submit(remembered.of, picture.copy(), ask) for _ in range(3)]
        go.set()
        assert {answer.result(30) for answer in answers} == {int(picture.sum())}
    assert len(asked) == 1


def test_other_pictures_are_not_waited_for() -> None:
    remembered, began, go = Remembered[str](4), threading.Event(), threading.Event()

    def slow(_picture: Picture) -> str:
        began.set()
        assert go.wait(30)
        return "slow"

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(remembered.of, make_picture(1), slow)
        assert began.wait(30)
        assert remembered.of(make_picture(2), lambda _picture: "quick") == "quick"
        go.set()
        assert waiting.result(30) == "slow"


def test_a_failure_is_not_kept() -> None:
    remembered = Remembered[str](4)

    def fails(_picture: Picture) -> str:
        raise AnswerInvalid("no number")

    for _ in range(2):
        with pytest.raises(AnswerInvalid):
            remembered.of(make_picture(), fails)
    assert remembered.of(make_picture(), lambda _picture: "said") == "said"


def test_the_oldest_goes_first_and_shape_counts() -> None:
    remembered, asked = Remembered[int](2), []

    def ask(picture: Picture) -> int:
        asked.append(picture.shape)
        return len(asked)

    wide, high, third = (np.zeros(shape, np.uint8) for shape in ((2, 8), (8, 2), (4, 4)))
    assert [remembered.of(one, ask) for one in (wide, high, wide, third, high, wide)] == [1, 2, 1, 3, 4, 5]
