"""A model's folder as vLLM can load it."""

import shutil
from pathlib import Path

INDEX = "model.safetensors.index.json"


def servable(folder: Path, into: Path) -> Path:
    """Give a folder whose weights are the model's alone: itself, or links to its files in `into`.

    vLLM loads every `*.safetensors` beside a configuration, unless an index names those of the model, and stops at a
    tensor that the architecture has not. Ours keep calibrated heads beside the weights.
    """
    strangers = {path for path in folder.glob("*.safetensors") if not path.name.startswith("model")}
    if not strangers or (folder / INDEX).is_file():
        return folder.absolute()
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    for path in folder.resolve().iterdir():
        if path.name not in {stranger.name for stranger in strangers}:
            (into / path.name).symlink_to(path)
    return into.absolute()
