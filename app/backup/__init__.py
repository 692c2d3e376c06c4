"""Backups: a copy of the database, every file that it names, and a manifest that says what must be there (docs/decisions/0037)."""
