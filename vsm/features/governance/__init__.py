"""Governance: controls and their modes, what they find, what they cost, and replays on the past."""
