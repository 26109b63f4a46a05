"""Widgets, drawn with the line API: data in by argument, intent out by message."""
