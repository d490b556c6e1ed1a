"""What lies in a year's ``inbox/``: each message, attachment, zip and file as a row, opened as
strangers' files are, with the supplier that it seems to be of. Nothing is moved here."""

from __future__ import annotations

import base64
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pandas as pd

from conflict_minerals.cmrt import MAIL_MARK
from conflict_minerals.ground import library, names
from conflict_minerals.ground.limits import Limits, Refused, default
from conflict_minerals.ground.text import number_of
from conflict_minerals.intake import folder as folders
from conflict_minerals.intake.engine import Child
from conflict_minerals.intake.folder import Content

FOLDER = "inbox"
_DONE = ("filed", "aside")  # folders of it whose contents wait for nobody


@dataclass(frozen=True)
class Item:
    """One thing that came. ``name`` is a path below ``inbox/``; what lay in it follows a ``!``."""

    id: str
    name: str
    sha256: str
    form: str = ""
    sender: str = ""
    subject: str = ""
    day: str = ""
    template: str = ""
    version: str = ""
    company: str = ""
    reason: str = ""
    supplier_id: str = ""
    why: str = ""
    state: str = "stays"


def look(raw: Path, roster: pd.DataFrame, *, limits: Limits | None = None) -> pd.DataFrame:
    """Every row of the inbox, sorted: the fields of ``Item``.

    ``state`` is ``answer`` for a template, ``filed`` for what lies in that supplier's folder of
    ``cmrt/`` already, else ``stays``; ``supplier_id`` is whom it seems to be of, blank where
    nothing or not one alone speaks for it, and ``why`` says so.
    """
    limits = limits or default()
    there = _there(raw)
    items = []
    with _readers(limits) as (mails, books):
        for content, about in _contents(raw, limits, mails):
            # The same bytes may come from several suppliers, a blank template for one.
            mark = hashlib.sha256(f"{content.name}\n{content.sha256}".encode()).hexdigest()[:8]
            item = Item(mark, content.name, content.sha256, content.form, *about,
                        reason=content.reason)
            if not content.reason and content.form in ("zip", "ole"):
                item = _template(item, books.read(content.data))
            supplier, why = propose(item, roster)
            state = "answer" if item.template else "stays"
            held = there.get(content.sha256, set())
            if held and supplier in ("", *held):
                supplier, why, state = supplier or min(held), "lies in cmrt/", "filed"
            items.append(replace(item, supplier_id=supplier, why=why, state=state))
    columns = list(Item.__dataclass_fields__)
    return pd.DataFrame([asdict(item) for item in items], columns=columns, dtype="str")


def waiting(raw: Path) -> int:
    """How many messages and files wait in the inbox, unopened."""
    names = [found.name for found in folders.walk(raw / FOLDER, default())]
    return sum(name.partition("/")[0] not in _DONE or "/" not in name for name in names)


def content(raw: Path, name: str, *, limits: Limits | None = None) -> bytes:
    """The bytes of a row of ``look``, read anew from where they lie."""
    limits = limits or default()
    with _readers(limits) as (mails, _):
        top = name.partition("!")[0]
        return next(one.data for one, _ in _contents(raw, limits, mails, top) if one.name == name)


class _readers:
    """The two reading processes: of messages, whose attachments come back whole, and of books."""

    def __init__(self, limits: Limits):
        packed = replace(limits, answer_bytes=2 * limits.file_bytes)
        self.both = Child(packed, "mail"), Child(limits)

    def __enter__(self):
        return self.both

    def __exit__(self, *_):
        for child in self.both:
            child.stop()


