"""Exports of streams, items and the journal to files."""
