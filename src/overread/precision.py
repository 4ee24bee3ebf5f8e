"""How many digits of a model's output are kept: as many as any processor gives alike.

A float32 network sums in another order on another processor (oneDNN, MKL and ATen pick kernels by instruction set) and
with another number of threads. Measured on the embedded models, from SSE4.1 to AVX-512 and with one and two threads:
probabilities differ by 5e-8 in the mean and by 3e-6 at most. Evidence is named by its content, so digits that differ
would give the same picture another evidence id on another machine.
"""

DIGITS = 4
"""Digits of a probability after the point. Thresholds have as many; two processors round a probability apart about once
in a thousand times (2 x 5e-8 / 1e-4)."""


def settled(value: float) -> float:
    """Round a probability, or a figure made from probabilities, to what every processor agrees on."""
    return round(float(value), DIGITS)
