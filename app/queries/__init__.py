"""Reads shared by screens, exports and jobs: one number, one query."""
