"""Prompts by role and version; a released one never changes, and LOCK holds its digest."""
