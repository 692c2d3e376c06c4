"""Files made for people: PDF. Only here are their writers imported."""
