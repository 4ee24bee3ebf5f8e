"""A benchmark becomes an environment that verifiers itself loads and scores."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from overread.errors import UsageError
from overread.evals.benchmark import Request
from overread.evals.exchange.verifiers_package import write_environment
from overread.settings import load_settings
from tests.needs import require

NAME = "overread_vqa_rad"


def questions(folder: Path) -> Path:
    folder.mkdir()
    rows = [
        {"qid": str(number), "phrase_type": "test_para", "image_name": f"{number}.png", "image_organ": "CHEST",
         "question": f"Air {number}?", "question_type": "PRES", "answer_type": "CLOSED",
         "answer": "no" if number % 2 else "yes"}
        for number in range(4)
    ]  # fmt: skip
    (folder / "VQA_RAD Dataset Public.json").write_text(json.dumps(rows))
    for number in range(3):  # the fourth is not there
        Image.fromarray(np.full((40, 30), 40 + number, np.uint8)).save(folder / f"{number}.png")
    return folder


@pytest.fixture
def package(tmp_path: Path) -> Path:
    request = Request("vqa_rad", questions(tmp_path / "set"))
    assert write_environment(request, load_settings(), tmp_path / "made") == (NAME, 3, 1)
    return tmp_path / "made" / NAME


def test_the_package_holds_each_question_with_its_picture(package: Path) -> None:
    tasks = [json.loads(line) for line in (package / NAME / "tasks.jsonl").read_text().splitlines()]
    assert [task["truth"] for task in tasks] == ["yes", "no", "yes"]
    picture, text = tasks[0]["prompt"][0]["content"]
    assert picture["image_url"]["url"].startswith("data:image/png;base64,")
    assert text["text"] == "Air 0?"
    assert f'name = "{NAME}"' in (package / "pyproject.toml").read_text()


def test_what_asks_nothing_is_refused(tmp_path: Path) -> None:
    row = {"Path": "valid/patient1/a.jpg", "Edema": "1"}
    (tmp_path / "valid.csv").write_text(",".join(row) + "\n" + ",".join(row.values()) + "\n")
    with pytest.raises(UsageError, match="asks no questions"):
        write_environment(Request("chexpert", tmp_path), load_settings(), tmp_path / "made")


@pytest.fixture
def importable(package: Path) -> Iterator[None]:
    sys.path.insert(0, str(package))
    yield
    sys.path.remove(str(package))
    sys.modules.pop(NAME, None)


@pytest.mark.slow
@pytest.mark.usefixtures("importable")
@pytest.mark.filterwarnings("ignore")  # what its dependencies deprecate
def test_verifiers_loads_it_and_rewards_the_right_answer() -> None:
    require("verifiers")
    import verifiers.v1 as vf
    from verifiers.v1.envs.single_agent import SingleAgentEnvConfig
    from verifiers.v1.utils.loaders import load_environment, load_taskset

    tasks = list(load_taskset(vf.TasksetConfig(id=NAME)))
    assert [task.data.idx for task in tasks] == [0, 1, 2]
    assert tasks[0].data.prompt[0].content[0].type == "image_url"
    config = SingleAgentEnvConfig.model_validate({"taskset": {"id": NAME}, "agent": {"harness": {"id": "null"}}})
    assert type(load_environment(config)).__name__ == "SingleAgentEnv"
    for task, said, reward in ((tasks[0], "Yes.", 1.0), (tasks[1], "yes", 0.0), (tasks[2], "perhaps", 0.0)):
        trace = vf.Trace.model_construct(rewards={}, metrics={}, root_reply=said, errors=[])
        asyncio.run(task.score(trace))
        assert trace.rewards["right"].score == reward
        assert trace.metrics["answered"] == float(said != "perhaps")
