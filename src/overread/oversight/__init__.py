"""Oversight of the reading room: what readers did with the drafts, and what the models said against what was signed."""
