"""Compliance: reports for auditors, reproducible samples, the record of processing."""
