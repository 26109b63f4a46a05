"""Simulates streams whose constraint is known and judges the method that looks for it."""
