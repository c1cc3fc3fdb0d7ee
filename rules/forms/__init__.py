"""Forms as data: question types, pages, checks, and how answers are shown."""
