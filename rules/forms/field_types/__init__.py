"""The types a question can have, a family a module; `rules.forms.fields` is the way in."""
