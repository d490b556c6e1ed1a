"""What every check stands on: the registry, the tables laid side by side, cells of findings.

A check is a small function that takes the ``Case`` and gives the places where its rule is broken;
what the rule weighs and says stands in ``knowledge/rules.csv``.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from types import SimpleNamespace

import pandas as pd

from helpers import knowledge, privacy
from helpers.ingestion.cells import address
from helpers.ingestion.layouts import layout, version_key
from helpers.status import ids
from helpers.text import fold

PLACE = ["file", "metal", "sheet", "cell", "found", "expected"]
_BOUND = re.compile(r"\s*(>=|<=|<|>|=)\s*([\w.]+)\s*")

CHECKS: dict[str, Callable] = {}


def rule(name: str):
    """Register the function as the check of the rule with that id."""

    def register(function):
        if name in CHECKS:
            raise ValueError(f"two checks for {name}")
        CHECKS[name] = function
        return function

    return register


@cache
def rules() -> pd.DataFrame:
    """``rules.csv`` by rule id."""
    return knowledge.table("rules").set_index("id", drop=False)


@cache
def settings(name: str = "check_settings") -> dict[str, str]:
    """A table of settings as names and values."""
    table = knowledge.table(name)
    return dict(zip(table["setting"], table["value"], strict=True))


@cache
def revision(version: str) -> tuple:
    """A key that orders revisions as ``layouts.version_key`` does.

    A revision that cannot be read is taken for the newest: that is what most people send.
    """
    key = version_key(version)
    return key if key[0] >= 0 else version_key("99")


def within(version: str, bounds: str) -> bool:
    """Whether a revision lies within bounds such as ``>=3.0,<4.0``; blank bounds hold all."""
    key = revision(version)
    for sign, bound in _BOUND.findall(bounds):
        other = revision(bound)
        holds = {">=": key >= other, "<=": key <= other, "<": key < other, ">": key > other,
                 "=": key == other}
        if not holds[sign]:
            return False
    return True


@cache
def placeholders(person: bool = False) -> frozenset[str]:
    """Folded words that stand for nothing; with ``person`` those that stand for a person."""
    table = knowledge.table("placeholders")
    if person:
        table = table[table["person"] == "yes"]
    return frozenset(fold(word) for word in table["word"])


def empty() -> pd.DataFrame:
    return pd.DataFrame({column: pd.Series(dtype="str") for column in PLACE})


def places(
    frame: pd.DataFrame, *, cell="cell", found="", expected="", sheet="sheet", metal="metal"
) -> pd.DataFrame:
    """Rows of a table as findings.

    ``cell``, ``sheet`` and ``metal`` are series or names of columns; ``found`` and ``expected``
    are series or texts, a blank ``expected`` standing for that of ``rules.csv``.
    """
    out = pd.DataFrame({"file": frame["file"]})
    for name, value in (("metal", metal), ("sheet", sheet), ("cell", cell)):
        if isinstance(value, str):
            value = frame[value] if value in frame else ""
        out[name] = value
    out["found"], out["expected"] = found, expected
    return out[PLACE]


def where(frame: pd.DataFrame, flags: Iterable[bool]) -> pd.DataFrame:
    """The rows whose flag is set; an empty list of flags keeps the columns."""
    return frame[pd.Series(list(flags), index=frame.index, dtype="bool")]


def texts(frame: pd.DataFrame, values: Iterable[str]) -> pd.Series:
    """A column of texts beside the rows of a table, one even where there are none."""
    return pd.Series(list(values), index=frame.index, dtype="str")


def join(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Several tables of places as one."""
    kept = [part for part in parts if len(part)]
    return pd.concat(kept, ignore_index=True) if kept else empty()


