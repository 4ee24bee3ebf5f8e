"""Ask a model several things: together where it can do that, else one after another."""

from collections.abc import Iterator, Sequence

from overread.errors import AnswerInvalid, BackendError, Unavailable
from overread.ports import BatchChatBackend, ChatAnswer, ChatBackend, ChatRequest


def ask_all(backend: ChatBackend, requests: Sequence[ChatRequest]) -> Iterator[tuple[int, ChatAnswer | BackendError]]:
    """Give the place of each request with its answer or with what was wrong with it, as soon as each is known."""
    if isinstance(backend, BatchChatBackend):
        return backend.ask_all(requests)
    return one_by_one(backend, requests)


def one_by_one(
    backend: ChatBackend, requests: Sequence[ChatRequest]
) -> Iterator[tuple[int, ChatAnswer | BackendError]]:
    """Ask in the order of the requests; a model that is gone is not asked again, all that is left has its error."""
    gone: Unavailable | None = None
    for place, request in enumerate(requests):
        said: ChatAnswer | BackendError
        try:
            said = gone or backend.ask(request)
        except AnswerInvalid as error:
            said = error
        except Unavailable as error:
            said = gone = error
        yield place, said
