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
    superseded = dict(tuple(files[files["verdict"] == "superseded"].groupby("supplier_id")))
    earlier_files = dict(tuple(before.responses.groupby("supplier_id")["file"]))
    sent = _letters(correspondence)
    out = []
    for supplier, mine in counted.groupby("supplier_id", sort=True):
        if supplier in earlier_files:
            out += _compared(supplier, LAST_YEAR,
                             _together(old, earlier_files[supplier], before),
                             _together(new, mine["file"], now))
        if supplier not in superseded:
            continue
        first = superseded[supplier]
        first = first[~first["sha256"].isin(mine["sha256"])]
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
    was, is_ = (dict(tuple(side.answers[side.answers["topic"] != ""].groupby(["topic", "metal"])))
                for side in (old, new))
    for key in sorted(was.keys() | is_.keys()):
        given = [";".join(sorted(set(side[key]["answer"]) - {""})) if key in side else ""
                 for side in (was, is_)]
        if given[0] != given[1]:
            change = "flipped" if all(given) else "answered" if given[1] else "unanswered"
            yield {"area": "answer", "change": change, "metal": key[1], "subject": key[0],
                   "before": given[0], "now": given[1],
                   } | (_place(is_[key].iloc[0]) if key in is_ else {})


def _place(row) -> dict:
    """Where a row of answers or smelters stands."""
    cell = row["cell"] if "cell" in row else f"row {row['row']}"
    return {"file": row["file"], "sheet": row["sheet"], "cell": cell}


def _smelters(old: Declared, new: Declared) -> Iterator[dict]:
    """Lists metal by metal: how many were replaced, and each that came, went or is called anew."""
    was, is_ = (_one_each(side.rows, other.rows) for side, other in ((old, new), (new, old)))
    metals = sorted(set(was["metal"]) | set(is_["metal"]))
    for metal in metals:
        then, now = (side[side["metal"] == metal] for side in (was, is_))
        moved = {"gone": then[~then["also"]], "added": now[~now["also"]]}
        count = {change: len(rows) for change, rows in moved.items()}
        yield {"area": "list", "change": "replaced" if any(count.values()) else "same",
               "metal": metal, "before": str(len(then)), "now": str(len(now)),
               "subject": f"{count['added']} added, {count['gone']} gone"}
        for (change, rows), side in zip(moved.items(), ("before", "now"), strict=True):
            for row in rows.to_dict("records"):
                yield {"area": "smelter", "change": change, "metal": metal, "subject": row["key"],
                       side: row["said"]} | _place(row)
        called, stems = dict(zip(then["id"], then["said"], strict=True)), set(then["stem"])
        for row in now.to_dict("records"):
            if row["id"] and row["id"] in called and row["stem"] and row["stem"] not in stems:
                yield {"area": "smelter", "change": "renamed", "metal": metal,
                       "subject": row["id"], "before": called[row["id"]], "now": row["said"],
                       } | _place(row)


def _one_each(rows: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """Each smelter of a list once, with whether the other list names it too."""
    return rows.assign(
        also=pd.Series(also_in(rows, others, ["metal"]), index=rows.index, dtype="bool"),
        key=rows["id"].where(rows["id"] != "", rows["stem"])).drop_duplicates(["metal", "key"])


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
