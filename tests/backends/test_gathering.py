"""What is asked while a model is at work is answered together, each by its own answer."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from overread.backends._gathering import Gathering
from overread.errors import AnswerInvalid, Unavailable

PATIENCE = 30.0


class Model:
    """Answers a number with its square, when it is let; one of `poison` breaks it."""

    def __init__(self, poison: frozenset[int] = frozenset()) -> None:
        self.poison = poison
        self.batches: list[list[int]] = []
        self.at_work = threading.Semaphore(0)
        self.go_on = threading.Semaphore(0)

    def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append(list(numbers))
        self.at_work.release()
        assert self.go_on.acquire(timeout=PATIENCE)
        if self.poison & {*numbers}:
            raise RuntimeError("index out of range")
        return [number**2 for number in numbers]


def held(model: Model, groups: Sequence[tuple[list[int], str]], *, most: int = 4) -> list["Future[Sequence[int]]"]:
    """Ask 0 first, then each group while the model is at work on it; then let the model go on for good."""
    gathering = Gathering[int, int]("squares", PATIENCE, most, model)
    pool = ThreadPoolExecutor(len(groups) + 1)
    first = pool.submit(gathering.ask, [0], "plain")
    assert model.at_work.acquire(timeout=PATIENCE)
    asked = []
    for place, (numbers, alike) in enumerate(groups, start=1):
        asked.append(pool.submit(gathering.ask, numbers, alike))
        wait_for(gathering, place)
    model.go_on.release(len(groups) * 2 + 1)
    pool.shutdown()
    assert first.result() == [0]
    return asked


def wait_for(gathering: Gathering[int, int], waiting: int) -> None:
    clock = threading.Event()
    while gathering.waiting < waiting:
        clock.wait(0.005)


def test_what_waits_is_answered_as_one_batch() -> None:
    model = Model()
    asked = held(model, [([1, 2], "plain"), ([3], "plain")])
    assert [list(one.result()) for one in asked] == [[1, 4], [9]]
    assert model.batches[0] == [0]
    assert sorted(model.batches[1]) == [1, 2, 3]
    assert len(model.batches) == 2


def test_what_is_not_alike_and_what_is_too_much_goes_apart() -> None:
    model = Model()
    asked = held(model, [([1, 2, 3], "plain"), ([4, 5], "plain"), ([6], "guided")])
    assert [list(one.result()) for one in asked] == [[1, 4, 9], [16, 25], [36]]
    assert sorted(map(sorted, model.batches)) == [[0], [1, 2, 3], [4, 5], [6]]


def test_what_breaks_the_model_costs_only_who_asked_it() -> None:
    asked = held(Model(poison=frozenset({2})), [([1], "plain"), ([2], "plain"), ([3], "plain")])
    assert [asked[place].result() for place in (0, 2)] == [[1], [9]]
    with pytest.raises(RuntimeError, match="index out of range"):
        asked[1].result()


def test_nobody_waits_longer_than_anybody_may() -> None:
    model = Model()
    gathering = Gathering[int, int]("squares", 0.05, 4, model)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(gathering.ask, [0], "plain")
        assert model.at_work.acquire(timeout=PATIENCE)
        with pytest.raises(Unavailable, match=r"'squares' was busy for 0\.05 s"):
            gathering.ask([1], "plain")
        model.go_on.release()
        assert first.result() == [0]
    assert gathering.waiting == 0


def test_an_error_of_its_own_stays_what_it_is() -> None:
    def refuse(numbers: Sequence[int]) -> list[int]:
        raise AnswerInvalid("cut off")

    with pytest.raises(AnswerInvalid, match="cut off"):
        Gathering[int, int]("squares", 1.0, 4, refuse).ask([1], "plain")


def test_who_waited_longest_is_next() -> None:
    model = Model()
    asked = held(model, [([number], f"of its own kind {number}") for number in range(1, 6)])
    assert [list(one.result()) for one in asked] == [[number**2] for number in range(1, 6)]
    assert model.batches == [[number] for number in range(6)]
