"""A message, as mail programs (.eml) or Outlook (.msg) keep it, to its sender and attachments."""

from __future__ import annotations

import base64
import email
import email.policy
import io
import struct
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr, parsedate_to_datetime

from conflict_minerals.cmrt.sniff import OLE
from conflict_minerals.ground.limits import Limits

_DEEP = 3  # messages within messages
# Properties of Outlook's form ([MS-OXPROPS]): their tags, and the ends of streams of text.
_SUBJECT, _HEADERS, _SMTP, _ADDRESS = "0037", "007D", "5D01", "0C1F"
_DATA, _LONG_NAME, _NAME = "3701", "3707", "3704"
_DELIVERED, _SUBMITTED = 0x0E060040, 0x00390040
_CODE_PAGE, _LOCALE = 0x3FFD0003, 0x3FF10003
# Code pages of Windows by locale ([MS-LCID]): of texts that are no Unicode.
_PAGES = {1041: 932, 2052: 936, 4100: 936, 1028: 950, 3076: 950, 1042: 949, 1049: 1251}
MARK = "__substg1.0_".encode("utf-16-le")  # stands in each container that is a message


def read(data: bytes, limits: Limits) -> tuple[dict, None]:
    """``sender, subject, day`` and ``parts`` of a message: name and content (base64) of each
    attachment, those of messages within it too; ``reason`` where it cannot be read.

    ``day`` is that on which it reached the mailbox, else that on which its sender says it was
    sent, in UTC; blank when neither is there. Content that cannot be had is ``None``.
    """
    parts: list[list] = []
    out = {"form": "mail", "lookup": "", "reason": "", "sender": "", "subject": "", "day": ""}
    try:
        if data[:8] == OLE:
            import olefile

            with olefile.OleFileIO(io.BytesIO(data)) as ole:
                out |= _outlook(ole, [], parts, limits, _DEEP)
        else:
            message = email.message_from_bytes(data, policy=email.policy.default)
            out |= _internet(message, parts, limits, _DEEP)
    except (MemoryError, RecursionError):
        raise
    except Exception as error:  # noqa: BLE001 - both parsers fail in many ways on broken mails
        out["reason"] = f"Damaged: a mail that cannot be read ({type(error).__name__})"
    return out | {"parts": parts}, None


def _add(parts: list, name: str, content: bytes | None, limits: Limits) -> None:
    if len(parts) < limits.members:
        packed = None if content is None else base64.b64encode(content).decode()
        parts.append([name or "attachment", packed])


def _internet(message, parts: list, limits: Limits, deep: int) -> dict:
    for part in message.walk() if not message.is_multipart() else message.iter_parts():
        _part(part, parts, limits, deep)
    came = message.get_all("Received") or []
    day = _day(came[0].rpartition(";")[2] if came else "") or _day(message["Date"])
    return {"sender": parseaddr(str(message["From"] or ""))[1], "day": day,
            "subject": str(message["Subject"] or "")}


def _part(part, parts: list, limits: Limits, deep: int) -> None:
    kind = part.get_content_type()
    if kind == "message/rfc822":
        inner = part.get_payload(0)
        if deep:
            _internet(inner, parts, limits, deep - 1)
        else:
            _add(parts, "message.eml", inner.as_bytes(), limits)
    elif kind.startswith("multipart/"):
        for one in part.iter_parts():
            _part(one, parts, limits, deep)
    elif part.get_filename() or not kind.startswith("text/"):
        _add(parts, str(part.get_filename() or ""), part.get_payload(decode=True), limits)


def _day(text) -> str:
    try:
        return parsedate_to_datetime(str(text).strip()).astimezone(UTC).date().isoformat()
    except (TypeError, ValueError, OverflowError):
        return ""


def _outlook(ole, at: list[str], parts: list, limits: Limits, deep: int) -> dict:
    """The message in a storage of an Outlook file; the outermost lies at its root."""
    fixed = _fixed(ole, at)
    code = f"cp{fixed.get(_CODE_PAGE) or _PAGES.get(fixed.get(_LOCALE), 1252)}"
    headers = email.message_from_string(_text(ole, at, _HEADERS, code),
                                        policy=email.policy.default)
    sender = (_text(ole, at, _SMTP, code) or parseaddr(str(headers["From"] or ""))[1]
              or _text(ole, at, _ADDRESS, code))
    inner = {path[len(at)] for path in ole.listdir() if path[: len(at)] == at
             and len(path) > len(at) and path[len(at)].startswith("__attach_version1.0_")}
    for name in sorted(inner):
        here = [*at, name]
        held = [*here, f"__substg1.0_{_DATA}000D"]
        if ole.exists(held):
            if deep:
                _outlook(ole, held, parts, limits, deep - 1)
            continue
        content = [*here, f"__substg1.0_{_DATA}0102"]
        title = _text(ole, here, _LONG_NAME, code) or _text(ole, here, _NAME, code)
        _add(parts, title, ole.openstream(content).read() if ole.exists(content) else None, limits)
    day = fixed.get(_DELIVERED) or fixed.get(_SUBMITTED) or _day(headers["Date"])
    return {"sender": sender, "subject": _text(ole, at, _SUBJECT, code), "day": day}


def _text(ole, at: list[str], tag: str, code: str) -> str:
    """A text property; one that is no Unicode is in the message's own code page."""
    for ending, coded in (("001F", "utf-16-le"), ("001E", code)):
        path = [*at, f"__substg1.0_{tag}{ending}"]
        if ole.exists(path):
            data = ole.openstream(path).read()
            try:
                return data.decode(coded, "replace").rstrip("\0")
            except LookupError:  # a code page that nobody knows
                return data.decode("cp1252", "replace").rstrip("\0")
    return ""


def _fixed(ole, at: list[str]) -> dict[int, str | int]:
    """Of a message's fixed properties, 16 bytes each after the head, its days and its language."""
    path = [*at, "__properties_version1.0"]
    data = ole.openstream(path).read() if ole.exists(path) else b""
    out = {}
    for start in range(24 if at else 32, len(data) - 15, 16):
        tag, _, ticks = struct.unpack_from("<IIQ", data, start)
        if tag in (_CODE_PAGE, _LOCALE):
            out[tag] = ticks & 0xFFFFFFFF
        elif tag in (_DELIVERED, _SUBMITTED):
            day = datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=ticks // 10)
            out[tag] = day.date().isoformat()
    return out
