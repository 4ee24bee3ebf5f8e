"""Models behind OpenAI-compatible HTTP: served by vLLM, started by `overread serve up` or by somebody else.

The model's catalogue entry says what it is: one for chat answers, one for embedding embeds. `build` reads the entry and
the folder only; the server is looked up at every question, so it may start, move or come back later.

Parameters of the profile: `concurrency` (questions at once, 64), `seconds` (longest wait for one answer; else a little
less than a tool's deadline), `longest_side` (of a picture for a model that resizes by itself, 1536), `logit_scale`,
`revision`, and for a model that the catalogue does not have `task` (`chat`, `embedding`) and `weights_digest`.
"""

from collections.abc import Mapping
from functools import partial

from overread.backends._http import Bounds, ServerClient
from overread.backends._picture_screen import screen_for, stays_here
from overread.backends._picture_urls import PictureUrls
from overread.backends._resizing import LONGEST_SIDE
from overread.backends._served_model import address_of, checked_url, served_model
from overread.backends._vllm_chat import VllmChat
from overread.backends._vllm_embedding import VllmEmbedding
from overread.errors import SettingsError
from overread.ports import Backend
from overread.settings import ModelSpec, Settings

PARAMETERS = frozenset({"concurrency", "seconds", "longest_side", "logit_scale", "revision", "task", "weights_digest"})
WITHIN_DEADLINE = 0.95
"""Of the tool's deadline: the request is ended, and the model named, before its tool is given up."""


def build(spec: ModelSpec, settings: Settings) -> Backend:
    """Give the backend of a served model; raises `SettingsError` for an unknown model or parameter."""
    if unknown := set(spec.parameters) - PARAMETERS:
        raise SettingsError(
            f"the vllm backend has no parameter '{min(unknown)}'; it has: {', '.join(sorted(PARAMETERS))}"
        )
    if spec.url is not None:
        checked_url(spec.url)
    model = served_model(spec, settings)
    screen = screen_for(model.name, spec, settings)
    here = stays_here if screen is None and settings.mask_text != "never" else None
    server = ServerClient(model.name, partial(address_of, model, spec, settings), _bounds(spec, settings), here=here)
    longest = _number(spec.parameters, "longest_side", LONGEST_SIDE)
    pictures = PictureUrls(model.image_size, int(longest), screen)
    if model.task == "chat":
        return VllmChat(model, server, pictures)
    scale = _number(spec.parameters, "logit_scale", 0.0)
    return VllmEmbedding(model, server, pictures, scale or None)


def _bounds(spec: ModelSpec, settings: Settings) -> Bounds:
    deadline = max(settings.tool_seconds, *settings.tool_seconds_by_name.values(), 0.0)
    return Bounds(
        seconds=_number(spec.parameters, "seconds", WITHIN_DEADLINE * deadline),
        concurrency=int(_number(spec.parameters, "concurrency", Bounds.concurrency)),
    )


def _number(parameters: Mapping[str, object], name: str, default: float) -> float:
    value = parameters.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise SettingsError(f"the parameter '{name}' of a model must be a number above 0")
    return float(value)
