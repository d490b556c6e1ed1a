"""Checks of a file as a whole: its folder, its revision, its dates, its language."""

import re
from datetime import date, timedelta

import pandas as pd
from rapidfuzz import fuzz

from conflict_minerals.ground import library, names, versions
from conflict_minerals.ground.text import fold
from conflict_minerals.survey.checks_base import Case, rule, settings
from conflict_minerals.survey.places import empty, join, places, texts, where
from conflict_minerals.year import EMAIL, Names, mask_text

_IN_NAME = re.compile(r"(?:CMRT|EMRT|CRT|AMRT)[\s_\-]*v?(\d+[._]\d+(?:[._]\d+)?[a-z]?)(?!\d)", re.I)


def _dates(case: Case) -> pd.DataFrame:
    """The templates whose effective date is known, the date as text."""
    files = case.read
    return files[files["effective_date"] != ""]


def _at_date(case: Case, files: pd.DataFrame, expected="") -> pd.DataFrame:
    return places(files, sheet=case.sheet(files), cell="effective_date_cell",
                  found=files["effective_date_raw"].astype(str), expected=expected)


@rule("unknown-supplier-folder")
def unknown_folder(case):
    known = set(case.inputs.suppliers["supplier_id"])
    strays = case.files[~case.files["supplier_id"].isin(known)]
    return places(strays, found=strays["supplier_id"])


@rule("company-name-contradicts-folder")
def company_name(case):
    roster = dict(zip(case.inputs.suppliers["supplier_id"],
                      case.inputs.suppliers["supplier_name"], strict=True))
    files = case.read[case.read["supplier_id"].isin(roster) & (case.read["company_name"] != "")]
    expected = files["supplier_id"].map(roster)
    pairs = zip(files["company_name"], expected, strict=True)
    least = float(settings()["name_likeness"])
    apart = [not _alike(declared, known, least) for declared, known in pairs]
    # Whoever signs with the roster's name of another supplier has landed in the wrong folder.
    owners: dict[str, set] = {}
    for folder, name in roster.items():
        owners.setdefault(names.keys(name).full, set()).add(folder)
    elsewhere = [own not in owners.get(names.keys(name).full, {own}) for name, own in
                 zip(files["company_name"], files["supplier_id"], strict=True)]
    hits = where(files, (a or e for a, e in zip(apart, elsewhere, strict=True)))
    cells = case.field("company_name").drop_duplicates("file").set_index("file")["cell"]
    return places(hits, sheet=case.sheet(hits), found=hits["company_name"],
                  cell=texts(hits, (cells.get(file, "") for file in hits["file"])),
                  expected=expected[hits.index])


def _alike(declared: str, known: str, least: float) -> bool:
    one, other = names.keys(declared), names.keys(known)
    if not one.stem or not other.stem or one.stem == other.stem:
        return True
    words = set(names.words(declared)), set(names.words(known))
    return max(
        fuzz.token_set_ratio(*(" ".join(sorted(w)) for w in words)),
        100 if one.stem in other.stem or other.stem in one.stem else 0,
    ) >= least


def _released() -> pd.DataFrame:
    """The revisions in their order, each with the first day on which it can have been out.

    ``since`` is its own day, else that of the newest dated revision before it.
    """
    table = library.table("revisions")
    table = table.assign(key=table["version"].map(versions.key)).sort_values(["family", "key"])
    day = table["released"].mask(table["released"] == "")
    return table.assign(since=day.groupby(table["family"]).ffill().fillna(""))


@rule("template-outdated")
def outdated(case):
    oldest = str(case.inputs.program["survey"].get("oldest_version") or "")
    files = case.read[(case.read["template"] == "CMRT") & (case.read["version"] != "")]
    if not oldest or files.empty:
        return empty()
    old = where(files, (versions.key(v) < versions.key(oldest) for v in files["version"]))
    return places(old, **case.header(old, "revision"),
                  found=old["version"], expected=f"revision {oldest} or newer")


@rule("template-not-newest")
def not_newest(case):
    hits = []
    table = _released()
    table = table[(table["released"] != "") & (table["released"] <= case.as_of.isoformat())]
    for family, out in table.groupby("family"):
        newest = out.iloc[-1]
        files = case.read[(case.read["template"] == family) & (case.read["version"] != "")]
        old = where(files, [versions.key(v) < newest["key"] for v in files["version"]])
        hits.append(places(old, **case.header(old, "revision"),
                           found=old["version"],
                           expected=f"revision {newest['version']} of {newest['released']}"))
    return join(hits)


@rule("template-faulty-revision")
def faulty(case):
    table = _released()
    notes = {(r.family, r.key): r.note for r in table[table["note"] != ""].itertuples()}
    files = case.read
    note = texts(files, (notes.get((t, versions.key(v)), "") for t, v in
                         zip(files["template"], files["version"], strict=True)))
    files = files[note != ""]
    return places(files, **case.header(files, "revision"),
                  found=files["version"], expected=note[note != ""])


