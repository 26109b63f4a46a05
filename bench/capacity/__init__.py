"""Judges the figures of capacity: expected waits and weeks of saturation, against simulations."""
