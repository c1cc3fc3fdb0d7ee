"""What every answer tells the browser not to do."""

from __future__ import annotations

SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
}


def cookie(name: str, value: str, *, secure: bool) -> str:
    """A session cookie: Max-Age is unknown to old IE, and a shared computer should forget."""
    return f"{name}={value}; Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if secure else "")
