"""Calibrate with several hospitals' counts: no film, report or score of a single patient leaves its hospital."""
