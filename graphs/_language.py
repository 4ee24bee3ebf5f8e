"""Ask the language model of a role within its deadline; late, dead or wrong, the case goes on without it.

With `_tool_run` one of the places that catch: what a model does is an error that its caller reads, never a crash.
"""

import threading
import time
from collections.abc import Sequence
from functools import partial
from queue import Empty, SimpleQueue

from overread.asking import ask_all
from overread.errors import OverreadError, Unavailable
from overread.graphs._services import LanguageModel
from overread.observing.events import carried
from overread.ports import BackendCard, ChatAnswer, ChatRequest

Said = ChatAnswer | OverreadError
_Item = tuple[int, Said] | BackendCard | OverreadError | None


def ask_within(
    seconds: float, model: LanguageModel, requests: Sequence[ChatRequest]
) -> tuple[BackendCard | None, tuple[Said, ...]]:
    """Give the model's card, None where it could not be had, and what it said to each request within `seconds`.

    What was answered in time counts when the rest is late. The asking has a thread of its own, which is left behind at
    the deadline and stops at its next answer.
    """
    if not requests:
        return None, ()
    items: SimpleQueue[_Item] = SimpleQueue()
    over = threading.Event()
    work = carried(partial(_ask, model, requests, items, over))
    asking = threading.Thread(target=work, name=f"role-{model.name}", daemon=True)
    asking.start()
    card: BackendCard | None = None
    said: dict[int, Said] = {}
    why: OverreadError = Unavailable(f"model '{model.name}' gave no answer within {seconds:g} s")
    end = time.monotonic() + seconds
    while True:
        try:
            item = items.get(timeout=max(0.0, end - time.monotonic()))
        except Empty:
            break
        if item is None:
            break
        if isinstance(item, BackendCard):
            card = item
        elif isinstance(item, OverreadError):
            why = item
        else:
            said[item[0]] = item[1]
    over.set()
    return card, tuple(said.get(place, why) for place in range(len(requests)))


def _ask(
    model: LanguageModel, requests: Sequence[ChatRequest], items: "SimpleQueue[_Item]", over: threading.Event
) -> None:
    try:
        backend = model.load()
        items.put(backend.card)
        for place, answer in ask_all(backend, requests):
            if over.is_set():
                break
            items.put((place, answer))
    except OverreadError as error:
        items.put(error)
    except Exception as error:  # noqa: BLE001 the boundary of a model: its text may hold anything, only its type is told
        items.put(Unavailable(f"model '{model.name}' stopped with {type(error).__name__}"))
    finally:
        items.put(None)
