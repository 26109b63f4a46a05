"""Snapshots of all streams as of a moment, and what differs between two of them."""
