"""Measure a model on an operator's own labelled films, through the same parts that read a case."""