@dataclass(frozen=True)
class Case:
    """Everything that a check may look at. Tables as the reader's ``Intake`` gives them."""

    files: pd.DataFrame
    fields: pd.DataFrame
    answers: pd.DataFrame
    raw_rows: pd.DataFrame
    products: pd.DataFrame
    lookups: pd.DataFrame
    inputs: object
    reference: object
    as_of: object  # datetime.date
    year: int

    @cached_property
    def read(self) -> pd.DataFrame:
        """The files that are templates and could be read."""
        return self.files[self.files["readable"].astype(bool) & (self.files["template"] != "")]

    def field(self, name: str) -> pd.DataFrame:
        """One header field of every file: file, raw, value, sheet, cell."""
        return self.by_field.get(name, self.fields.iloc[:0])

    @cached_property
    def by_field(self) -> dict[str, pd.DataFrame]:
        return dict(list(self.fields.groupby("field", sort=False)))

    @cached_property
    def about(self) -> pd.DataFrame:
        """Template and version by file."""
        return self.files.drop_duplicates("file").set_index("file")[["template", "version"]]

    @cached_property
    def metals(self) -> pd.DataFrame:
        """A row for each file and metal: the answer to each topic, and the cell of it.

        Columns ``file, metal, sheet``, each topic, each ``<topic>_cell``, and ``out``: the metal
        is declared absent (question 1 or 2 says No).
        """
        metal = self.answers[self.answers["metal"] != ""]
        metal = metal.drop_duplicates(["file", "metal", "topic"])
        index = ["file", "metal"]
        said = metal.pivot(index=index, columns="topic", values="answer")
        cells = metal.pivot(index=index, columns="topic", values="cell")
        wide = pd.concat([said, cells.add_suffix("_cell")], axis=1).fillna("")
        for topic in TOPICS:
            for name in (topic, f"{topic}_cell"):
                if name not in wide:
                    wide[name] = ""
        sheet = metal.drop_duplicates(index).set_index(index)["sheet"]
        wide["sheet"] = sheet.reindex(wide.index)
        wide = wide.reset_index()
        wide["out"] = (wide["used_intentionally"] == "No") | (wide["remains_in_product"] == "No")
        return wide

    @cached_property
    def company(self) -> pd.DataFrame:
        """The answers to the questions asked of the company."""
        return self.answers[self.answers["metal"] == ""]

    def topic(self, name: str) -> pd.DataFrame:
        """The answers of every file to one question asked of the company."""
        return self.company[self.company["topic"] == name]

    @cached_property
    def rows(self) -> pd.DataFrame:
        """Lines of the smelter lists with what several checks need of them.

        Added: ``id`` and ``id_kind`` (see ``status.ids``), ``kind`` (named, not_listed,
        not_identified, nameless), ``recycled`` (Yes, No, Unknown or blank), ``mine_said`` and
        ``country_said``: what stands for mines, with words for recycled and unknown taken away.
        """
        rows = self.raw_rows.copy()
        read = {text: ids.read(text) for text in rows["smelter_id_reported"].unique()}
        rows["id"] = rows["smelter_id_reported"].map(lambda text: read[text].value)
        rows["id_kind"] = rows["smelter_id_reported"].map(lambda text: read[text].kind)
        look, name = (_folded(rows[c]) for c in ("lookup_reported", "name_reported"))
        listed = look.where(look != "", name)
        rows["kind"] = "named"
        blank = (look == "") & name.isin(placeholders() | {""})
        rows.loc[blank & (rows["id"] == ""), "kind"] = "nameless"
        rows.loc[listed == "smelter not listed", "kind"] = "not_listed"
        rows.loc[listed == "smelter not yet identified", "kind"] = "not_identified"
        rows["recycled"] = _folded(rows["recycled_reported"]).map(_yes_no()).fillna("")
        for short, column in (("mine", "mines_reported"), ("country", "mine_countries_reported")):
            folded = _folded(rows[column])
            word = folded.map(_origin()).fillna("")
            rows[f"{short}_word"] = word
            plain = (folded != "") & (word == "") & ~folded.isin(placeholders())
            rows[f"{short}_said"] = rows[column].where(plain, "")
        return rows

    def cells(self, rows: pd.DataFrame, *fields: str, held: str = "") -> pd.Series:
        """The cell of a column of the Smelter List for each row.

        ``fields`` are those of ``layouts.csv``; the first that the revision has counts, unless
        the column ``held`` is blank, when what stands in the second was read instead.
        """
        shifts = rows["shifted"] if "shifted" in rows else pd.Series(0, index=rows.index)
        first = rows[held] != "" if held in rows else pd.Series(True, index=rows.index)
        out = [
            self._cell(file, int(row), fields if there else fields[1:] + fields[:1], int(shift))
            for file, row, there, shift in zip(
                rows["file"], rows["row"], first, shifts, strict=True)
        ]
        return pd.Series(out, index=rows.index, dtype="str")

    def _cell(self, file: str, row: int, fields: tuple[str, ...], shift: int) -> str:
        columns_ = self._columns[file]
        column = next((columns_[field] for field in fields if field in columns_), 2)
        return address(row, max(1, column + shift))

    @cached_property
    def _columns(self) -> dict[str, dict[str, int]]:
        return {
            file: columns(template, version)
            for file, template, version in self.about.itertuples()
        }

    @cached_property
    def people(self) -> privacy.Names:
        """The people whose names must not be quoted."""
        taken = SimpleNamespace(fields=self.fields, rows=self.raw_rows, lookups=self.lookups)
        return privacy.known(self.inputs, taken)

    @cached_property
    def names(self) -> pd.Series:
        """Reference names by (metal, id), the standard name first."""
        entries = self.reference.entries
        entries = entries[entries["smelter_id"] != ""]
        return entries.groupby(["metal", "smelter_id"], sort=False)["name"].agg(list)

    @cached_property
    def facilities(self) -> pd.DataFrame:
        """The reference's facilities."""
        return self.reference.facilities


TOPICS = (
    "used_intentionally", "remains_in_product", "covered_countries", "cahra", "recycled_scrap",
    "percent_responded", "all_identified", "all_reported", "all_validated",
)


@cache
def columns(template: str, version: str) -> dict[str, int]:
    """Columns of the Smelter List in a revision, by field, counted from 1."""
    return layout(template, version or "99").columns.get("smelters", {}) if template else {}


def _folded(column: pd.Series) -> pd.Series:
    """The column folded, each distinct text once."""
    folded = {text: fold(text) for text in column.unique()}
    return column.map(folded)


@cache
def _origin() -> dict[str, str]:
    table = knowledge.table("origin_words")
    return {fold(w): m for w, m in zip(table["word"], table["meaning"], strict=True)
            if m in ("recycled", "unknown", "programme")}


@cache
def _yes_no() -> dict[str, str]:
    """The three answers of the column on recycled feed, in every language that is known."""
    table = knowledge.table("answers")
    table = table[table["answer"].isin(["Yes", "No", "Unknown"]) & (table["topics"] == "")]
    return {fold(t): a for t, a in zip(table["text"], table["answer"], strict=True)}
