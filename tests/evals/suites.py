"""A small suite of one's own, for tests of what runs and shows suites."""

from pathlib import Path

PROFILE = """
describe: Says what a script says.
tools: [header, quality, segmentation, classification, report, vqa]
roles:
  vqa: {backend: scripted, model: chat, parameters: {answer: '{"answer": "cannot tell"}'}}
  report: {backend: scripted, model: chat, parameters: {answer: '{"findings": [], "impression": []}'}}
  segmentation: {backend: scripted, model: segmentation}
  classification: {backend: scripted, model: embedding}
"""
SCENARIO = """
number: 90NUMBER
purpose: A pneumothorax is told.
tags: [TAG]
study: {phantom: 5NUMBER}
trust: {classification: {"*": 0.97}}
tools:
  header: {live: true}
  classification:
    gives:
      - payload: {kind: score, label: Pneumothorax, probability: 0.9, threshold: 0.5, method: head}
expect: {alerts: [{label: Pneumothorax}], findings: {Pneumothorax: {status: present}}}
twin:
  tools:
    classification:
      gives:
        - payload: {kind: score, label: Pneumothorax, probability: 0.1, threshold: 0.5, method: head}
  expect: {findings: {Pneumothorax: {status: absent}}}
"""


def write_suite(folder: Path, count: int) -> Path:
    """Write scenarios `told_0`, `told_1`, …, the odd ones tagged so."""
    folder.mkdir(parents=True)
    for number in range(count):
        text = SCENARIO.replace("NUMBER", str(number)).replace("TAG", "odd" if number % 2 else "critical")
        (folder / f"told_{number}.yaml").write_text(text)
    return folder
