"""One e-mail message as bytes: MIME with a text and an HTML part, the same bytes every time."""

import hashlib
import re
from datetime import UTC, date, datetime, time
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from functools import cache

from conflict_minerals.ground.text import clean

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
# Reserved names (RFC 2606) that no mail reaches: the sender's program puts in the real ones.
_NOWHERE = "draft.invalid"


class _Lines(EmailPolicy):
    """Header lines of up to 200 signs, so that subjects and boundary stay on one; with an encoded
    word in them of 76, the word itself of 75, which is the most that RFC 2047 allows."""

    def fold_binary(self, name, value):
        long = self.max_line_length > _ENCODED and not str(value).isascii()
        policy = self.clone(max_line_length=_ENCODED) if long else self
        return super(_Lines, policy).fold_binary(name, value)


_ENCODED = 76
_LINES = _Lines(linesep="\r\n", max_line_length=200)


class _Headers(HeaderRegistry):
    """The library's, which would make the class of each header anew with every letter."""

    @cache  # noqa: B019  there is but one
    def __getitem__(self, name):
        return super().__getitem__(name)


_BUILT = SMTP.clone(header_factory=_Headers())


def address(name: str, email: str) -> Address | None:
    """A person's address, ``None`` when it is not one that can be written to."""
    email = clean(email)
    if not _ADDRESS.fullmatch(email) or ".." in email or email.startswith("."):
        return None
    user, _, domain = email.partition("@")
    try:
        return Address(display_name=clean(name), username=user, domain=domain)
    except ValueError:
        return None


def nowhere(name: str) -> Address:
    """An address that no mail reaches, for a draft whose sender is not known."""
    return Address(display_name=clean(name), username="sender", domain=_NOWHERE)


def message(*, sender: Address, to: Address | None, subject: str, text: str, html: str, day: date,
            language: str, key: str, reference: str = "", notes: list[str] = ()) -> bytes:
    """A draft that mail programs open for sending (``X-Unsent``), dated at noon of the day.

    ``key`` names the letter among all others; with the text it gives Message-ID and boundary.
    Line feeds in any header value are gone before it gets here or are refused by the library.
    """
    mark = hashlib.sha256(f"{key}\0{subject}\0{text}".encode()).hexdigest()[:32]
    out = EmailMessage(policy=_BUILT)
    out["From"] = sender
    if to is not None:
        out["To"] = to
    out["Subject"] = clean(subject)
    out["Date"] = format_datetime(datetime.combine(day, time(12), tzinfo=UTC))
    out["Message-ID"] = f"<{mark}@{_NOWHERE}>"
    out["X-Unsent"] = "1"
    if reference:
        out["X-Reference"] = clean(reference)
    for note in notes:
        out["X-Draft-Note"] = clean(note)
    out.set_content(text, cte="quoted-printable")
    out.add_alternative(html, subtype="html", cte="quoted-printable")
    out["Content-Language"] = clean(language)
    # '=_' cannot occur in quoted-printable text, so no body ends the part early.
    out.set_boundary(f"=_{mark}")
    return out.as_bytes(policy=_LINES)
