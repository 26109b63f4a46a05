"""Stands before the real pysqlite3 on the path of a process that is to use the system's SQLite."""

raise ImportError("this process uses the SQLite of the system")
