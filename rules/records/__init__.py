"""Bookkeeping that everything else writes through: who may see a row, the audit log, mails, numbers, limits."""
