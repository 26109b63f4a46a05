"""The value stream map: its figures, as results and as a report."""
