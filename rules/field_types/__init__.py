"""The types a question can have, a family a module; `rules.fields` is the way in."""
