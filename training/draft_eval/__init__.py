"""The measuring stick of drafts: what a perfect reader would have to change in them, on held-out films and phantoms.

`read` sends each study through the real graph, up to the review, with models that remember what they said; `counts`
holds each case file against what is known of the study (`truth`); `figures` and `pages` sum up. Of the product it
depends on `case.json` and on the profiles, settings and backends that an operator may name.
"""
