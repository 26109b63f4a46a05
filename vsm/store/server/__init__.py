"""A journal on a PostgreSQL server, for several machines; loads psycopg, so it is loaded late."""
