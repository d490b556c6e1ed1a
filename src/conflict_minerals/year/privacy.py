"""Personal data kept out of tables: e-mail addresses, telephone numbers and people's names.

People at suppliers belong in ``data/`` and ``letters/`` only. Whatever a stranger typed into a
free-text cell is masked before it goes into a table that is saved or exported.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

import pandas as pd

from conflict_minerals.ground import countries, tables
from conflict_minerals.ground.names import keys
from conflict_minerals.ground.terms import placeholders
from conflict_minerals.ground.text import clean, fold

EMAIL, PHONE, NAME = "[e-mail withheld]", "[telephone withheld]", "[name withheld]"

PERSON_FIELDS = ("contact_name", "authorizer")
PHONE_FIELDS = ("contact_phone", "authorizer_phone")

# An address is looked for from its @ on, and then back: looking for its first half first would
# cost the square of a text's length.
_BREAKS = r"\s<>()\[\]{},;:\"'|"
_AT = re.compile(rf"\s?[@＠]\s?[^{_BREAKS}@＠]+\.[^\W\d_]{{2,}}")
_BEFORE = re.compile(rf"[^{_BREAKS}]+")
# Digits with at most two separators between them, so that a list of numbers is not one number.
_NUMBER = re.compile(r"(?<![\w.\-/])(?:\+|\()?\d(?:[\s().\-/]{0,2}\d){5,}(?!\w)")
_DATE = re.compile(r"\d{4}([-./ ])\d{1,2}\1\d{1,2}|\d{1,2}([-./ ])\d{1,2}\2(?:\d{4}|\d{2})")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SPOKEN = re.compile(
    r"\b((?:tel|phone|telephone|mobile|mob|cell|fax|fon|ph|whatsapp)\b[\s.:#no]*|(?:电话|手机|電話)[:：\s]*)"
    r"(\+?[\d(][\d\s().\-/]{4,}\d)",
    re.IGNORECASE,
)
_TITLED = re.compile(
    r"\b(?:Mr|Mrs|Ms|Mx|Dr|Herr|Frau|Mme|Señora|Señor|Sra|Sr)\.?\s+([^\W\d_][\w'’\-]+)"
)
_ASKED = re.compile(
    r"\b(?:ask|call|contact|attn|attention|c/o|(?:e-?)?mail|write to|said|signed)\b[\s.:]*"
    r"([^\W\d_][\w'’\-]+)",
    re.IGNORECASE,
)
_INITIALS = 3
_WORD = re.compile(r"\w+", re.UNICODE)
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


class Names:
    """People's names in a form in which many texts can be searched at once.

    A name counts when it has two words or more, or is one word in Chinese, Japanese or Korean
    script of two signs or more. Both orders of a name are known: ``Doe, Jane`` finds ``Jane Doe``.
    One word of a name counts after a word such as 'ask' or 'contact'.
    ``companies`` are the roster's names: they and what stands in them are no people.
    ``smelters`` are names of facilities: one that somebody typed into a contact cell is no person.
    """

    def __init__(
        self, names: Iterable[str] = (), companies: Iterable[str] = (),
        smelters: Iterable[str] = (), phones: Iterable[str] = (),
    ):
        self.kept = {fold(name) for name in companies} - {""}
        within = "|".join(f" {name} " for name in sorted(self.kept))
        facilities = {keys(name).stem for name in smelters}
        self.first: dict[str, list[tuple[str, ...]]] = {}
        self.wide: list[re.Pattern] = []
        for name in sorted({clean(n) for n in names}):
            folded = fold(_without_emails(name, " "))
            if (not folded or f" {folded} " in within or folded in placeholders()
                    or keys(name).stem in facilities or countries.iso3(name, codes=False)):
                continue
            words = tuple(w for w in folded.split() if len(w) > 1 or not w.isascii())
            if _WIDE.search(name) and 2 <= len(folded.replace(" ", "")) <= 6:
                self.wide.append(re.compile(r"\s?".join(map(re.escape, "".join(name.split())))))
            elif 2 <= len(words) <= 5 and not any(w.isdigit() for w in words):
                for order in {words, words[::-1], words[-1:] + words[:-1], words[1:] + words[:1]}:
                    if order not in self.first.setdefault(order[0], []):
                        self.first[order[0]].append(order)
        others = [*self.kept, *facilities, *placeholders(), *map(fold, smelters)]
        others = {word for name in others for word in name.split()}
        self.parts = {
            word for orders in self.first.values() for order in orders for word in order
            if len(word) > 2 and word not in others and not countries.iso3(word, codes=False)
        }  # fmt: skip
        for orders in self.first.values():
            orders.sort(key=lambda order: (-len(order), order))
        digits = {re.sub(r"\D", "", str(phone)) for phone in phones}
        # A shorter number could be anybody's count of anything.
        # With and without codes of country and area.
        self.phones = frozenset(d[at:] for d in digits if len(d) <= 15 for at in range(len(d) - 6))

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where in the text a known name stands."""
        found = [match.span() for name in self.wide for match in name.finditer(text)]
        if self.first:
            asked = [m for m in _ASKED.finditer(text) if fold(m[1]) in self.parts]
            found += [match.span(1) for match in asked]
            words = [(_plain(m.group()), m.start(), m.end()) for m in _WORD.finditer(text)]
            for at, (word, start, _) in enumerate(words):
                for order in self.first.get(word, ()):
                    end = _reach(words, at, order)
                    if end:
                        found.append((start, end))
                        break
        return found


