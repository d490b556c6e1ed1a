"""What changed since the run before: kept in ``history/`` beside the tables, and said in short.

No output depends on it: what stands in ``outputs/<year>`` is the same whatever ran before.
"""

import json
from pathlib import Path

import pandas as pd

from conflict_minerals.command.terminal import short
from conflict_minerals.ground import pages
from conflict_minerals.ground.csvfiles import from_csv, to_csv
from conflict_minerals.store import manifest, past

COLUMNS = ["what", "subject", "before", "now"]
# What is compared: a word for it, its table, what names a row, what is said of it.
_WATCHED = (
    ("file", "responses", ["file"], "verdict"),
    ("finding", "findings", ["file", "rule", "sheet", "cell"], "severity"),
    ("facility", "facilities", ["metal", "smelter_id", "smelter_name"], "status"),
    ("tier", "risk", ["metal", "smelter_id", "smelter_name"], "tier"),
    ("flag", "flags", ["metal", "smelter_id", "rule"], "severity"),
)
_SENTENCE = ["document", "claim", "text"]
_PLURAL = {"facility": "facilities"}
_MOST_SAID = 6  # figures on the terminal; all are in the file


def nothing() -> tuple[str, ...]:
    return ("\n  Nothing changed since the last run: no notebook ran.",)


def keep(before: Path, now: Path, *outputs: Path) -> tuple[str, ...]:
    """Compare the tables of the last run with those of this one, write what moved to ``history/``.

    ``before`` and ``now`` are folders of tables, which then stand where ``before`` does; the
    history is carried over already. ``outputs`` are those of either run, for their sentences.
    Gives back what to say; nothing where no run was before.
    """
    if not (before / "front.json").is_file():
        return ()
    moved = compare(before, now, *outputs)
    if moved.empty:
        return ("\n  No file, finding, status, flag, figure or sentence changed since the last "
                "run.",)
    (now / past.FOLDER).mkdir(exist_ok=True)
    number = 1 + max((int(one.stem) for one in (now / past.FOLDER).glob("*.csv")
                      if one.stem.isdigit()), default=0)
    path = now / past.FOLDER / f"{number:04d}.csv"
    path.write_bytes(to_csv(moved))
    page = path.with_suffix(".html")
    page.write_bytes(_page(moved).encode("utf-8"))
    where = short(before / past.FOLDER / page.name)
    return ("\n  Since the last run:", *_said(moved), f"  all of it       {where}")


def _page(moved: pd.DataFrame) -> str:
    parts = {_PLURAL.get(what, f"{what}s"): rows.drop(columns="what")
             for what, rows in moved.groupby("what", sort=False)}
    return pages.page("What changed since the run before", "moved.html", moved=parts)


def compare(before: Path, now: Path, *outputs: Path) -> pd.DataFrame:
    """``what, subject, before, now`` of everything that differs; a blank stands for none."""
    found = [_rows(what, *(_read(folder, table, [*key, value]) for folder in (before, now)), key)
             for what, table, key, value in _WATCHED if not _same(table, before, now)]
    found.append(_rows("figure", _figures(before), _figures(now), ["meaning", "id"]))
    if outputs:
        found.append(_rows("sentence", *map(_sentences, outputs), _SENTENCE[:-1]))
    moved = pd.concat([one for one in found if len(one)] or [pd.DataFrame(columns=COLUMNS)])
    return moved.reset_index(drop=True)


def _same(table: str, *folders: Path) -> bool:
    paths = [folder / f"{table}.parquet" for folder in folders]
    return all(one.is_file() for one in paths) and len({manifest.sha256(p) for p in paths}) == 1


def _read(folder: Path, table: str, columns: list[str]) -> pd.DataFrame:
    path = folder / f"{table}.parquet"
    if not path.is_file():
        return pd.DataFrame(columns=columns, dtype="str")
    frame = pd.read_parquet(path)
    return frame.reindex(columns=columns, fill_value="").astype("str")


def _figures(folder: Path) -> pd.DataFrame:
    front = json.loads((folder / "front.json").read_bytes())
    return pd.DataFrame(front["figures"], columns=["meaning", "id", "text"], dtype="str").fillna("")


def _sentences(outputs: Path) -> pd.DataFrame:
    path = outputs / "tables" / "claims.csv"
    return from_csv(path.read_bytes())[_SENTENCE] if path.is_file() else pd.DataFrame(
        columns=_SENTENCE, dtype="str")


def _rows(what: str, old: pd.DataFrame, new: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """The rows that one table has and the other has not, paired by what names them."""
    value = old.columns[-1]
    counts = [frame.groupby(list(frame.columns), sort=False).size() for frame in (old, new)]
    both = pd.concat(counts, axis=1, keys=["before", "now"]).fillna(0)
    moved = both[both["before"] != both["now"]].reset_index()
    sides = {}
    for side in ("before", "now"):
        there = moved[moved[side] > 0]
        said = [one if n == 1 else f"{one} × {n:.0f}"
                for one, n in zip(there[value], there[side], strict=True)]
        sides[side] = there.assign(said=said).groupby(key)["said"].agg(
            lambda texts: ", ".join(sorted(texts)))
    paired = pd.DataFrame(sides).fillna("").sort_index()
    names = [name if isinstance(name, tuple) else (name,) for name in paired.index]
    subject = [" | ".join(part for part in name if part) for name in names]
    return pd.DataFrame({"what": what, "subject": subject, "before": paired["before"].tolist(),
                         "now": paired["now"].tolist()}, columns=COLUMNS, dtype="str")


def _said(moved: pd.DataFrame) -> list[str]:
    lines = []
    for what, rows in moved.groupby("what", sort=False):
        if what == "figure":
            continue
        new, gone = rows["before"] == "", rows["now"] == ""
        counts = ((new.sum(), "new"), (gone.sum(), "gone"), ((~new & ~gone).sum(), "changed"))
        said = ", ".join(f"{n} {word}" for n, word in counts if n)
        lines.append(f"{_PLURAL.get(what, what + 's'):>14}  {said}")
    figures = moved[moved["what"] == "figure"]
    for row in figures.head(_MOST_SAID).itertuples():
        what = row.subject.rpartition(" | ")[0] or row.subject
        lines.append(f"{row.now or 'none':>14}  {what}, {row.before or 'none'} before")
    if len(figures) > _MOST_SAID:
        lines.append(f"{'…':>14}  and {len(figures) - _MOST_SAID} more figures")
    return lines