@rule("file-name-names-other-revision")
def other_revision(case):
    files = case.read[case.read["version"] != ""]
    said = texts(files, (_named_revision(file.rsplit("/", 1)[-1]) for file in files["file"]))
    known = {r.key for r in _released().itertuples()}
    differs = [bool(n) and versions.key(n) in known and versions.key(n) != versions.key(v)
               for n, v in zip(said, files["version"], strict=True)]
    hits = where(files, differs)
    return places(hits, **case.header(hits, "revision"),
                  found=hits["version"], expected="revision " + said[hits.index] + " (file name)")


def _named_revision(name: str) -> str:
    found = _IN_NAME.search(name)
    return found[1].replace("_", ".") if found else ""


@rule("effective-date-future")
def future(case):
    files = _dates(case)
    return _at_date(case, files[files["effective_date"] > case.as_of.isoformat()],
                    f"a date up to {case.as_of.isoformat()}")


@rule("effective-date-stale")
def stale(case):
    oldest = (case.as_of - timedelta(days=int(settings()["stale_days"]))).isoformat()
    files = _dates(case)
    old = files[(files["effective_date"] < oldest) & (files["effective_date"] > "2006-12-31")]
    return _at_date(case, old, f"a date from {oldest} on")


@rule("effective-date-before-period")
def before_period(case):
    start = date(case.year, 1, 1).isoformat()
    files = _dates(case)
    old = files[(files["effective_date"] < start) & (files["effective_date"] > "2006-12-31")]
    return _at_date(case, old, f"a date from {start} on")


@rule("effective-date-impossible")
def impossible(case):
    files = _dates(case)
    return _at_date(case, files[files["effective_date"] <= "2006-12-31"], "a date after 2006-12-31")


@rule("effective-date-before-template")
def before_template(case):
    released = {(r.family, r.key): r.since for r in _released().itertuples()}
    files = _dates(case)
    day = texts(files, (released.get((t, versions.key(v)), "") for t, v in
                        zip(files["template"], files["version"], strict=True)))
    early = (day != "") & (files["effective_date"] < day) & (files["effective_date"] > "2006-12-31")
    since = "a date from " + day[early] + " on, when the revision came out"
    return _at_date(case, files[early], since)


@rule("language-not-english")
def language(case):
    files = case.read
    other = files[~files["language"].map(fold).isin(["", "english", "en"])]
    return places(other, **case.header(other, "language"),
                  found=other["language"])


@rule("nothing-answered")
def nothing_answered(case):
    given = set(case.answers.loc[case.answers["raw"] != "", "file"])
    asked = set(case.answers["file"])
    blank = case.read[case.read["file"].isin(asked - given)]
    return places(blank, sheet=case.sheet(blank), metal="")


@rule("file-name-names-a-person")
def person_in_name(case):
    named = [_names_person(file, case.people) for file in case.files["file"]]
    return places(where(case.files, named))


@rule("file-name-not-printable")
def not_printable(case):
    return places(where(case.files, ("\ufffd" in file for file in case.files["file"])))


def _names_person(file: str, people: Names) -> bool:
    # Underscores and full stops join words in file names.
    plain = re.sub(r"[_./!\-]+", " ", file)
    return bool(people.spans(plain)) or EMAIL in mask_text(file, people)


@rule("same-list-as-other-supplier")
def same_list(case):
    rows = case.rows[case.rows["kind"] == "named"]
    if rows.empty:
        return empty()
    # The same lines in whatever order: the sum of the lines' hashes, and their number.
    lines = rows[["metal", "id", "name", "place"]].astype("category")
    marks = pd.util.hash_pandas_object(lines, index=False).groupby(rows["file"])
    marks = marks.agg(["sum", "size"])
    marks = marks[marks["size"] >= int(settings()["same_list_least"])]
    about = case.files.drop_duplicates("file").set_index("file")
    table = pd.DataFrame({"file": marks.index, "sum": marks["sum"].to_numpy(),
                          "size": marks["size"].to_numpy()})
    table["supplier_id"] = about["supplier_id"].reindex(table["file"]).to_numpy()
    # A file in no supplier's folder is nobody's list.
    table = table[table["supplier_id"].isin(set(case.inputs.suppliers["supplier_id"]))]
    hits = []
    for _, group in table.groupby(["sum", "size"], sort=False):
        owners = sorted(group["supplier_id"].unique())
        if len(owners) > 1:
            others = texts(group, (", ".join(o for o in owners if o != own)
                                   for own in group["supplier_id"]))
            hits.append(places(group, sheet=case.sheet(group, "smelters"), found=others))
    return join(hits)


@rule("company-scope-though-products-asked")
def company_scope(case):
    if not case.inputs.program["survey"].get("product_level_asked"):
        return join([])
    files = case.read[(case.read["template"] == "CMRT") & (case.read["scope"] == "company")]
    cells = case.field("scope")[["file", "sheet", "cell"]].drop_duplicates("file")
    hits = files.merge(cells, on="file", how="left").fillna("")
    return places(hits, found=hits["scope_raw"].astype(str))
