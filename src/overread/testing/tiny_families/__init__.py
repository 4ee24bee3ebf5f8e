"""Write model folders with random weights, one module per family that a model server or this process can run.

Each module has `write(folder, seed) -> folder`: a seeded checkpoint of a megabyte or two with tokenizer, processor and
chat template, in the layout that the published checkpoints of its family have and that transformers and vLLM both
load. They know nothing: for tests of loading, templates, guidance and serving, never for a patient.
Needs the extra `local`.
"""
