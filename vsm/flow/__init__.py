"""Columns of visits and what follows from them for every figure. Definitions: docs/metrics.md."""
