"""Load models one after the other with vLLM and answer; runs in the serving environment, which has no overread.

Reads one JSON object of jobs on standard input, and writes one of answers to the file that its argument names.
"""

import gc
import json
import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import Any

from vllm import LLM, EngineArgs, ModelRegistry, SamplingParams
from vllm.entrypoints.launchers.cli_args import make_arg_parser
from vllm.exceptions import VLLMValidationError
from vllm.multimodal.utils import fetch_image
from vllm.renderers.chat_utils import load_chat_template
from vllm.sampling_params import StructuredOutputsParams
from vllm.utils.argparse_utils import FlexibleArgumentParser

Json = dict[str, Any]


def load(architecture: str, arguments: Namespace) -> LLM:
    # A class that is registered as such is not looked at in a child process of its own, which would import vLLM again.
    ModelRegistry.register_model(architecture, ModelRegistry.models[architecture].load_model_cls())
    return LLM.from_engine_args(EngineArgs.from_cli_args(arguments))


def parse(argv: list[str]) -> Namespace:
    arguments = make_arg_parser(FlexibleArgumentParser()).parse_args(argv)
    arguments.model = arguments.model_tag
    return arguments


def chat(model: LLM, ask: Json, template: str | None) -> Json:
    pictures = [{"type": "image_url", "image_url": {"url": url}} for url in ask["pictures"]]
    message = {"role": "user", "content": [*pictures, {"type": "text", "text": ask["prompt"]}]}
    guide = None if ask["schema"] is None else StructuredOutputsParams(json=ask["schema"])
    sampling = SamplingParams(temperature=0, max_tokens=ask["max_tokens"], logprobs=0, structured_outputs=guide)
    try:
        done = model.chat([message], sampling, use_tqdm=False, chat_template=template)[0]
    except (ValueError, VLLMValidationError) as error:
        return {"error": f"{type(error).__name__}: {error}"}
    out = done.outputs[0]
    return {
        "prompt": list(done.prompt_token_ids),
        "written": list(out.token_ids),
        "logprobs": [step[token].logprob for token, step in zip(out.token_ids, out.logprobs, strict=True)],
        "text": out.text,
        "finish": out.finish_reason,
    }


def embed(model: LLM, job: Json) -> Json:
    padding = {"padding": job["padding"]} if job["padding"] else {}
    cut = {"truncate_prompt_tokens": -1, **padding}
    told = model.embed(job["texts"], use_tqdm=False, tokenization_kwargs=cut)
    asks = [{"prompt": "", "multi_modal_data": {"image": fetch_image(url)}} for url in job["pictures"]]
    seen = [model.embed([ask], use_tqdm=False)[0] for ask in asks]
    return {"texts": [item.outputs.embedding for item in told], "pictures": [item.outputs.embedding for item in seen]}


def serve(job: Json) -> Json:
    """Answer one model's job; what vLLM refuses is an answer as well."""
    start = time.monotonic()
    try:
        arguments = parse(job["argv"])
        model = load(job["architecture"], arguments)
        loaded = time.monotonic() - start
        template = load_chat_template(arguments.chat_template)
        answer = {"asks": [chat(model, ask, template) for ask in job["asks"]]} if job["asks"] else embed(model, job)
    except Exception as error:  # noqa: BLE001 - the test asserts what it was
        return {"error": f"{type(error).__name__}: {error}"}
    del model
    gc.collect()
    return {**answer, "load_seconds": loaded, "seconds": time.monotonic() - start}


if __name__ == "__main__":
    answers: Json = {}
    for name, job in json.load(sys.stdin).items():
        answers[name] = serve(job)
        Path(sys.argv[1]).write_text(json.dumps(answers))
