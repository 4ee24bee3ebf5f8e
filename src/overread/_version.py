"""The one place that says which release this is; a test compares it with the first heading of CHANGELOG.md."""

__version__ = "0.1.0"
