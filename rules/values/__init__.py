"""Values and pure checks: texts, days, addresses, numbers; nothing here asks the database."""
