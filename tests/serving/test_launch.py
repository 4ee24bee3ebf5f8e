"""What is run for a placement: the argument list and the variables of one server."""

import json
from pathlib import Path

import pytest

from overread.serving import catalogue
from overread.serving.environment import PACKAGES, find_links, install
from overread.serving.launch import LEAST_KV, SPARE_TOKENS, Launch, Patience, Place, launch
from overread.serving.managed_server import pause, variables
from overread.serving.records import Entry, Placement
from overread.settings import Settings

VENV = Path("/venv")
CPU = Place(VENV, Path("/shim"), "127.0.0.1", 8100)
GPU = Place(VENV, None, "127.0.0.1", 8101)


@pytest.fixture
def vlm() -> Entry:
    return catalogue.entry("vlm", Settings())


@pytest.fixture
def clip() -> Entry:
    return catalogue.entry("clip", Settings())


def hub(entry: Entry) -> Entry:
    changes = {"source": "owner/name", "revision": "a" * 40, "family": "qwen2.5-vl", "dtype": "bfloat16"}
    return entry.model_copy(update=changes)


def on_cpu(entry: Entry, **more: int) -> Launch:
    return launch(Placement(entry=entry, memory=1, **more), CPU, Path("/weights"), "d")


def on_gpu(entry: Entry, *devices: int) -> Launch:
    return launch(Placement(entry=entry, memory=1, devices=devices, share=0.4567), GPU, None, entry.revision or "")


def value(made: Launch, flag: str) -> str:
    assert made.argv.count(flag) == 1, made.argv
    return made.argv[made.argv.index(flag) + 1]


def test_a_model_is_served_under_its_own_name_on_its_own_port(vlm: Entry) -> None:
    made = on_cpu(vlm)
    assert made.argv[:3] == ("/venv/bin/vllm", "serve", "/weights")
    assert value(made, "--served-model-name") == "vlm"
    assert (value(made, "--host"), value(made, "--port")) == ("127.0.0.1", "8100")
    assert made.url == "http://127.0.0.1:8100"


@pytest.mark.parametrize(
    ("host", "url"),
    [("0.0.0.0", "http://127.0.0.1:1"), ("::", "http://[::1]:1"), ("::1", "http://[::1]:1"), ("gpu3", "http://gpu3:1")],
)
def test_a_server_that_listens_everywhere_is_asked_on_loopback(vlm: Entry, host: str, url: str) -> None:
    assert launch(Placement(entry=vlm, memory=1), Place(VENV, None, host, 1), None, "d").url == url


def test_no_server_fetches_an_address_that_a_request_names(vlm: Entry, clip: Entry) -> None:
    for made in (on_cpu(vlm), on_cpu(clip), on_gpu(hub(vlm), 0)):
        assert value(made, "--allowed-media-domains") == "none.invalid"


def test_the_cpu_serves_in_float32_with_the_cache_of_the_plan(vlm: Entry) -> None:
    made = on_cpu(hub(vlm).model_copy(update={"dtype": "float32"}), kv_tokens=10**6)
    assert value(made, "--dtype") == "float32"
    assert int(value(made, "--kv-cache-memory-bytes")) == (10**6 + SPARE_TOKENS) * vlm.need.kv_per_token
    assert "--gpu-memory-utilization" not in made.argv
    assert made.environment["PYTHONPATH"] == "/shim"
    assert made.environment["OMP_NUM_THREADS"] == "1"
    assert "CUDA_VISIBLE_DEVICES" not in made.environment


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_the_cache_of_a_model_in_half_precision_is_that_of_the_float32_in_which_the_cpu_serves_it(
    vlm: Entry, dtype: str
) -> None:
    half = hub(vlm).model_copy(update={"dtype": dtype})
    made = on_cpu(half, kv_tokens=10**6)
    assert int(value(made, "--kv-cache-memory-bytes")) == 2 * (10**6 + SPARE_TOKENS) * vlm.need.kv_per_token


def test_a_text_model_is_served_without_a_limit_on_pictures(vlm: Entry) -> None:
    assert "--limit-mm-per-prompt" not in on_cpu(hub(vlm).model_copy(update={"images": 0})).argv


