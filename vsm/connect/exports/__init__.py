"""Exports: files that leave vsm."""
