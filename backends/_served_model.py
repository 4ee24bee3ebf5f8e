"""What is known of a model that a server answers for: its weights, its family, and where it is."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any, get_args

import httpx

from overread import weights
from overread.backends._http import Address
from overread.errors import ServingError, SettingsError, Unavailable
from overread.ports import BackendCard, Capability
from overread.serving import catalogue, state
from overread.serving.families import traits
from overread.serving.records import Entry, Family, Task
from overread.settings import ModelSpec, Settings


@dataclass(frozen=True)
class ServedModel:
    """A model by its served name."""

    name: str
    task: Task
    weights_digest: str
    """SHA-256 of the folder, or the hub's commit."""
    folder: Path | None
    """Where its weights lie on this machine; None for a model of the hub."""
    family: Family | None
    """None for a model that the catalogue does not have: it is spoken to with the precautions of every family."""

    @property
    def card(self) -> BackendCard:
        capability: Capability = "chat" if self.task == "chat" else "embedding"
        return BackendCard("vllm", self.name, self.weights_digest, capability, self.folder)

    @cached_property
    def config(self) -> Mapping[str, Any]:
        """The local folder's `config.json`, empty without one."""
        return weights.config(self.folder) if self.folder else {}

    @property
    def image_size(self) -> int | None:
        """Rows and columns of the square picture that the model takes, where that is known."""
        size = (self.config.get("vision_config") or {}).get("image_size")
        return size if isinstance(size, int) else None

    @property
    def padding(self) -> str | None:
        return traits(self.family).padding if self.family else None

    def plain(self, text: str) -> str:
        """Take the model's control words out of a text: a person's question may hold `<image>` or an end of turn."""
        for word in self._control_words:
            text = text.replace(word, " ")
        return text

    @cached_property
    def _control_words(self) -> tuple[str, ...]:
        families = (self.family,) if self.family else get_args(Family)
        words = {word for family in families for word in traits(family).control_words}
        words |= _special_tokens(self.folder) if self.folder else set()
        return tuple(sorted(words, key=lambda word: (-len(word), word)))


def served_model(spec: ModelSpec, settings: Settings) -> ServedModel:
    """Look a profile's model up in the catalogue; with a `url` it may be a model that only that server knows.

    Raises `SettingsError` for an unknown model, `Unavailable` when nothing says which weights it has.
    """
    entry = _entry(spec, settings)
    folder = _folder(spec, entry)
    name = entry.name if entry else PurePath(spec.model).name
    return ServedModel(
        name=name,
        task=_task(spec, entry, folder),
        weights_digest=_weights_digest(name, spec, settings, entry, folder),
        folder=folder,
        family=entry.family if entry else None,
    )


def address_of(model: ServedModel, spec: ModelSpec, settings: Settings) -> Address:
    """Find the model's server: at the profile's `url`, else where `overread serve up` runs it."""
    if spec.url is None:
        return _our_server(model, settings)
    return Address(
        url=checked_url(spec.url),
        key=settings.server_key.get_secret_value() if settings.server_key else None,
        key_advice="set OVERREAD_SERVER_KEY to the key of that server",
        advice="check the profile's url, and that the server runs",
    )


def _our_server(model: ServedModel, settings: Settings) -> Address:
    with _readable():
        server, key = state.server_of(settings.home, model.name), state.key(settings)
    if server is None:
        raise Unavailable(
            f"no server for model '{model.name}'; start it: overread serve up --profile {settings.profile}"
        )
    if server.weights_digest != model.weights_digest:
        raise Unavailable(
            f"the server of model '{model.name}' was started with other weights than those of the profile; "
            "restart it: overread serve down, then overread serve up"
        )
    return Address(
        url=checked_url(server.url),
        key=key,
        key_advice="restart the servers ('overread serve down', then 'up'), or set OVERREAD_SERVER_KEY to their key",
        advice="'overread serve status' shows the servers",
        ready=server.state == "healthy",
    )


def checked_url(url: str) -> str:
    """Give a server's address without `/v1`; raise `SettingsError` when it is none, or holds a password."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise SettingsError("the url of a model's server is not an address; give http://HOST:PORT") from None
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.userinfo or parsed.query:
        raise SettingsError(
            "the url of a model's server must be http(s)://HOST:PORT without a user or a query; "
            "a key goes into OVERREAD_SERVER_KEY"
        )
    return str(parsed.copy_with(fragment=None)).rstrip("/").removesuffix("/v1")


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (ServingError, OSError, UnicodeDecodeError) as error:
        raise Unavailable(
            f"the state of the model servers cannot be read ({type(error).__name__}); 'overread serve down' cleans up"
        ) from error


def _entry(spec: ModelSpec, settings: Settings) -> Entry | None:
    if spec.url is not None and not catalogue.is_known(spec.model, settings):
        return None
    return catalogue.entry(spec.model, settings)


def _folder(spec: ModelSpec, entry: Entry | None) -> Path | None:
    if entry is not None:
        return catalogue.local_folder(entry)
    try:
        return weights.folder(spec.model)
    except Unavailable:
        return None


def _task(spec: ModelSpec, entry: Entry | None, folder: Path | None) -> Task:
    if entry is not None:
        task = str(entry.task)
    else:
        architecture = ((weights.config(folder).get("architectures") if folder else None) or [""])[0]
        task = str(spec.parameters.get("task") or ("chat" if _generates(architecture) else "embedding"))
    if task == "chat":
        return "chat"
    if task == "embedding":
        return "embedding"
    raise SettingsError(f"model '{spec.model}' is for {task}; the vllm backend serves chat and embedding")


def _generates(architecture: str) -> bool:
    return not architecture or architecture.endswith(("ForConditionalGeneration", "ForCausalLM"))


def _weights_digest(name: str, spec: ModelSpec, settings: Settings, entry: Entry | None, folder: Path | None) -> str:
    if folder is not None:
        return weights.digest(folder)
    pinned = spec.parameters.get("revision") or (entry.revision if entry else None)
    if given := pinned or spec.parameters.get("weights_digest"):
        return str(given)
    if spec.url is None:
        with _readable():
            server = state.server_of(settings.home, name)
        if server is not None:
            return server.weights_digest
    raise Unavailable(
        f"nothing says which weights model '{name}' has; give them in the profile: "
        "parameters: {weights_digest: COMMIT-OR-SHA256}"
    )


def _special_tokens(folder: Path) -> set[str]:
    """Read the tokens that a folder's tokenizer sets apart, without loading it."""
    added = (weights.beside(folder, "tokenizer.json") or {}).get("added_tokens") or []
    config = weights.beside(folder, "tokenizer_config.json") or {}
    named = [value for key, value in config.items() if key.endswith("_token")]
    words = [item.get("content") for item in (*added, *named) if isinstance(item, dict)]
    words += [value for value in (*named, *(config.get("extra_special_tokens") or [])) if isinstance(value, str)]
    return {word for word in words if isinstance(word, str) and word.strip()}
