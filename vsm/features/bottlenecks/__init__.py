"""Finds the constraint of a stream, with the evidence and recommendations."""
