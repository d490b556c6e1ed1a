"""What every check stands on: the registry of rules, and the tables laid side by side.

A check is a small function that takes the ``Case`` and gives the places where its rule is broken;
what the rule weighs and says stands in ``rules.csv``.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from types import SimpleNamespace

import pandas as pd

from conflict_minerals.cmrt import Layout, address, followed, layout, letters, position
from conflict_minerals.ground import ids, library
from conflict_minerals.ground.names import keys
from conflict_minerals.ground.terms import NOT_LISTED, UNIDENTIFIED, placeholders
from conflict_minerals.ground.text import fold
from conflict_minerals.survey.earlier import Declared
from conflict_minerals.survey.places import each, texts
from conflict_minerals.year import Names, known_people

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
    return library.table("rules").set_index("id", drop=False)


@cache
def settings(name: str = "check_settings") -> dict[str, str]:
    """A table of settings as names and values."""
    table = library.table(name)
    return dict(zip(table["setting"], table["value"], strict=True))


@dataclass(frozen=True)
class Case:
    """Everything that a check may look at. Tables as the reader's ``Intake`` gives them."""

    files: pd.DataFrame
    fields: pd.DataFrame
    answers: pd.DataFrame
    raw_rows: pd.DataFrame
    products: pd.DataFrame
    lookups: pd.DataFrame
    problems: pd.DataFrame
    inputs: object
    reference: object
    as_of: object  # datetime.date
    year: int
    before: Declared  # what counted the year before

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

        Columns ``file, metal, sheet``, each topic, each ``<topic>_cell``, ``out``: the metal is
        declared absent (question 1 or 2 says No), and ``declared``: it is said to be used and not
        said to be absent from the product.
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
        wide["declared"] = ((wide["used_intentionally"] == "Yes") & ~wide["out"]
                            & wide["file"].isin(set(self.read["file"])))
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
        not_identified, nameless), ``name`` and ``place`` (name and country folded), ``stem`` (see
        ``status.names``), ``recycled`` (Yes, No, Unknown or blank), ``mine_said`` and
        ``country_said``: what stands for mines, with words for recycled and unknown taken away.
        """
        # As plain objects: taking rows out of many columns of Arrow text is what costs most.
        rows = self.raw_rows.astype(object)
        for name in ("row", "shifted"):
            if name in rows:
                rows[name] = rows[name].astype("int64")
        read = each(rows["smelter_id_reported"], ids.read)
        rows["id"] = each(read, lambda found: found.value)
        rows["id_kind"] = each(read, lambda found: found.kind)
        look, name = each(rows["lookup_reported"], fold), each(rows["name_reported"], fold)
        listed = look.where(look != "", name)
        rows["name"], rows["place"] = name, each(rows["country_reported"], fold)
        rows["stem"] = each(rows["name_reported"], lambda text: keys(text).stem)
        rows["kind"] = "named"
        blank = (look == "") & name.isin(placeholders() | {""})
        rows.loc[blank & (rows["id"] == ""), "kind"] = "nameless"
        rows.loc[listed == fold(NOT_LISTED), "kind"] = "not_listed"
        rows.loc[listed.isin(UNIDENTIFIED), "kind"] = "not_identified"
        said = _yes_no()
        rows["recycled"] = each(rows["recycled_reported"], lambda text: said.get(fold(text), ""))
        for short, column in (("mine", "mines_reported"), ("country", "mine_countries_reported")):
            rows[f"{short}_word"] = each(rows[column], lambda text: _origin().get(fold(text), ""))
            rows[f"{short}_said"] = each(rows[column], _said)
        return rows

    def cells(self, rows: pd.DataFrame, *fields: str, held: str = "") -> pd.Series:
        """The cell of a column of the Smelter List for each row.

        ``fields`` are those of the layout; the first that the revision has counts, unless
        the column ``held`` is blank, when what stands in the second was read instead.
        """
        shifts = rows["shifted"] if "shifted" in rows else [0] * len(rows)
        first = rows[held] != "" if held in rows else [True] * len(rows)
        letters = {}
        out = []
        for file, row, there, shift in zip(rows["file"], rows["row"], first, shifts, strict=True):
            key = (file, there, shift)
            if key not in letters:
                order = fields if there else fields[1:] + fields[:1]
                letters[key] = self._letter(file, order, int(shift))
            out.append(f"{letters[key]}{row}")
        return texts(rows, out)

    def _letter(self, file: str, fields: tuple[str, ...], shift: int) -> str:
        columns_ = self._columns[file]
        column = next((columns_[field] for field in fields if field in columns_), 2)
        return address(1, max(1, column + shift))[:-1]

    @cached_property
    def plans(self) -> dict[str, Layout]:
        """Where things stand in the template of each file."""
        return {file: layout(*what) for file, *what in self.about.itertuples() if what[0]}

    def sheet(self, files: pd.DataFrame, which: str = "declaration") -> pd.Series:
        """The name of a sheet in the template of each file."""
        return texts(files, (self.plans[file].sheets[which] for file in files["file"]))

    def header(self, files: pd.DataFrame, item: str) -> dict[str, pd.Series]:
        """Sheet and cell of a header field in the template of each file."""
        cells = (self.plans[file].fields[item] for file in files["file"])
        return {"sheet": self.sheet(files), "cell": texts(files, cells)}

    def column(self, frame: pd.DataFrame, which: str, item: str, rows=None) -> pd.Series:
        """The cell of a sheet's column in each of ``rows``, by default beside ``cell``."""
        rows = frame["cell"].str.extract(r"(\d+)$")[0] if rows is None else rows
        return texts(frame, (
            f"{letters(self.plans[file].columns[which].get(item, 2))}{row}"
            for file, row in zip(frame["file"], rows, strict=True)))

    def first(self, files: pd.DataFrame, which: str, item: str) -> dict[str, pd.Series]:
        """Sheet and first cell of a list's column in the template of each file."""
        rows = [self.plans[file].rows[which][1] for file in files["file"]]
        return {"sheet": self.sheet(files, which), "cell": self.column(files, which, item, rows)}

    def once(self, name: str, function: Callable):
        """What a function of this case gives, worked out the first time it is asked for."""
        if name not in self.__dict__:
            self.__dict__[name] = function(self)
        return self.__dict__[name]

    @cached_property
    def _columns(self) -> dict[str, dict[str, int]]:
        moved = self.problems[self.problems["rule"] == "columns-unknown"]
        found = {row.file: row.found for row in moved.itertuples()}
        return {
            file: columns(template, version, found.get(file, ""))
            for file, template, version in self.about.itertuples()
        }

    @cached_property
    def people(self) -> Names:
        """The people whose names must not be quoted."""
        taken = SimpleNamespace(fields=self.fields, rows=self.raw_rows, lookups=self.lookups)
        return known_people(self.inputs, taken)

    @cached_property
    def facilities(self) -> pd.DataFrame:
        """The reference's facilities."""
        return self.reference.facilities