def _contents(raw: Path, limits: Limits, mails: Child, only: str = ""
              ) -> Iterator[tuple[Content, tuple]]:
    """Everything that came, with sender, subject and day of the message that it came in; with
    ``only`` what lies in that message or file."""
    for found in folders.walk(raw / FOLDER, limits):
        if found.name.partition("/")[0] in _DONE and "/" in found.name:
            continue
        if only and found.name != only:
            continue
        whole = folders.load(found, limits)
        mail = whole.form == "mail" or whole.form == "ole" and MAIL_MARK in whole.data
        if not mail or not whole.data:
            for one in _opened(whole, limits):
                yield one, ("", "", "")
            continue
        result, _, lost = mails.read(whole.data)
        parts, why = (result["parts"], result["reason"]) if result else ([], lost)
        about = tuple(folders.shown(result[k]) for k in ("sender", "subject", "day")) if (
            result) else ("", "", "")
        count = f"A message with {number_of(len(parts), 'attachment', 'attachments')}"
        yield replace(whole, form="mail", reason=why or count), about
        taken: dict[str, int] = {}
        for title, packed in parts:
            base = folders.shown(title).replace("\\", "/").rpartition("/")[2] or "attachment"
            name = f"{whole.name}!{folders.apart(base, taken)}"
            part = (Content(name, folders.NOTHING, reason="Its content is not in the message")
                    if packed is None else folders.examine(name, base64.b64decode(packed)))
            for one in _opened(part, limits):
                yield one, about


def _opened(whole: Content, limits: Limits) -> Iterator[Content]:
    """A file; of a zip of files, the zip and each of them."""
    try:
        inner = [] if whole.reason or not folders.is_archive(whole, limits) else list(
            folders.members(whole, limits))
    except Refused as refusal:
        yield replace(whole, form=refusal.form or whole.form, reason=refusal.reason)
        return
    if not inner:
        yield whole
        return
    yield replace(whole, reason=folders.listed(whole, len(inner), limits))
    for one in inner:
        try:
            nested = not one.reason and folders.is_archive(one, limits)
        except Refused as refusal:
            yield replace(one, reason=refusal.reason)
            continue
        yield replace(one, reason="A zip inside a zip is not opened: unpack it") if nested else one


def _template(item: Item, answer) -> Item:
    result, _, lost = answer
    if result is None:
        return replace(item, reason=lost)
    fields = {line[0]: line[2] for line in result["fields"]}
    reason = "" if result["template"] else result["reason"] or "None of the templates"
    return replace(item, template=result["template"], version=result["version"],
                   company=fields.get("company_name", ""), reason=reason)


def propose(item: Item, roster: pd.DataFrame) -> tuple[str, str]:
    """The supplier that sender, domain and the template's company speak for, and why; a blank
    where they name none, several, or each another."""
    said = {}
    sender, domain = item.sender.casefold(), item.sender.casefold().rpartition("@")[2]
    known = roster["contact_email"].str.strip().str.casefold()
    said["sender"] = set(roster.loc[(known == sender) & (sender != ""), "supplier_id"])
    if domain and domain not in set(library.table("mail_domains")["domain"]):
        of_domain = known.str.rpartition("@")[2] == domain
        said["domain"] = set(roster.loc[of_domain, "supplier_id"])
    stem = names.keys(item.company).stem
    alike = [bool(stem) and names.keys(name).stem == stem for name in roster["supplier_name"]]
    said["company"] = set(roster.loc[alike, "supplier_id"])
    said = {what: who for what, who in said.items() if who}
    if not said:
        return "", "nobody in suppliers.csv has this sender, domain or company"
    common = set.intersection(*said.values())
    if len(common) == 1:
        return common.pop(), f"by {' and '.join(said)}"
    who = "; ".join(f"{what}: {', '.join(sorted(ids))}" for what, ids in said.items())
    return "", f"not one alone ({who})"


def _there(raw: Path) -> dict[str, set[str]]:
    """Suppliers by hash of each file below ``cmrt/``."""
    limits, held = default(), defaultdict(set)
    for found in folders.walk(raw / "cmrt", limits):
        if "/" in found.name:
            held[folders.load(found, limits).sha256].add(found.name.partition("/")[0])
    return held
