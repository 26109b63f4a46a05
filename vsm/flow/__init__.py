"""Flow figures: pure functions over columns of visits. Definitions: docs/metrics.md."""