def test_a_pooling_model_on_the_cpu_gets_the_least_cache(clip: Entry) -> None:
    made = on_cpu(clip)
    assert int(value(made, "--kv-cache-memory-bytes")) == LEAST_KV
    assert value(made, "--runner") == "pooling"
    assert "--structured-outputs-config" not in made.argv


def test_a_chat_model_answers_in_the_schema_without_free_whitespace(vlm: Entry) -> None:
    made = on_cpu(vlm)
    assert json.loads(value(made, "--structured-outputs-config")) == {
        "backend": "guidance",
        "disable_any_whitespace": True,
    }
    assert json.loads(value(made, "--limit-mm-per-prompt")) == {"image": vlm.images}
    assert value(made, "--max-model-len") == str(vlm.context)
    assert value(made, "--generation-config") == "vllm"


def test_a_gpu_gets_its_share_and_no_shim(vlm: Entry) -> None:
    made = on_gpu(hub(vlm), 2)
    assert value(made, "--gpu-memory-utilization") == "0.4567"
    assert value(made, "--dtype") == "bfloat16"
    assert made.environment["CUDA_VISIBLE_DEVICES"] == "2"
    assert made.environment["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"
    assert not {"--tensor-parallel-size", "--enforce-eager", "--kv-cache-memory-bytes"} & set(made.argv)
    assert not {"PYTHONPATH", "OMP_NUM_THREADS"} & set(made.environment)


def test_several_gpus_share_one_model(vlm: Entry) -> None:
    made = on_gpu(hub(vlm), 0, 3)
    assert value(made, "--tensor-parallel-size") == "2"
    assert made.environment["CUDA_VISIBLE_DEVICES"] == "0,3"


def test_a_model_of_the_hub_is_pinned_and_may_be_fetched(vlm: Entry) -> None:
    made = on_gpu(hub(vlm), 0)
    assert made.argv[2] == "owner/name"
    assert value(made, "--revision") == "a" * 40
    assert "HF_HUB_OFFLINE" not in made.environment


def test_a_folder_has_no_revision_and_needs_no_network(vlm: Entry) -> None:
    made = on_cpu(vlm)
    assert "--revision" not in made.argv
    assert made.environment["HF_HUB_OFFLINE"] == "1"


def test_no_server_reports_its_use(vlm: Entry) -> None:
    assert on_gpu(hub(vlm), 0).environment.items() >= {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}.items()


def test_an_entrys_own_arguments_come_last_and_win(vlm: Entry) -> None:
    made = on_cpu(vlm.model_copy(update={"arguments": ("--max-model-len", "77")}))
    assert made.argv[-2:] == ("--max-model-len", "77")


def test_the_key_is_a_variable_and_ours_do_not_reach_the_server(vlm: Entry) -> None:
    base = {"PATH": "/bin", "PYTHONPATH": "/ours", "VIRTUAL_ENV": "/ours", "OMP_NUM_THREADS": "8", "HF_TOKEN": "t"}
    given = variables(on_cpu(vlm), "secret", "/scratch", base)
    assert given["VLLM_API_KEY"] == "secret"
    assert given["TMPDIR"] == "/scratch"
    assert given["PYTHONPATH"] == "/shim"
    assert given["HF_TOKEN"] == "t"
    assert given["OMP_NUM_THREADS"] == "8"
    assert "VIRTUAL_ENV" not in given


def test_pauses_double_up_to_a_minute() -> None:
    patience = Patience(start=1, stop=1)
    assert [pause(quick, patience) for quick in (1, 2, 3, 6, 7, 50)] == [1, 2, 4, 32, 60, 60]


def test_torch_for_the_cpu_comes_from_pips_folders_or_from_its_own_index() -> None:
    with_links = install(Path("/v/python"), "cpu", ["/wheels", "https://index/links"], Path("/o"))
    assert with_links[-4:] == ["--find-links", "/wheels", "--find-links", "https://index/links"]
    assert "--torch-backend=cpu" in install(Path("/v/python"), "cpu", [], Path("/o"))
    cuda = install(Path("/v/python"), "cuda", ["/wheels"], Path("/o"))
    assert PACKAGES["cuda"] in cuda
    assert not {"--find-links", "--override", "--torch-backend=cpu"} & set(cuda)


def test_find_links_are_what_pip_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", "/one https://two")
    assert find_links() == ["/one", "https://two"]
