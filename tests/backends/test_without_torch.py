"""A machine without torch can import everything, and is told what to install when it asks a model."""

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys
for name in ("torch", "transformers", "llguidance", "tokenizers"):
    sys.modules[name] = None
from overread import plugins
from overread.errors import Unavailable
from overread.settings import ModelSpec, Settings
from overread.testing.doubles import make_picture
for kind in ("tools", "backends"):
    for name in plugins.names(kind):
        plugins.builder(kind, name)
backend = plugins.builder("backends", "transformers")(ModelSpec(backend="transformers", model=sys.argv[1]), Settings())
try:
    backend.embed_pictures([make_picture()])
except Unavailable as error:
    print(error)
"""


def test_without_torch_tools_import_and_the_model_says_what_to_install(tiny_clip: Path) -> None:
    command = [sys.executable, "-c", SCRIPT, str(tiny_clip)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "pip install 'overread[local]'" in done.stdout
