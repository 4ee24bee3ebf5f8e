"""The pages that results are shown on: each file is a Jinja template."""
