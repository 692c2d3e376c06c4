"""Generated screens: create, list, search, edit and retire reference data."""
