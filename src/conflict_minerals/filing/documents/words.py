"""What a text template may ask for: figures, facts and settings, each given as a mark."""

import re
from dataclasses import dataclass, field, replace
from datetime import date

import pandas as pd

from conflict_minerals.filing.claims.figures import metals_in_scope
from conflict_minerals.filing.documents.document import CLOSE, OPEN, Law, Mark, Run
from conflict_minerals.ground import library
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.text import clean
from conflict_minerals.year import setting

# Words that a sentence may begin with and that are written small after "In May 2019, ".
_OPENERS = {"We", "Our", "The", "A", "An", "No", "Each", "All", "Through",
            "Buyers", "Employees", "Members", "Suppliers", "Incomplete"}
_YEAR = re.compile(r"\b20\d\d\b")
PRIVATE = re.compile(r"[\ue000-\uf8ff]")


@dataclass
class Words:
    """What a template may ask for, and the marks that it was given.

    ``figures`` is the table of ``figures.compute``, ``tables`` a maker of table blocks by name,
    ``read`` words read from a table's rows, by name, each with that table's name, ``defined`` the
    ids of all figures, also of those whose table is not there. ``lists`` are the kinds of list
    that the year has.
    """

    year: int
    program: dict
    figures: pd.DataFrame
    law: dict[str, Law] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    tables: object = None
    read: dict[str, tuple[str, str]] = field(default_factory=dict)
    lists: frozenset = frozenset()
    compared: bool = False
    branch: str = ""
    ground: str = ""
    decided: bool = False
    conclusions: list[dict] = field(default_factory=list)  # as ``branch.conclusions`` gives them
    defined: frozenset = frozenset()
    marks: list[Mark] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)  # the text templates that were taken

    def __post_init__(self):
        rows = self.figures.to_dict("records")
        self._figures = {row["id"]: row for row in rows}
        self._facts = {fact["id"]: fact for fact in self.program.get("facts") or []}
        self._promises = list(self.program.get("promises") or [])

    def names(self) -> dict:
        """What stands in templates under which name."""
        return {
            "year": self.year,
            "branch": self.branch,
            "ground": self.ground,
            # More evidence for what counsel decided, where a decision records it.
            "decided": "; decision:form|branch" if self.decided else "",
            "amendment": (self.program.get("form") or {}).get("kind") == "amendment",
            "illustration": self.program.get("illustration") is True,
            "compared": self.compared,
            "audited": (self.program.get("audit") or {}).get("obtained") is True,
            "due": [p for p in self._promises if self._earlier(p)],
            "promised": [p for p in self._promises if not self._earlier(p)],
            "conclusions": self.conclusions,
            "entities": [{**one, "at": at}
                         for at, one in enumerate(self.program.get("entities") or [])],
            "labelled": (self.program.get("audit") or {}).get("products") or [],
            **{
                name: getattr(self, f"_{name}")
                for name in ("fig", "n", "known", "noun", "count", "share", "the", "verb",
                             "each_of", "fact", "done", "has", "fact_value", "setting", "given",
                             "word", "word_value", "rows", "given_rows", "law_text", "caption",
                             "given_caption", "listed", "table", "promise", "entity")
            },
        }

    def _earlier(self, promise: dict) -> bool:
        return str(promise.get("made_in") or "") < str(self.year)

    def add(self, mark: Mark) -> str:
        """A mark as it stands in Markdown."""
        self.marks.append(mark)
        return f"{OPEN}{len(self.marks) - 1}{CLOSE}"

    def _run(self, text, kind: str, ref: str) -> str:
        return self.add(Mark(run=Run(safe(text), kind, ref)))

    def _blank(self, ref: str) -> str:
        return self.add(Mark(run=Run(f"[BLANK: {ref}]", "blank", ref)))

    def _fig(self, id: str) -> str:
        if id in self._figures:
            return self._run(self._figures[id]["text"], "figure", id)
        if id in self.defined:  # its table is not there this year
            return self._blank(f"figure {id}")
        raise InputError(f"there is no figure {id!r}", fix="Take an id of figures.json")

    def _n(self, id: str) -> float:
        """A figure's value to decide by; nothing counted is 0."""
        return self._figures[id]["value"] or 0 if id in self._figures else 0

    def _known(self, id: str) -> bool:
        """Whether the year has the table that a figure counts."""
        return id in self._figures

    def _noun(self, id: str, one: str, more: str) -> str:
        return one if self._n(id) == 1 else more

    _verb = _noun

    def _count(self, id: str, one: str, more: str) -> str:
        return f"{self._fig(id)} {self._noun(id, one, more)}"

    def _share(self, id: str, of: str, one: str, more: str, each: str = "each") -> str:
        """A figure of another: ``3 of the 8 files``, ``each of the 8 files``, ``the one file``."""
        some, every = self._n(id), self._n(of)
        if every == 1:
            the = f"{self._run('the', 'figure', id)} {self._run('one', 'figure', of)}"
            return f"{the if some else self._run('no', 'figure', id)} {one}"
        part = {0: "none", every: each}.get(some)
        said = self._run(part, "figure", id) if part else self._fig(id)
        return f"{said} of the {self._count(of, one, more)}"

    def _the(self, id: str, one: str, more: str, of: bool = False) -> str:
        """All of a figure: ``the 8 files``, ``the one file``; with ``of``: ``of the 8 files``,
        ``for the one file``."""
        if self._n(id) == 1:
            return f"{'for ' if of else ''}the {self._run('one', 'figure', id)} {one}"
        return f"{'of ' if of else ''}the {self._count(id, one, more)}"

    def _each_of(self, *counts: tuple, of: str = "") -> str:
        """Figures with their nouns, those of 0 left out: ``1 file, 3 rows and 2 answers``.

        Words that hold ``{}`` have the figure there: ``unknown was answered by 3``. A figure that
        is all of the figure ``of`` is said as ``each``; of one thing alone it is not said.
        """
        said = []
        for id, words, *more in (one for one in counts if self._n(one[0])):
            if of and self._n(of) == 1:
                said.append(words.removesuffix(" for {}").removesuffix(" from {}")
                            .replace("{}", "it"))
            elif "{}" in words:
                every = of and self._n(id) == self._n(of)
                said.append(words.replace("{}", self._run("each", "figure", id) if every
                                          else self._fig(id)))
            else:
                said.append(self._count(id, words, *more or [words]))
        return " and ".join(filter(None, [", ".join(said[:-1]), *said[-1:]])) or "none"

    def _listed(self, *kinds: str) -> bool:
        """Whether the year has a list of one of these kinds."""
        return not self.lists.isdisjoint(kinds)

    def _given_rows(self, name: str) -> bool:
        return bool(self.read.get(name, ("",))[0])

    def _has(self, id: str) -> bool:
        return bool(clean((self._facts.get(id) or {}).get("text")))

    def _fact(self, id: str, part: str = "text") -> str:
        value = clean((self._facts.get(id) or {}).get(part))
        if not value:
            return self._blank(f"facts {id}{'' if part == 'text' else f' {part}'}")
        if part == "text" and value[-1] not in ".!?":
            value += "."
        return self._run(value, "fact", id)

    def _done(self, id: str) -> str:
        """A fact with the month in which it was done, unless it names a year itself."""
        day, text = (self._facts.get(id) or {}).get("done_on"), self._fact(id)
        said = self.marks[-1].run
        if not day or said.kind == "blank" or _YEAR.search(said.text):
            return text
        month, (first, space, rest) = f"{day:%B %Y}", said.text.partition(" ")
        dated = f"In {month}, {first.lower()}{space}{rest}" if first in _OPENERS else (
            f"{said.text[:-1]} ({month}){said.text[-1]}")
        self.marks[-1] = Mark(run=replace(said, text=dated))
        return text

    def _fact_value(self, id: str, part: str) -> str:
        """Part of a fact, to decide by."""
        return clean((self._facts.get(id) or {}).get(part))

    def _word_value(self, key: str) -> str:
        """A setting to decide by."""
        return printed(setting(self.program, key))

    def _given_caption(self, key: str) -> bool:
        return bool(self.form.get(key))

    def _given(self, key: str) -> bool:
        return setting(self.program, key) not in (None, "", False)

    def _setting(self, key: str) -> str:
        value = printed(setting(self.program, key))
        return self._run(value, "setting", key) if value else self._blank(key)

    def _word(self, key: str) -> str:
        """A setting that only names things: it makes no claim of a sentence."""
        value = printed(setting(self.program, key))
        return self._run(value, "word", key) if value else self._blank(key)

    def _rows(self, name: str, capital: bool = False) -> str:
        """Words read from the rows of a table, such as the metals in scope."""
        if name not in self.read:
            raise InputError(f"there is no list {name!r}", fix=f"Known: {', '.join(self.read)}")
        text, table = self.read[name]
        return self._run(text[:1].upper() + text[1:] if capital else text, "rows", table)

    def _law_text(self, id: str) -> str:
        if id not in self.law:
            raise InputError(f"law.md holds no statement {id!r}", fix="Add it or take another")
        return self._run(self.law[id].text, "law", id)

    def _caption(self, key: str) -> str:
        if not self.form.get(key):
            raise InputError(
                f"the form's edition has no caption {key!r}",
                file="program.yml",
                where="form.edition",
                fix="Take an edition of knowledge/filing/form_editions.csv",
            )
        return self._run(self.form[key].replace("{year}", str(self.year)), "form", key)

    def _promise(self, promise: dict, part: str) -> str:
        value = printed(promise.get(part))
        value = value.rstrip(".") if part == "text" else value  # a list item goes on after it
        place = f"promises {promise.get('id')} {part}"
        return self._run(value, "promise", promise["id"]) if value else self._blank(place)

    def _entity(self, at: int, part: str) -> str:
        """Part of an item of ``entities``, by its place in the list."""
        value = printed(self.program["entities"][at].get(part))
        place = f"entities {at + 1} {part}"
        return self._run(value, "setting", f"entities.{at}.{part}") if value else self._blank(place)

    def _table(self, name: str) -> str:
        return self.add(Mark(block=self.tables(name)))


