"""Two declarations of one supplier held against each other, change by change: last year's and this
year's, and a corrected file and the one whose place it took."""

from collections.abc import Iterator

import pandas as pd

from conflict_minerals.ground import tables
from conflict_minerals.ground.text import fold
from conflict_minerals.survey import earlier
from conflict_minerals.survey.earlier import Declared, also_in, lines
from conflict_minerals.survey.survey import asked_of
from conflict_minerals.survey.verdicts import file_mark

LAST_YEAR, FIRST = "last_year", "first_file"


def find(responses, answers, rows, findings, correspondence, *, against=None) -> pd.DataFrame:
    """Every difference: ``differences`` in ``tables.csv``.

    Args:
        responses: with ``answers``, ``rows`` and ``findings`` this year's tables.
        against: finished outputs of last year; with none, files are compared within this year.

    A supplier's counted files of a year are taken together; a superseded CMRT is held against the
    one of its scope that counts. What was asked is what ``asked.csv`` asks of the earlier file;
    ``asked_on`` is the day of the letter that names the file, blank where none does.
    """
    now, before = Declared(responses, answers, rows, findings), earlier.before(against)
    new, old = _split(now), _split(before)
    files = now.responses[now.responses["template"] == "CMRT"]
    counted = files[files["counted"].astype(bool)]
    sent = _letters(correspondence)
    out = []
    for supplier, mine in counted.groupby("supplier_id", sort=True):
        here = _together(new, mine["file"], now)
        then = before.responses.loc[before.responses["supplier_id"] == supplier, "file"]
        if len(then):
            out += _compared(supplier, LAST_YEAR, _together(old, then, before), here)
        first = files[(files["supplier_id"] == supplier) & (files["verdict"] == "superseded")
                      & ~files["sha256"].isin(mine["sha256"])]
        for row in first.drop_duplicates("sha256").itertuples():
            same = mine[(mine["scope"] == row.scope) & (
                mine["scope_description"].map(fold) == fold(row.scope_description))]
            if len(same):
                asked_on = sent.get((supplier, file_mark(row.sha256)), "")
                out += [line | {"asked_on": asked_on if line["area"] == "asked" else ""}
                        for line in _compared(supplier, FIRST, _together(new, [row.file], now),
                                              _together(new, same["file"], now))]
    keys = ["supplier_id", "against", "file_before", "area", "metal", "subject", "sheet", "cell"]
    made = tables.frame([dict.fromkeys(tables.names("differences"), "") | line for line in out],
                        "differences")
    return made.drop_duplicates([*keys, "change"]).sort_values(
        [*keys, "change"], kind="stable", ignore_index=True)


def _letters(correspondence: pd.DataFrame) -> dict[tuple[str, str], str]:
    """The last day on which a file, by its mark, was asked to be corrected."""
    asked = correspondence[correspondence["kind"] == "corrections"].sort_values("sent_on")
    return {(row.supplier_id, word): row.sent_on
            for row in asked.itertuples() for word in row.reference.split()}


def _split(declared: Declared) -> list[dict[str, pd.DataFrame]]:
    """Each of the four tables by file."""
    named = declared._replace(rows=lines(declared.rows), findings=asked_of(declared.findings))
    return [dict(tuple(table.groupby("file"))) for table in named]


def _together(split, files, like: Declared) -> Declared:
    """What several files declare, as one."""
    return Declared(*(pd.concat([parts[file] for file in files if file in parts] or [
        table.iloc[:0].assign(id="", stem="", said="")]) for parts, table in zip(
            split, like, strict=True)))


def _compared(supplier: str, against: str, old: Declared, new: Declared) -> list[dict]:
    head = {"supplier_id": supplier, "against": against,
            "file_before": ";".join(sorted(set(old.responses["file"])))}
    found = (*_scopes(old, new), *_answers(old, new), *_smelters(old, new),
             *_asked(old, new, against))
    return [head | line for line in found]


def _scopes(old: Declared, new: Declared) -> Iterator[dict]:
    was, is_ = (";".join(sorted({f"{row.scope} {row.scope_description}".strip()
                                 for row in side.responses.itertuples()})) for side in (old, new))
    if fold(was) != fold(is_):
        yield {"area": "scope", "change": "changed", "subject": "scope", "before": was, "now": is_,
               "file": new.responses["file"].iloc[0]}


def _answers(old: Declared, new: Declared) -> Iterator[dict]:
    was, is_ = ({key: part for key, part in side.answers[side.answers["topic"] != ""].groupby(
        ["topic", "metal"])} for side in (old, new))
    for topic, metal in sorted(was.keys() | is_.keys()):
        given = [";".join(sorted(set(side[topic, metal]["answer"]) - {""}))
                 if (topic, metal) in side else "" for side in (was, is_)]
        if given[0] != given[1]:
            change = "flipped" if all(given) else "answered" if given[1] else "unanswered"
            yield {"area": "answer", "change": change, "metal": metal, "subject": topic,
                   "before": given[0], "now": given[1]} | _place(is_.get((topic, metal)))


