"""Conflicts that are injected on purpose, each with a twin without it: do the rules find them, and only them?"""
