"""Measures speed, memory and bytes against the goals: ``python -m bench``."""
