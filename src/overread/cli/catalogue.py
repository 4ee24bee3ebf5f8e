"""How `overread models` shows the catalogue: models that do not ship, on what terms, and which profiles use them."""

from typing import Any

from rich.table import Table

from overread import weights
from overread.cli.printing import print_table, say
from overread.serving.catalogue import is_hub, known
from overread.serving.records import Entry
from overread.settings import Settings, load_profile, shipped_profiles


def rows(settings: Settings, shipped: set[str]) -> list[dict[str, Any]]:
    """Describe each entry but those whose weights ship, sorted by name."""
    users = profiles_by_model(settings)
    return [
        _row(model, users.get(model.name, []), settings) for model in known(settings) if model.source not in shipped
    ]


def profiles_by_model(settings: Settings) -> dict[str, list[str]]:
    """Map each model to the profiles that name it, sorted; an operator's profile comes in place of a shipped one."""
    folders = [folder for folder in (shipped_profiles(), settings.profiles_dir) if folder is not None]
    users: dict[str, list[str]] = {}
    for name in sorted({path.stem for folder in folders for path in folder.glob("*.yaml")}):
        for model in sorted({spec.model for spec in load_profile(name, settings).roles.values()}):
            users.setdefault(model, []).append(name)
    return users


def print_listed(listed: list[dict[str, Any]]) -> None:
    """Print the entries as a table on standard output."""
    columns = (
        "catalogue",
        "family",
        "runs",
        "licence",
        "commercial",
        "gated",
        "weights GB",
        "measured here",
        "profiles",
    )
    table = Table(*columns, box=None, pad_edge=False)
    for row in listed:
        said = (row["licence"], "yes" if row["commercial"] else "no", "yes" if row["gated"] else "no")
        size = f"{row['bytes'] / 1e9:.2f}"
        table.add_row(
            row["name"], row["family"], row["runs"], *said, size, row["measured_here"], ", ".join(row["profiles"])
        )
    print_table(table)


def print_card(model: Entry, settings: Settings) -> None:
    """Print an entry, a line or two for each thing to know before it is used."""
    licence, need = model.licence, model.need
    pinned = f"at {model.revision}" if model.revision else f"digest {model.digest}" if model.digest else "not pinned"
    used_by = profiles_by_model(settings).get(model.name)
    say(model.name, style="bold")
    say(model.describe)
    say()
    say(f"family     {model.family}, {model.task}; {_runs(model)}")
    say(f"source     {_where(model)}")
    if model.origin:
        say(f"origin     {model.origin}")
    say(f"revision   {pinned}")
    say(f"licence    {licence.name}  {licence.url}")
    say(f"           {'commercial use allowed' if licence.commercial else 'no commercial use'}{_gate(model)}")
    say(f"           {licence.note}")
    say(f"memory     {need.weights / 1e9:.2f} GB weights, {need.working / 1e9:.2f} GB working{_cache(model)}")
    say(f"           {need.measured}")
    say(f"profiles   {', '.join(used_by) if used_by else 'none'}")
    _print_measured(model, settings)


def _print_measured(model: Entry, settings: Settings) -> None:
    said = measured_here(model.name, model.digest or model.revision, settings)
    advice = f"overread models measure {model.name} --data FOLDER"
    if said == "no":
        say(f"measured   not here; its votes count only where figures came with it: {advice}")
    elif said == "other weights":
        say(f"measured   here, but of other weights: it counts for nothing; {advice}")
    else:
        page = settings.own_catalogue / model.name / "README.md"
        say(f"measured   here on {said}: {page}")


def measured_here(name: str, digest: str | None, settings: Settings) -> str:
    """Say when a model was measured here ("2026-11-27"), "no", or "other weights" where its card is of others."""
    card = weights.card_in(settings.own_catalogue / name)
    if card is None:
        return "no"
    return str(card.get("measured"))[:10] if digest in (None, card.get("weights_digest")) else "other weights"


def _row(model: Entry, profiles: list[str], settings: Settings) -> dict[str, Any]:
    return {
        "name": model.name,
        "family": model.family,
        "runs": _runs(model),
        "licence": model.licence.name,
        "commercial": model.licence.commercial,
        "gated": model.licence.gated,
        "bytes": model.need.weights,
        "source": model.source,
        "revision": model.revision,
        "measured_here": measured_here(model.name, model.digest or model.revision, settings),
        "profiles": profiles,
    }


def _runs(model: Entry) -> str:
    return "on vLLM" if model.engine == "vllm" else "in process"


def _where(model: Entry) -> str:
    return f"https://huggingface.co/{model.source}" if is_hub(model) else model.source


def _cache(model: Entry) -> str:
    return f", {model.need.kv_per_token} bytes of KV cache a token" if model.need.kv_per_token else ""


def _gate(model: Entry) -> str:
    if not model.licence.gated:
        return ""
    return f'; gated: accept the terms, then accepted_terms = ["{model.name}"] in overread.toml'