def _place(rows: pd.DataFrame | None) -> dict:
    """Where the first of some rows of answers or smelters stands."""
    if rows is None or rows.empty:
        return {}
    row = rows.iloc[0]
    cell = row["cell"] if "cell" in rows else f"row {row['row']}"
    return {"file": row["file"], "sheet": row["sheet"], "cell": cell}


def _smelters(old: Declared, new: Declared) -> Iterator[dict]:
    """Lists metal by metal: how many were replaced, and each that came, went or is called anew."""
    sides = []
    for side, other in ((old, new), (new, old)):
        rows = side.rows.assign(also=also_in(side.rows, other.rows, ["metal"]),
                                key=side.rows["id"].where(side.rows["id"] != "", side.rows["stem"]))
        sides.append(rows.drop_duplicates(["metal", "key"]))
    for metal in sorted(set(sides[0]["metal"]) | set(sides[1]["metal"])):
        was, is_ = (side[side["metal"] == metal] for side in sides)
        gone, added = was[~was["also"].astype(bool)], is_[~is_["also"].astype(bool)]
        yield {"area": "list", "change": "replaced" if len(added) or len(gone) else "same",
               "metal": metal, "before": str(len(was)), "now": str(len(is_)),
               "subject": f"{len(added)} added, {len(gone)} gone"}
        for change, rows in (("gone", gone), ("added", added)):
            for at in range(len(rows)):
                one = rows.iloc[[at]]
                yield {"area": "smelter", "change": change, "metal": metal,
                       "subject": one["key"].iloc[0], _SIDE[change]: one["said"].iloc[0],
                       } | _place(one)
        names = was[was["id"] != ""].drop_duplicates("id").set_index("id")
        stems = set(was["stem"])
        for at, row in enumerate(is_.itertuples()):
            if row.id in names.index and row.stem and row.stem not in stems:
                yield {"area": "smelter", "change": "renamed", "metal": metal, "subject": row.id,
                       "before": names.at[row.id, "said"], "now": row.said,
                       } | _place(is_.iloc[[at]])


_SIDE = {"gone": "before", "added": "now"}


def _asked(old: Declared, new: Declared, against: str) -> Iterator[dict]:
    """What is asked of the earlier files, and whether the later ones still hold it.

    The same cell or the same words of the same rule and metal are the same point; between two
    revisions, whose cells lie elsewhere, the same rule and metal.
    """
    moved = set(old.responses["version"]) != set(new.responses["version"])

    def left(row, side: pd.DataFrame) -> pd.DataFrame:
        same = side[(side["rule"] == row.rule) & (side["metal"] == row.metal)]
        return same if moved else same[(same["cell"] == row.cell) | (
            (same["found"] == row.found) & (row.found != ""))]

    for row in old.findings.itertuples():
        still = left(row, new.findings)
        yield {"area": "asked", "change": "mended" if still.empty else "not_mended",
               "metal": row.metal, "subject": row.rule, "before": row.found,
               "now": "" if still.empty else still["found"].iloc[0], "sheet": row.sheet,
               "cell": row.cell}
    if against == FIRST:
        for row in new.findings.itertuples():
            if left(row, old.findings).empty:
                yield {"area": "asked", "change": "new", "metal": row.metal, "subject": row.rule,
                       "now": row.found, "file": row.file, "sheet": row.sheet, "cell": row.cell}


def at_a_glance(differences: pd.DataFrame) -> pd.DataFrame:
    """One row a comparison: smelters then and now, what came and went, and what was mended.

    ``replaced`` is the share of this declaration's smelters that the earlier one did not name.
    """
    keys = ["supplier_id", "against", "file_before"]
    rows = []
    for key, part in differences.groupby(keys, sort=True):
        count = part.groupby(["area", "change"]).size()
        lists = part.loc[part["area"] == "list", ["before", "now"]].astype("int64").sum()
        added = int(count.get(("smelter", "added"), 0))
        rows.append([*key, *lists, added, *(int(count.get(pair, 0)) for pair in _COUNTED),
                     added / lists["now"] if lists["now"] else 0.0])
    return pd.DataFrame(rows, columns=[
        *keys, "smelters_before", "smelters_now", "added", "gone", "renamed", "answers_flipped",
        "scope_changed", "mended", "not_mended", "new_points", "replaced"])


_COUNTED = (("smelter", "gone"), ("smelter", "renamed"), ("answer", "flipped"),
            ("scope", "changed"), ("asked", "mended"), ("asked", "not_mended"), ("asked", "new"))


def mended(differences: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """By supplier, of the points that a letter named in a file since superseded, those mended and
    all: of the newest such letter."""
    rows = differences[(differences["asked_on"] != "") & (differences["change"] != "new")]
    out = {}
    for supplier, part in rows.groupby("supplier_id"):
        last = part[part["asked_on"] == part["asked_on"].max()]
        out[supplier] = int((last["change"] == "mended").sum()), len(last)
    return out
