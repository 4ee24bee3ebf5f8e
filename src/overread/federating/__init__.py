"""Heads trained by several hospitals together: sums of features leave a hospital, masked, and no film's."""
