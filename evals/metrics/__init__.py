"""Metrics of reports, scores, masks, boxes, rankings and points: one file each, found by its name."""
