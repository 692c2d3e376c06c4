"""Moving an installation up, or back: its files to another store, its database to PostgreSQL (docs/decisions/0038)."""
