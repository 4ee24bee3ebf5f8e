"""Where servers are kept track of, and who is asked for one: `<home>/serving`."""

import os
import secrets
from pathlib import Path

from pydantic import ValidationError

from overread.errors import ServingError
from overread.serving.records import Server, ServingState
from overread.settings import Settings
from overread.store.files import write_whole

UP = frozenset({"starting", "healthy", "restarting"})


def folder(home: Path) -> Path:
    """Give the folder of everything that `overread serve` keeps."""
    return home / "serving"


def logs(home: Path) -> Path:
    """Give the folder of the logs; `forget` leaves it."""
    return folder(home) / "logs"


def state_path(home: Path) -> Path:
    """Give the file in which the supervisor says how its servers are."""
    return folder(home) / "state.json"


def key_path(home: Path) -> Path:
    """Give the file of the API key that `serve up` made."""
    return folder(home) / "key"


def orders_path(home: Path) -> Path:
    """Give the file that says what the supervisor is to start."""
    return folder(home) / "orders.json"


def marks_path(home: Path) -> Path:
    """Give the file of the processes that the supervisor answers for."""
    return folder(home) / "processes.json"


def read(home: Path) -> ServingState | None:
    """Read what the supervisor wrote last, None when there is none; its supervisor may have died since."""
    try:
        return ServingState.model_validate_json(state_path(home).read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        raise ServingError(
            f"{state_path(home)} is not a state of this version; 'overread serve down' cleans up"
        ) from error


def write(home: Path, state: ServingState) -> None:
    """Replace the state in one step: a reader finds the old one or the new one."""
    write_whole(state_path(home), state.model_dump_json(indent=1).encode())


def forget(home: Path) -> None:
    """Take the record of servers away; their logs stay."""
    for path in (state_path(home), marks_path(home), orders_path(home), key_path(home)):
        path.unlink(missing_ok=True)


def server_of(home: Path, model: str) -> Server | None:
    """Find the server of a model that starts, answers or restarts; None when there is none."""
    state = read(home)
    servers = state.servers if state else ()
    return next((server for server in servers if server.model == model and server.state in UP), None)


def key(settings: Settings) -> str | None:
    """Give the API key of the servers: the setting's, else the one that `serve up` made, None when there is none."""
    if settings.server_key is not None:
        return settings.server_key.get_secret_value()
    path = key_path(settings.home)
    return path.read_text(encoding="ascii").strip() if path.is_file() else None


def make_key(settings: Settings) -> None:
    """Write the key that the supervisor gives its servers, readable by this user alone."""
    given = settings.server_key
    content = given.get_secret_value() if given else secrets.token_urlsafe(32)
    path = key_path(settings.home)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(content)
