"""カレンダーのファイル (.ics, RFC 5545): one booking as one event, its times in UTC so that no rules travel with it."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

import clock
import config
from models import Reservation
from rules.visits import by_resident, telling

_WIDTH = 75  # octets


def event(row: Reservation) -> bytes:
    """The file; a booking that was cancelled says so, under the same name and a higher number."""
    host = urlsplit(config.settings().base_url).hostname or "localhost"
    bring = telling.bring_words(row)
    changeable = by_resident.changeable(row) and row.resident_id is not None
    telephone, way = telling.telephone(row), telling.way_words(row)
    about = [
        f"申込番号 {telling.number_words(row)}",
        *([f"持ち物：{bring}"] if bring else []),
        *([f"行き方：{way}"] if way else []),
        *(
            ["変更や取消しは、前の日の夜12時まで、電子申請窓口でできます。当日は、電話してください。"]
            if changeable
            else []
        ),
        *([f"電話 {telephone}"] if telephone else []),
        f"{config.settings().base_url}/mypage/reservations/{row.id}",
    ]
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Madoguchi//visits//JA",
        "BEGIN:VEVENT",
        f"UID:visit-{row.id}@{host}",
        f"SEQUENCE:{row.revision}",
        f"DTSTAMP:{_utc(clock.now())}",
        f"DTSTART:{_utc(row.starts_at)}",
        f"DTEND:{_utc(row.ends_at)}",
        f"SUMMARY:{_text(f'{row.town.name} {telling.subject_words(row)}')}",
        f"LOCATION:{_text(f'{row.town.name} {telling.place_words(row)}')}",
        f"DESCRIPTION:{_text(chr(10).join(about))}",
        f"STATUS:{'CANCELLED' if row.state == 'CANCELLED' else 'CONFIRMED'}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(_folded(line) for line in lines).encode("utf-8")


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(words: str) -> str:
    for found, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,")):
        words = words.replace(found, written)
    # Other control characters have no place in such a file.
    return "\\n".join("".join(c for c in line if c.isprintable() or c == "\u3000") for line in words.splitlines())


def _folded(line: str) -> str:
    """A line in pieces of 75 octets, never within a letter; each further one begins with a space."""
    pieces, size = [""], 0
    for letter in line:
        octets = len(letter.encode("utf-8"))
        if size + octets > _WIDTH:
            pieces.append(" ")
            size = 1
        pieces[-1] += letter
        size += octets
    return "\r\n".join(pieces) + "\r\n"
