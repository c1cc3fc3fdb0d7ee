"""The words of which a column holds one."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """The states of an application."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    IN_REVIEW = "IN_REVIEW"
    RETURNED = "RETURNED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    COMPLETED = "COMPLETED"
    WITHDRAWN = "WITHDRAWN"


class Role(StrEnum):
    """What a staff account may do at most."""

    CLERK = "CLERK"
    TOWN_ADMINISTRATOR = "TOWN_ADMINISTRATOR"
    SYSTEM_ADMINISTRATOR = "SYSTEM_ADMINISTRATOR"


class MailState(StrEnum):
    """Where a mail stands; SENT means the mail server said so."""

    QUEUED = "QUEUED"
    SENT = "SENT"
    FAILED = "FAILED"


class Channel(StrEnum):
    """How an application came in."""

    WEB = "WEB"
    COUNTER = "COUNTER"
    POST = "POST"
    TELEPHONE = "TELEPHONE"
