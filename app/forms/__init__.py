"""The shape of what is typed: types, lengths, wording. What it means is decided below."""
