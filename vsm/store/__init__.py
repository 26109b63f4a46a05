"""The store: one SQLite file with a journal and the tables projected from it."""
