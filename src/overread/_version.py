"""The one place that says which release this is; a test compares it with the first heading of CHANGELOG.md."""

__version__ = "0.2.0.dev0"