def _reach(words, at: int, order) -> int:
    """End of the name that begins at word ``at``; initials may stand between its words."""
    last, step = 0, at
    for part in order:
        initials = _INITIALS if step > at and len(part) > 1 else 0
        while initials and step < len(words) and len(words[step][0]) == 1:
            step, initials = step + 1, initials - 1
        if step >= len(words) or words[step][0] != part:
            return 0
        last, step = words[step][2], step + 1
    return last


@lru_cache(maxsize=65536)
def _plain(word: str) -> str:
    text = unicodedata.normalize("NFKD", word).casefold()
    return "".join(c for c in text if not unicodedata.combining(c))


def known(inputs, intake) -> Names:
    """The people and numbers that a year knows: roster, header blocks, contact columns.

    Args:
        inputs: the year's inputs, of which ``suppliers`` is used.
        intake: the reader's tables, of which ``fields``, ``rows``, ``mines`` and ``lookups`` are.
    """
    fields = intake.fields
    people = set(inputs.suppliers["contact_name"])
    people |= set(fields.loc[fields["field"].isin(PERSON_FIELDS), "raw"])
    for table in (intake.rows, getattr(intake, "mines", None)):
        if table is not None and "contact_name" in table:
            people |= set(table["contact_name"])
    smelters = set(intake.lookups["lookup_name"]) | set(intake.lookups["standard_name"])
    phones = set(fields.loc[fields["field"].isin(PHONE_FIELDS), "raw"])
    return Names(people, inputs.suppliers["supplier_name"], smelters, phones)


def mask_text(value: str, names: Names) -> str:
    """One text with e-mail addresses, telephone numbers and known names replaced.

    The name of a supplier of the roster is left as it is.
    """
    if not value or (names.kept and fold(value) in names.kept):
        return value
    text = _without_emails(value, EMAIL)
    if any(c.isdigit() for c in text):
        text = _mask_numbers(text, names)
    # "Dr Congo" is a country.
    titled = [m.span(1) for m in _TITLED.finditer(text) if not countries.iso3(m[0], codes=False)]
    return _instead(text, _merge(names.spans(text) + titled), NAME)


def _without_emails(text: str, instead: str) -> str:
    """The text with something else in place of each e-mail address."""
    found: list[tuple[int, int]] = []
    last = 0
    for match in _AT.finditer(text):
        # The same signs backwards: the half before the @ ends where a break or an address stands.
        before = _BEFORE.match(text[last : match.start()][::-1])
        start = match.start() - (before.end() if before else 0)
        if found and start == last:
            found[-1] = (found[-1][0], match.end())
        elif before:
            found.append((start, match.end()))
        last = match.end()
    return _instead(text, found, instead)


def _instead(text: str, spans: list[tuple[int, int]], word: str) -> str:
    """The text with a word in place of each span; spans are in order and apart."""
    starts, ends = [0, *(end for _, end in spans)], [*(start for start, _ in spans), len(text)]
    return word.join(text[start:end] for start, end in zip(starts, ends, strict=True))


def _mask_numbers(text: str, names: Names) -> str:
    text = _SPOKEN.sub(lambda m: f"{m.group(1)}{PHONE}", text)
    return _NUMBER.sub(lambda m: PHONE if _telephone(m.group(), names) else m.group(), text)


def _telephone(number: str, names: Names) -> bool:
    """Does a run of digits read as a telephone number, rather than a date, an id or years?"""
    groups = re.findall(r"\d+", number)
    digits = "".join(groups)
    if digits in names.phones:
        return True
    if not 7 <= len(digits) <= 15 or _DATE.fullmatch(number) or all(map(_YEAR.fullmatch, groups)):
        return False
    if number[0] in "+(" or (digits.startswith("00") and len(groups) > 1):
        return True
    if len(groups) == 1:  # a Chinese mobile number, or a national number with its zero
        return bool(re.fullmatch(r"1[3-9]\d{9}|0\d{9,10}", digits))
    if len(groups) == 2:
        return digits[0] == "0" and len(digits) >= 9
    return len(digits) >= 9 and all(len(group) <= 5 for group in groups)


def _merge(spans):
    merged = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def mask(frame: pd.DataFrame, columns: Iterable[str], names: Names) -> pd.DataFrame:
    """The same table with personal data in those columns masked; columns it lacks are skipped.

    Each distinct text is looked at once, so the cost follows what people wrote, not the rows.
    """
    out = frame.copy()
    for column in columns:
        if column in out and len(out):
            texts = out[column].drop_duplicates()
            masked = {t: mask_text(t, names) for t in texts if isinstance(t, str)}
            changed = {t: m for t, m in masked.items() if t != m}
            if changed:
                out[column] = out[column].map(lambda t, new=changed: new.get(t, t)).astype("str")
    return out


def mask_table(frame: pd.DataFrame, table: str, names: Names) -> pd.DataFrame:
    """The columns that ``tables.csv`` gives a table, those that are ``masked`` there masked."""
    known = [name for name in tables.names(table) if name in frame]
    return mask(frame[known], tables.flagged(table, "masked"), names)
