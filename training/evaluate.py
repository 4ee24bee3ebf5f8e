"""Rerun every figure of the embedded models on held-out data and write the cards.

    python -m training.evaluate [segmenter] [classifier] [clip] [vlm]      all four without arguments

Writes .training/results/<model>.json, then models/<model>/card.json, README.md and figures. What the CLIP and the VLM
make of NIH films is measured on films of patients that taught no model.
"""

import argparse
import json
from typing import Any

from training import clip_on_new_films
from training.cards import write_cards
from training.paths import RESULTS

MODEL_NAMES = ("segmenter", "classifier", "clip", "vlm")


def main() -> None:
    """Evaluate the chosen models."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", choices=[*MODEL_NAMES, []], default=[])
    chosen = parser.parse_args().models or MODEL_NAMES
    RESULTS.mkdir(parents=True, exist_ok=True)
    for name in chosen:
        results = _evaluator(name)()
        (RESULTS / f"{name}.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        write_cards(name, results)
        if name == "clip":
            clip_on_new_films.measure()
        print(f"{name}: {RESULTS / f'{name}.json'}")


def _evaluator(name: str) -> Any:
    from training.classifier_eval import evaluate_classifier
    from training.clip_eval import evaluate_clip
    from training.segmenter_eval import evaluate_segmenter
    from training.vlm_eval import evaluate_vlm

    evaluators = (evaluate_segmenter, evaluate_classifier, evaluate_clip, evaluate_vlm)
    return dict(zip(MODEL_NAMES, evaluators, strict=True))[name]


if __name__ == "__main__":
    main()
