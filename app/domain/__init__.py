"""Business rules: pure functions and tables. Nothing here knows the web, the database or the disk."""
