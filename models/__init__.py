"""Embedded weights with their cards, the catalogue of larger models, and the profiles that name one for each role."""
