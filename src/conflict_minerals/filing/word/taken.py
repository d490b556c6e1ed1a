"""What people answer to edits that came back: taken, refused with a reason, or printed by now."""

from pathlib import Path

import pandas as pd

from conflict_minerals.filing.word import align
from conflict_minerals.ground import pages
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.terms import GATE
from conflict_minerals.year import stands

ANSWERED = ("printed", "taken", "refused")
NEVER_PRINTED = ("comment", "moved", "not read")
_NAMED = 6  # changes in a gate's reason


def of(outputs: Path) -> pd.DataFrame:
    """The edits that the last run listed (``returned.COLUMNS``), none where nothing came back."""
    path = outputs / "counsel" / "returned.csv"
    if not path.is_file():
        return pd.DataFrame(columns=["id", "file", "state"], dtype="str")
    return pd.read_csv(path, dtype="str", keep_default_na=False)


def can_be(changes: pd.DataFrame) -> dict[tuple, str]:
    """What a ``returned`` decision can be about, as ``idle_decisions`` asks for it."""
    files = {file for cell in changes["file"] for file in cell.split(";")}
    return dict.fromkeys([*((id,) for id in changes["id"]), *((file, "*") for file in files)], "")


def sentences(outputs: Path, changes: pd.DataFrame, decisions: pd.DataFrame) -> dict:
    """What a ``sentence`` decision can be about, by kind and topic; ``{}`` before a first report.

    The claims that the last report made, sentences that came back, and those decided on already,
    which may be left out of the report.
    """
    path = outputs / "tables" / "claims.csv"
    if not path.is_file():
        return {}
    claims = pd.read_csv(path, usecols=["claim"], dtype="str", keep_default_na=False)["claim"]
    edited = changes["sentence"] if "sentence" in changes else []
    keys = dict.fromkeys([*((one,) for one in (*claims, *edited)), *stands(decisions, "sentence")],
                         "")
    return {("sentence", ""): keys}


def taking(changes: pd.DataFrame, id: str, decisions: pd.DataFrame) -> list[dict]:
    """The lines that take an edit: ``kind, key, value, supersedes``.

    Its sentence as it came back, and that it was taken; what is no sentence is only noted.

    Raises:
        InputError: no such edit came back, or it is answered.
    """
    edit = next((row for row in changes.to_dict("records") if row["id"] == id), None)
    if edit is None or edit["state"] in ANSWERED:
        waits = changes.loc[~changes["state"].isin(ANSWERED), "id"]
        raise InputError(f"{id!r} is no edit that waits for an answer", file="returned/",
                         fix=f"These wait: {', '.join(waits) or 'none'}")
    lines = [{"kind": "returned", "key": id, "value": "taken", "supersedes": ""}]
    if edit["wording"]:
        stood = {about[0]: line["id"] for about, line in stands(decisions, "sentence").items()}
        lines.insert(0, {"kind": "sentence", "key": edit["sentence"], "value": edit["wording"],
                         "supersedes": stood.get(edit["sentence"], "")})
    return lines


def state(row: dict, decisions: pd.DataFrame) -> str:
    """What became of an edit: ``open, printed, refused, taken`` or ``taken, not printed``."""
    said = {about: line["value"] for about, line in stands(decisions, "returned").items()}
    keys = [(row["id"],), *((file, "*") for file in row["file"].split(";"))]
    answer = next((said[one] for one in keys if one in said), "")
    if answer == "refused":
        return "refused"
    if row["printed"]:
        return "printed"
    done = row["change"] in NEVER_PRINTED or (row["sentence"],) in stands(decisions, "sentence")
    return "open" if not answer else "taken" if done else "taken, not printed"


def gates(changes: pd.DataFrame) -> pd.DataFrame:
    """What is unanswered, as gates, one a file: ``gate, subject, reason``."""
    open_, rows = changes[~changes["state"].isin(ANSWERED)], []
    for file, mine in open_.groupby("file", sort=False):
        more = f" and {len(mine) - _NAMED} more" if len(mine) > _NAMED else ""
        rows.append(("returned", f"returned/{file}", f"unanswered: {', '.join(mine['id'][:_NAMED])}"
                     f"{more}. Take or refuse each, or refuse all at once, with a reason: "
                     "counsel/returned.html"))  # fmt: skip
    return pd.DataFrame(rows, columns=GATE).astype("str")


def waiting(changes: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    """What waits for an answer: ``kind, key, why`` and the value that would take it."""
    out = []
    for row in changes[~changes["state"].isin(ANSWERED)].to_dict("records"):
        said = f"{row['document']}: {row['change']} {row['before']!r} -> {row['after']!r}"
        why = f"{row['id']} of {row['file']}. {said}. {row['what_to_do']}"
        takes = row["wording"] and row["state"] != "taken, not printed"
        out.append(("sentence", row["sentence"], why, row["wording"]) if takes else
                   ("returned", row["id"], why, "refused"))
    return out


def html(changes: pd.DataFrame, *, year: int, privilege: str, stamp: str = "") -> str:
    """``counsel/returned.html``: every change with its answer, the words that changed marked."""
    shown = changes[["id", "state", "file", "document", "change", "touches"]].assign(
        edit=[_marked(row.before, row.after) for row in changes.itertuples()],
        by=changes["by"], sentence=changes["sentence"], what_to_do=changes["what_to_do"])
    return pages.page(f"Edits that came back, {year}", "returned.html", year=year, changes=shown,
                      privilege=privilege, stamp=" · ".join(filter(None, [privilege, stamp])))


def _marked(before: str, after: str) -> str:
    said = [(f"[-{removed.strip()}-]" if removed.strip() else "")
            + (f"[+{added.strip()}+]" if added.strip() else "") if tag == "change" else removed
            for tag, removed, added in align.words(before, after)]  # fmt: skip
    return " ".join("".join(said).split())
