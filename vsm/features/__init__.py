"""Capabilities, one package each: figures, results, report and published form side by side."""