def safe(value) -> str:
    """A value as one line of text without the private characters that marks are made of."""
    return PRIVATE.sub("", clean(value))


def printed(value) -> str:
    """A setting as the report prints it: a date as ``May 15, 2019``, nothing as ``""``."""
    if isinstance(value, date):
        return f"{value:%B} {value.day}, {value.year}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return _and([clean(one) for one in value]) if value else ""
    return clean(value)


def read(
    products: pd.DataFrame, suppliers: pd.DataFrame, lists: pd.DataFrame,
    before: dict[str, str] | None = None,
    sent: pd.DataFrame | None = None, annex: pd.DataFrame | None = None,
    decision: dict[str, str] | None = None,
) -> dict[str, tuple[str, str]]:
    """Words read from rows that templates may take, by name, each with its table or file.

    ``message_days``, ``corrections_days`` and ``notice_days`` are there when the correspondence
    ``sent`` has such messages, ``request_days`` when the day is known on which each was asked,
    ``cahra_lists`` when there is a list of high-risk areas, ``older_lists`` when a list has a
    newer one of its kind beside it, ``year_before`` when the year compared with is known,
    ``annex_as_of`` when every status of Annex I is of one day, and the words of ``decision``.
    """
    scope = products[products["in_scope"]]
    metals = [metal.lower() for metal in metals_in_scope(products)]
    how = set(scope["made_or_contracted"])
    made = "manufactured" if how == {"made"} else "contracted to have manufactured"
    if how == {"made", "contracted"}:
        made = "manufactured or contracted to have manufactured"
    words = {
        "metals_in_scope": (_and(metals) if metals else "none of the four metals", "products"),
        "metals_verb": ("are" if len(metals) > 1 else "is", "products"),
        "made_words": (made, "products"),
    }
    days = sorted(set(suppliers["requested_on"]))
    if days and days[0]:
        words["request_days"] = (_days(days), "suppliers")
    for name, kinds in _MESSAGES.items() if sent is not None else ():
        days = sorted(set(sent.loc[sent["kind"].isin(kinds), "sent_on"]))
        if days:
            words[name] = (_days(days), "correspondence")
    areas = [
        f"the list \u201c{row['source']}\u201d of {printed(date.fromisoformat(row['as_of']))}"
        for row in lists[lists["kind"] == "cahra"].sort_values("list_id").to_dict("records")
    ]
    if areas:
        words["cahra_lists"] = (_and(areas), "lists.yml")
    if older(lists).any():
        words["older_lists"] = ("several lists of one program and kind", "lists.yml")
    dated = sorted(set(annex["status_as_of"]) - {""}) if annex is not None else []
    if len(dated) == 1:
        words["annex_as_of"] = (printed(date.fromisoformat(dated[0])), "annex_i")
    for key, value in (decision or {}).items():
        words[key] = (value, "decisions.csv")
    if before and before["text"]:
        words["year_before"] = (safe(before["text"]), before.get("table", "changes"))
    return words


def older(lists: pd.DataFrame) -> pd.Series:
    """Which lists of facilities have a newer one of their kind, program and metals."""
    newest = lists.groupby(["kind", "scheme", "metals"])["as_of"].transform("max")
    return (lists["as_of"] < newest) & ~lists["kind"].isin(library.table("risk_lists")["kind"])


_MESSAGES = {"message_days": ("request", "reminder", "corrections"),
             "corrections_days": ("corrections",), "notice_days": ("notice",)}


def _days(days: list[str]) -> str:
    """From the first to the last of ISO dates, as a sentence begins with it."""
    first, last = (printed(date.fromisoformat(day)) for day in (days[0], days[-1]))
    return f"On {first}" if first == last else f"From {first} to {last}"


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
