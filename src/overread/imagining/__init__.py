"""Synthetic chest radiographs from words, for tests and teaching: marked as synthetic in pixels and header.

Words become a phantom recipe, whose truth is exact (`asked`, `planned`, `written`), or go to a pipeline of the
operator's own, whose truth nobody knows (`pipeline`).
"""
