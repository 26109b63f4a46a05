"""Judges forecasts on histories of real projects: what was said against what happened."""
