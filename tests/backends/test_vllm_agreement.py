"""Behind real vLLM on a CPU the embedded models say what they say in this process: in float32, token for token."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from overread.composition import build_tools
from overread.ports import ChatBackend, EmbeddingBackend, Picture
from overread.records import Score
from overread.settings import Settings, load_profile
from overread.testing.doubles import make_work
from tests.serving.servers import Servers

pytestmark = [pytest.mark.vllm, pytest.mark.slow, pytest.mark.timeout(1800)]
SCRIPT = Path(__file__).parents[2] / "scripts" / "agreement.py"
COUNT = 4

agreement = SimpleNamespace(**runpy.run_path(str(SCRIPT)))


@pytest.fixture(scope="module", params=["phantoms", "films"])
def pictures(request: pytest.FixtureRequest) -> list[Picture]:
    if request.param == "phantoms":
        return list(agreement.phantoms(COUNT))
    return list(agreement.films(request.getfixturevalue("data") / "cxr" / "images", COUNT))


@pytest.fixture(scope="module")
def settings(vllm_servers: Servers) -> Settings:
    return Settings(home=vllm_servers.home, tool_seconds=600)


@pytest.fixture(scope="module")
def served(settings: Settings) -> tuple[ChatBackend, EmbeddingBackend]:
    chat, clip = agreement.models("vllm-cpu", settings)
    return chat, clip


@pytest.fixture(scope="module")
def local(settings: Settings) -> tuple[ChatBackend, EmbeddingBackend]:
    chat, clip = agreement.models("embedded", settings)
    return chat, clip


@pytest.mark.parametrize("task", ["reports", "questions", "unguided"])
def test_answers_are_identical(
    served: tuple[ChatBackend, EmbeddingBackend],
    local: tuple[ChatBackend, EmbeddingBackend],
    pictures: list[Picture],
    task: str,
) -> None:
    found = agreement.compare_chat(served[0], local[0], list(getattr(agreement, task)(pictures)))
    assert found.identical == found.asked >= COUNT
    if task == "unguided":
        assert 0 < found.drift < 1e-3


def test_embeddings_point_the_same_way(
    served: tuple[ChatBackend, EmbeddingBackend],
    local: tuple[ChatBackend, EmbeddingBackend],
    pictures: list[Picture],
) -> None:
    assert agreement.compare_embedding(served[1], local[1], pictures, agreement.TEXTS).cosine >= 0.99999
    assert served[1].logit_scale == local[1].logit_scale


def test_scores_are_equal_to_four_digits(settings: Settings, pictures: list[Picture]) -> None:
    tables = [scores(profile, settings, pictures) for profile in ("vllm-cpu", "embedded")]
    assert len(tables[0]) >= 8 * COUNT
    assert tables[0] == pytest.approx(tables[1], abs=5e-5)


def scores(profile: str, settings: Settings, pictures: list[Picture]) -> dict[str, float]:
    """Give the probability of each label in each picture, by the classification tool."""
    tool = build_tools(load_profile(profile, settings), settings)["classification"]
    return {
        f"{item.payload.label} in {number}": item.payload.probability
        for number, picture in enumerate(pictures)
        for item in tool.run(make_work(picture))
        if isinstance(item.payload, Score)
    }
