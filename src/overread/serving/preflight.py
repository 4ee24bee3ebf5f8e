"""Everything that is checked before a server starts, and the orders that come of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from overread import weights
from overread.errors import ServingRefused
from overread.serving import catalogue, control, environment, hardware, terms
from overread.serving.checkpoint import servable
from overread.serving.cpu_patch import write_cpu_patch
from overread.serving.environment import Kind
from overread.serving.families import traits
from overread.serving.launch import Launch, Orders, Patience, Place, launch
from overread.serving.plan import plan
from overread.serving.records import Entry, Placement, ServingPlan
from overread.serving.state import folder
from overread.settings import Settings, load_profile


@dataclass(frozen=True)
class Preflight:
    """A plan that can be started."""

    plan: ServingPlan
    kind: Kind
    ports: range


def run_preflight(settings: Settings, first_port: int | None) -> Preflight:
    """Plan the servers of the settings' profile; raise `ServingRefused` or `SettingsError` when they cannot start.

    Nothing is written and nothing is started.
    """
    profile = load_profile(settings.profile, settings)
    entries = catalogue.served(profile, settings)
    if not entries:
        raise ServingRefused(f"profile '{profile.name}' needs no server: none of its roles has the backend 'vllm'")
    terms.require_accepted(entries, settings)
    terms.require_pinned(entries)
    for entry in entries:
        catalogue.refuse_packed(entry)
    devices = hardware.devices()
    kind = kind_of(settings)
    if kind == "cpu":
        _require_true_on_cpu(entries)
    planned = plan(profile.name, entries, devices, cpu=kind == "cpu")
    environment.refuse_foreign(environment.folder_of(kind, settings), kind)
    first = first_port or settings.serving.port
    ports = range(first, first + len(planned.placements))
    control.require_free(settings.serving.host, ports)
    return Preflight(planned, kind, ports)


def _require_true_on_cpu(entries: Sequence[Entry]) -> None:
    """Refuse what vLLM's CPU engine would serve as a slightly different model, without saying so."""
    for entry in entries:
        if not traits(entry.family).true_on_cpu:
            raise ServingRefused(
                f"'{entry.name}' ({entry.family}) gives other answers on vLLM's CPU engine than on a GPU; "
                "serve it on a GPU, or run it in process with the transformers backend"
            )


def orders(checked: Preflight, settings: Settings) -> Orders:
    """Say what the supervisor runs for a plan; the CPU's cpu_patch and servable folders are written."""
    cpu_patch = write_cpu_patch(folder(settings.home).absolute() / "cpu") if checked.kind == "cpu" else None
    where = environment.folder_of(checked.kind, settings)
    places = [Place(where, cpu_patch, settings.serving.host, port) for port in checked.ports]
    return Orders(
        profile=checked.plan.profile,
        launches=tuple(
            _launch(placement, place, settings)
            for placement, place in zip(checked.plan.placements, places, strict=True)
        ),
        patience=Patience(start=settings.serving.start_seconds, stop=settings.serving.stop_seconds),
    )


def _launch(placement: Placement, place: Place, settings: Settings) -> Launch:
    entry = placement.entry
    source = catalogue.local_folder(entry)
    if source is None:
        return launch(placement, place, None, entry.revision or "")
    checkpoint = servable(source, folder(settings.home).absolute() / "checkpoints" / entry.name)
    return launch(placement, place, checkpoint, weights.digest(source))


def kind_of(settings: Settings) -> Kind:
    """Say which build of vLLM serves: the settings' choice, else the GPU's where there is one."""
    if settings.serving.device != "auto":
        return settings.serving.device
    return "cuda" if hardware.gpus() else "cpu"
