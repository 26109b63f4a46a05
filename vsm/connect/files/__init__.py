"""Importers: one module a file format, found through the registry."""
