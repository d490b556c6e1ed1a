"""What a template requires, as its own Checker counts it: ``completeness.csv``.

The Checker looks at cells, not at what they mean: an answer that nobody can understand is
complete to it, and is a finding of another rule.
"""

from functools import cache, partial

import pandas as pd

from conflict_minerals.ground import library
from conflict_minerals.ground.conditions import check_columns, parse
from conflict_minerals.ground.terms import NOT_LISTED
from conflict_minerals.ground.text import fold
from conflict_minerals.ground.versions import covers
from conflict_minerals.survey.checks_base import CHECKS, Case
from conflict_minerals.survey.places import join, places, texts


@cache
def _requirements(template: str, version: str) -> list:
    """The lines of ``completeness.csv`` that hold for a family and revision."""
    return [line for line in library.table("completeness").itertuples()
            if covers(line._asdict(), template, version)]


def _where(rows: pd.DataFrame, condition: str) -> pd.Series:
    """For which rows a condition holds."""
    asked = parse(condition, "completeness.csv", f"'{condition}'")
    check_columns(asked, rows, "completeness.csv", f"'{condition}'", "a template")
    return pd.Series(asked.among(rows), rows.index, "bool")


def missing(case: Case) -> dict[str, pd.DataFrame]:
    """By rule, the places where something required is not there."""
    found: dict[str, list] = {}
    for (template, version), files in case.read.groupby(["template", "version"], sort=True):
        lines = _requirements(template, version)
        named = {line.subject for line in lines}
        part = _Part(case, files)
        for line in lines:
            kind, _, name = line.subject.partition(":")
            hits = getattr(part, kind)(name, line, named)
            found.setdefault(line.rule, []).append(hits)
    return {rule: join(parts) for rule, parts in found.items()}


class _Part:
    """The files of one family and revision, asked requirement by requirement."""

    def __init__(self, case: Case, files: pd.DataFrame):
        self.case, self.files = case, files
        self.ids = set(files["file"])
        self.answers = self._of(case.answers)
        self.metals = self._of(case.metals)

    def _of(self, frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame["file"].isin(self.ids)]

    def _needed(self, line) -> pd.DataFrame:
        """The metals for which the requirement holds."""
        return self.metals[~_where(self.metals, line.unless)] if line.unless else self.metals

    def field(self, name, line, named):
        files = self.files[_where(self.files, line.only_if)]
        there = self.case.field(name)
        filled = set(there.loc[there["raw"] != "", "file"])
        bare = files.loc[~files["file"].isin(filled), ["file"]]
        if bare.empty:
            return bare
        asked = bare.merge(there.drop_duplicates("file"), on="file", how="left").fillna("")
        return places(asked, metal="")

    def metal(self, name, line, named):
        asked = self.answers[(self.answers["metal"] != "") & (self.answers["raw"] == "")]
        if name == "*":
            own = [s.removeprefix("metal:") for s in named if s.startswith("metal:")]
            asked = asked[~asked["topic"].isin(own)]
        else:
            asked = asked[asked["topic"] == name]
        needed = self._needed(line)[["file", "metal"]]
        return places(asked.merge(needed, on=["file", "metal"]), found="")

    def company(self, name, line, named):
        asked = self.answers[(self.answers["metal"] == "") & (self.answers["raw"] == "")]
        return places(asked[asked["file"].isin(set(self._needed(line)["file"]))])

    def url(self, name, line, named):
        said = self.answers[self.answers["topic"] == name]
        asked = said[_where(said[["answer"]].set_axis([name], axis=1), line.only_if)]
        bare = asked[asked["comment"].str.strip().str.len() <= 1]
        return places(bare, cell=self.case.column(bare, "declaration", "comment"),
                      found=bare["comment"])

    def rows(self, name, line, named):
        there = self._of(self.case.rows)
        there = there.loc[there["kind"] != "nameless", ["file", "metal"]].drop_duplicates()
        needed = self._needed(line)
        both = needed.merge(there, on=["file", "metal"], how="left", indicator=True)
        bare = both[both["_merge"] == "left_only"]
        return places(bare, cell="used_intentionally_cell", found=bare["used_intentionally"])

    def list(self, name, line, named):
        there = self._of(self.case.rows)
        filled = set(there.loc[there["kind"] != "nameless", "file"])
        needed = set(self._needed(line)["file"]) - filled
        bare = self.files[self.files["file"].isin(needed)]
        return places(bare, **self.case.first(bare, "smelters", "lookup"))

    def product(self, name, line, named):
        files = self.files[_where(self.files, line.only_if)]
        bare = files[files["products_listed"] == 0]
        return places(bare, **self.case.first(bare, "products", "number"))

    def unlisted(self, name, line, named):
        rows = self._of(self.case.rows)
        rows = rows[rows["kind"] == "not_listed"]
        nameless = rows["name"].isin(["", fold(NOT_LISTED)])
        stateless = rows["place"] == ""
        by_name, by_country = rows[nameless], rows[stateless]
        return join([
            places(by_name, cell=self.case.cells(by_name, "name"), expected="the smelter's name"),
            places(by_country, cell=self.case.cells(by_country, "country"),
                   expected="the country that the smelter stands in"),
        ])

    def minerals(self, name, line, named):
        bare = self.files[~self.files["file"].isin(set(self.metals["file"]))]
        return places(bare, sheet=self.case.sheet(bare), cell=texts(
            bare, (self.case.plans[file].minerals["selected"][0] for file in bare["file"])))

    def others(self, name, line, named):
        chosen = self._of(self.case.field("mineral_selected"))
        other = chosen[chosen["raw"].map(fold).str.startswith("other")]
        count = other.groupby("file").size()
        given = self._of(self.case.field("mineral_other")).groupby("file").size()
        given = given.reindex(count.index).fillna(0).astype("int64")
        first = other.drop_duplicates("file").set_index("file", drop=False)
        hits = first[count != given]
        return places(hits, metal="", found=count[hits.index].astype(str),
                      expected="as many names; there stand " + given[hits.index].astype(str))


def _check(name: str, case: Case) -> pd.DataFrame:
    return case.once("missing", missing).get(name, join([]))


for _name in sorted(set(library.table("completeness")["rule"])):
    CHECKS[_name] = partial(_check, _name)
