"""Lists of ids that were taken off: plain ones, and revision histories, which also say what stayed.

In a plain one (kind ``retired``) a line that gives no reason retires its id. A list is a history by
its kind ``revisions``, or where a line says that an id was added or kept: then the newest line of
an id decides. In both a basis that cannot be read retires nothing.
"""

from collections import defaultdict
from functools import cache

import pandas as pd

from conflict_minerals.ground import library
from conflict_minerals.ground.columns import rows_of
from conflict_minerals.ground.text import fold

KINDS = ("retired", "revisions")


@cache
def _words() -> dict[str, str]:
    return {fold(row["word"]): row["effect"] for row in library.records("revision_words")}


def change(basis: str) -> str:
    """``removed`` or ``kept`` as ``revision_words.csv`` has a basis; blank for neither or both."""
    plain = f" {fold(basis)} "
    found = {effect for word, effect in _words().items() if f" {word} " in plain}
    return found.pop() if len(found) == 1 else ""


def judge(records: list[dict]) -> None:
    """Says of each line of one list what it did to its id, or what is wrong with it, in place.

    Lines of other kinds of list are left with a blank ``change``.
    """
    history = any(one["change"] == "kept" or one["kind"] == "revisions" for one in records)
    about: dict[str, list[dict]] = defaultdict(list)
    for one in records:
        if one["kind"] not in KINDS:
            one["change"] = ""
        elif not history and not one["basis"]:
            one["change"] = "removed"
        elif not one["change"]:
            _add(one, "its basis does not say whether the id was taken off (revision_words.csv)")
        if one["kind"] in KINDS and history and one["smelter_id"]:
            about[one["smelter_id"]].append(one)
    for lines in about.values():
        several = len({one["row"] for one in lines}) > 1
        newest = max(one["noted_on"] for one in lines)
        for one in lines if several else ():
            others = {other["change"] for other in lines if other["noted_on"] == one["noted_on"]}
            if not one["noted_on"]:
                _add(one, "no date by which it can be told from the other lines of its id")
            elif len(others) > 1 and one["noted_on"] == newest:
                _add(one, "another line of the same day says otherwise of its id")


def _add(one: dict, problem: str) -> None:
    one["problem"] = "; ".join(filter(None, [one["problem"], problem]))


def retired(list_entries: pd.DataFrame, as_of: str = "9999-12-31") -> dict[str, dict]:
    """The ids whose newest line by the review date took them off, each with that line.

    To the line is added ``since``, the day from which the id is retired: the line's own, else the
    list's; and ``again``: a list of that day or later, of whatever other kind, has the id.
    """
    known = list_entries[(list_entries["problem"] == "") & (list_entries["smelter_id"] != "")
                         & (list_entries["as_of"] <= as_of)]
    mine = known["kind"].isin(KINDS)
    newest: dict[str, dict] = {}
    lines = [{**row, "since": row.get("noted_on") or row["as_of"]} for row in rows_of(known[mine])]
    for line in sorted(lines, key=lambda line: line["since"]):
        if line["since"] <= as_of:
            newest[line["smelter_id"]] = line
    latest = known[~mine].groupby("smelter_id")["as_of"].max().to_dict()
    return {one: {**line, "again": latest.get(one, "") >= line["since"]}
            for one, line in newest.items() if line.get("change") != "kept"}
