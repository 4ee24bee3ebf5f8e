"""The case-review page: the same reading room as the command line, in a browser."""

from overread.review.access import Access, LinkAccess, Reader
from overread.review.app import create_app, serve

__all__ = ["Access", "LinkAccess", "Reader", "create_app", "serve"]
