"""Files in and out: one module a format, found through the registry."""
