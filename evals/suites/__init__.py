"""The suites that ship: each folder is one, each YAML file in it a scenario with its negative twin."""