TOPICS = (
    "used_intentionally", "remains_in_product", "covered_countries", "cahra", "recycled_scrap",
    "percent_responded", "all_identified", "all_reported", "all_validated",
)


@cache
def columns(template: str, version: str, moved: str = "") -> dict[str, int]:
    """Columns of the Smelter List by field, counted from 1.

    ``moved`` is what the reader says of headers that stand elsewhere than the revision has them
    (``metal in E, country in B``); columns without a known header move with the one before them.
    """
    planned = layout(template, version).columns.get("smelters", {}) if template else {}
    pairs = re.findall(r"([a-z][a-z ]*) in ([A-Z]{1,3})\b", moved)
    if not pairs:
        return planned
    elsewhere = {name.replace(" ", "_"): position(f"{letters}1")[1] for name, letters in pairs}
    labels = library.table("labels")["item"]
    known = set(labels[labels.str.startswith("smelters.")].str.removeprefix("smelters."))
    stay = {name: column for name, column in planned.items() if name in known}
    return followed(planned, stay | elsewhere)


@cache
def _origin() -> dict[str, str]:
    table = library.table("origin_words")
    return {fold(w): m for w, m in zip(table["word"], table["meaning"], strict=True)
            if m in ("recycled", "unknown", "programme")}


def _said(text: str) -> str:
    """What is said of mines, blank where it is only a word for recycled or unknown."""
    folded = fold(text)
    return "" if folded in _origin() or folded in placeholders() else text


@cache
def _yes_no() -> dict[str, str]:
    """The three answers of the column on recycled feed, in every language that is known."""
    table = library.table("answers")
    table = table[table["answer"].isin(["Yes", "No", "Unknown"]) & (table["topics"] == "")]
    return {fold(t): a for t, a in zip(table["text"], table["answer"], strict=True)}
