"""The pages of facilities and suppliers: who reported what, where it stands, and what follows."""

from collections.abc import Iterator
from functools import cache, partial

import numpy as np
import pandas as pd

from conflict_minerals.filing.evidence.trace_base import FOLDER, Trace, facility_path, supplier_path
from conflict_minerals.filing.later import Later
from conflict_minerals.ground import csvfiles, library, pages
from conflict_minerals.ground.columns import texts
from conflict_minerals.ground.terms import STATUSES
from conflict_minerals.risk import TIERS
from conflict_minerals.survey import differences_by_supplier, path_of_letter
from conflict_minerals.year import TO_FILL

_FACILITY = ["metal", "smelter_id"]
_HERE = ("../../", "facility")  # the way from a facility's page to the outputs, and its subject
_ROWS_AT_ONCE = 50_000
_FACILITIES, _SUPPLIERS, _DIFFERENCES = (
    f"{FOLDER}/{name}.html" for name in ("facilities", "suppliers", "differences"))
# What a facility's page shows of a table.
_COLUMNS = {
    "list_entries": ["list_id", "kind", "scheme", "name", "state", "last_audit", "as_of", "file",
                     "sheet", "row"],
    "flags": ["rule", "severity", "matched", "reason", "source", "rule_as_of", "evidence"],
    "origins": ["basis", "country_name", "as_reported", "evidence", "source", "as_of", "places"],
}  # fmt: skip


def facility_pages(trace: Trace) -> Later:
    """``review/facilities.html`` and a page for each facility that explains it in one screen."""
    paths = [facility_path(*pair) for pair in trace.facility_names]
    return Later([_FACILITIES, *paths], partial(_facility_pages, trace))


def _facility_pages(trace: Trace) -> Iterator[tuple[str, bytes]]:
    rows = trace.frame("smelter_rows")
    rows = _places(rows[rows["counted"].astype("bool") & (rows["smelter_id"] != "")], _FACILITY)
    made = trace.frame("decisions")
    decided = _places(made, _FACILITY) if len(made) else {}
    flags, origins = (_by_facility(trace, name) for name in ("flags", "origins"))
    entries = _list_entries(trace)
    risk = {(r["metal"], r["smelter_id"]): r for r in trace.frame("risk").to_dict("records")}
    counted = _figures_of_facilities(trace)
    yield _facility_list(trace, risk)
    for part in _parts(trace.frame("facilities").to_dict("records"), rows):
        trace.write("smelter_rows", [at for key in map(_key, part)
                                     for at in _at(rows, key)[: pages.ROW_LIMIT]], *_HERE)
        for facility in part:
            key = _key(facility)
            yield _facility_page(
                trace, facility, risk.get(key, {}), _at(rows, key), flags.get(key, pages.NONE),
                origins.get(key, pages.NONE), entries[key], counted.get(key, []),
                _at(decided, key),
            )  # fmt: skip


def _key(facility: dict) -> tuple[str, str]:
    return facility["metal"], facility["smelter_id"]


def _parts(facilities: list[dict], rows: dict) -> Iterator[list[dict]]:
    """The facilities in parts of so many rows as are written at once."""
    part, many = [], 0
    for facility in facilities:
        part.append(facility)
        many += len(_at(rows, _key(facility)))
        if many > _ROWS_AT_ONCE:
            yield part
            part, many = [], 0
    yield part


def _facility_list(trace: Trace, risk: dict) -> tuple[str, bytes]:
    rows = trace.frame("facilities")
    keys = list(zip(rows["metal"], rows["smelter_id"], strict=True))
    tiers = [risk.get(key, {}).get("tier", "") for key in keys]
    shown = pd.DataFrame({
        "facility": [trace.facility(*key, "../") for key in keys],
        "metal": rows["metal"].tolist(),
        "country": rows["country_name"].tolist(),
        "status": rows["status"].map(trace.status).tolist(),
        "flags": [risk.get(key, {}).get("flags", "").replace(";", ", ") for key in keys],
        "suppliers": rows["suppliers"].tolist(),
        "rows": rows["rows"].tolist(),
    })  # fmt: skip
    shown = shown.sort_values(["suppliers", "rows"], ascending=False, kind="stable")
    tiers = pd.Series(tiers, dtype="str").reindex(shown.index)
    parts = {tier: shown[tiers == tier] for tier in (*TIERS, "")}
    return trace.page(_FACILITIES, "facilities.html", "Facilities",
                      tiers={tier: rows for tier, rows in parts.items() if len(rows)})


def _facility_page(trace, facility, risk, rows, flags, origins, entries, counted, decided):
    key = _key(facility)
    return trace.page(
        facility_path(*key), "facility.html",
        f"{facility['smelter_name']}, {facility['metal'].lower()}",
        facility=facility, risk=risk, rows=rows, flags=flags, origins=origins,
        entries=entries, counted=counted,
        # Those on the facility itself and those that matched a reported name to it.
        decisions=trace.decided(decided),
        line=_lines().get(risk.get("tier_rule")),
    )  # fmt: skip


@cache
def _lines() -> dict[str, dict]:
    return {row["line"]: row for row in library.table("tiers").to_dict("records")}


def _figures_of_facilities(trace: Trace) -> dict[tuple[str, str], list[str]]:
    """The figures that count each facility, those that the documents state."""
    stated = set(trace.claim_figures["figure"])
    out: dict[tuple[str, str], list[str]] = {}
    for table in ("facilities", "risk", "annex_i"):
        rows = trace.frame(table)
        keys = list(zip(rows["metal"], rows["smelter_id"], strict=True))
        ids = trace.figures.loc[trace.figures["table"] == table, "id"]
        for id in ids[ids.isin(stated)]:
            for at in trace.rows_of(id):
                out.setdefault(keys[at], []).append(id)
    return out


def supplier_pages(trace: Trace) -> Later:
    """``review/suppliers.html``, a page for each supplier, and ``review/differences.html``."""
    paths = [supplier_path(id) for id in trace.frame("suppliers")["supplier_id"]]
    return Later([_SUPPLIERS, _DIFFERENCES, *paths], partial(_supplier_pages, trace))


def _supplier_pages(trace: Trace) -> Iterator[tuple[str, bytes]]:
    known = _facilities_by_status(trace)
    reported = _reported(trace, known)
    # A facility stands on the pages of many suppliers, and its line is the same on each.
    lines = pages.rows(pd.DataFrame({
        "facility": [trace.facility(*pair, "../../") for pair in
                     zip(known["metal"], known["smelter_id"], strict=True)],
        "metal": known["metal"], "country": known["country_name"],
        "status": known["status"].map(trace.status), "tier": known["tier"],
    }))  # fmt: skip
    findings = trace.frame("findings")
    changed = trace.frame("differences")
    about = {
        "files": _places(trace.frame("responses"), "supplier_id"),
        "findings": _places(findings[findings["severity"] != "info"], "supplier_id"),
        "actions": _places(trace.frame("actions"), "supplier_id"),
        "changed": _places(changed[changed["change"] != "same"], "supplier_id"),
    }
    decided = _decided_by_supplier(trace)
    yield _supplier_list(trace, known, reported)
    yield _differences(trace)
    for supplier in trace.frame("suppliers").to_dict("records"):
        id = supplier["supplier_id"]
        at = _at(reported, id)
        yield trace.page(
            supplier_path(id), "supplier.html", supplier["supplier_name"], supplier=supplier,
            facilities=pages.Rows(lines.heads, [lines.rows[n] for n in at[: pages.ROW_LIMIT]]),
            reported=len(at), next_step=_said("next_step", supplier["next_step"]),
            decisions=trace.decided(decided.get(id, [])),
            **{name: _at(by, id) for name, by in about.items()},
        )  # fmt: skip


def _reported(trace: Trace, known: pd.DataFrame) -> dict[str, np.ndarray]:
    """By supplier, where the facilities that it reported stand among those known, in order."""
    rows = trace.frame("smelter_rows")
    named = rows["counted"].astype("bool") & (rows["smelter_id"] != "")
    pairs = rows[["supplier_id", *_FACILITY]][named].drop_duplicates()
    found = pairs.merge(known[[*_FACILITY, "at"]])[["supplier_id", "at"]]
    return _places(found.set_index("at").sort_index(), "supplier_id")


def _facilities_by_status(trace: Trace) -> pd.DataFrame:
    """The year's facilities with their tier, in the order in which pages list them: ``at``."""
    order = {s: n for n, s in enumerate(STATUSES)}
    known = trace.frame("facilities").merge(
        trace.frame("risk")[["metal", "smelter_id", "tier"]], on=["metal", "smelter_id"],
        how="left").fillna({"tier": ""})
    known = known.assign(rank=known["status"].map(order).astype("int64")).sort_values(
        ["rank", "metal", "smelter_id"], ignore_index=True)
    return known.assign(at=range(len(known)))


def _supplier_list(trace: Trace, known: pd.DataFrame, reported: dict) -> tuple[str, bytes]:
    rows, rank = [], known["rank"].to_numpy()
    for supplier in trace.frame("suppliers").to_dict("records"):
        id = supplier["supplier_id"]
        counts = np.bincount(rank[_at(reported, id)], minlength=len(STATUSES)).tolist()
        rows.append([trace.supplier(id, "../"), supplier["supplier_name"], supplier["responded"],
                     sum(counts), *counts, supplier["errors"], supplier["warnings"],
                     _said("next_step", supplier["next_step"])])  # fmt: skip
    columns = ["supplier", "name", "responded", "facilities", *map(trace.status, STATUSES),
               "errors", "warnings", "next step"]  # fmt: skip
    return trace.page(_SUPPLIERS, "suppliers.html", "Suppliers", letters=_letters(trace),
                      rows=pd.DataFrame(rows, columns=columns))  # fmt: skip


def _letters(trace: Trace) -> pd.DataFrame:
    """The drafts that are due, each with the line that notes it once it is sent."""
    due = trace.frame("letters")
    lines = [csvfiles.line([row.supplier_id, TO_FILL["decided_on"], row.kind, row.reference])
             for row in due.itertuples()]
    return pd.DataFrame({
        "supplier": [trace.supplier(row.supplier_id, "../") for row in due.itertuples()],
        "next step": [_said("next_step", row.kind) for row in due.itertuples()],
        "draft": [pages.Link(f"{row.supplier_id}.eml", "../" + path_of_letter(row.supplier_id))
                  for row in due.itertuples()],
        "line for correspondence.csv": lines,
    })  # fmt: skip


def _differences(trace: Trace) -> tuple[str, bytes]:
    told = differences_by_supplier(trace.frame("differences"))
    shown = pages.plain(told).drop(columns="supplier_id")
    shown.insert(0, "supplier", [trace.supplier(one, "../") for one in told["supplier_id"]])
    shown["replaced"] = [f"{share:.0%}" for share in told["replaced"]]
    return trace.page(_DIFFERENCES, "differences.html", "Differences", rows=shown)


def _decided_by_supplier(trace: Trace) -> dict[str, list[int]]:
    """Where the decisions about each supplier stand, and those that matched one of its rows."""
    made, rows = trace.frame("decisions"), trace.frame("smelter_rows")
    matched = rows.loc[rows["decision"] != "", ["supplier_id", "decision"]].drop_duplicates()
    places, out = dict(zip(made["id"], made.index, strict=True)), {}
    for supplier, id in (*zip(made["supplier_id"], made["id"], strict=True),
                         *matched.itertuples(index=False, name=None)):
        if id in places:
            out.setdefault(supplier, set()).add(places[id])
    return {supplier: sorted(at) for supplier, at in out.items()}


def _by_facility(trace: Trace, table: str) -> dict[tuple[str, str], pages.Rows]:
    """A table's rows by facility, as a facility's page shows them."""
    rows = trace.frame(table)
    rows = rows[rows["smelter_id"] != ""]
    return pages.parted(_shown(rows, table), zip(rows["metal"], rows["smelter_id"], strict=True))


def _list_entries(trace: Trace) -> dict[tuple[str, str], pages.Rows]:
    """Entries of the lists by facility; an entry for no metal in particular is one for each."""
    entries = trace.frame("list_entries")
    made, places, metals = (_shown(entries, "list_entries"), _places(entries, "smelter_id"),
                            texts(entries["metal"]))
    out = {}
    for metal, id in trace.facility_names:
        mine = [at for at in _at(places, id) if metals[at] in (metal, "Multiple", "")]
        out[metal, id] = pages.Rows(made.heads, [made.rows[at] for at in mine])
    return out


def _shown(rows: pd.DataFrame, table: str) -> pages.Rows:
    return pages.rows(pages.plain(pages.pick(rows, *_COLUMNS[table])),
                      lines=("matched", "evidence", "places"))


def _places(rows: pd.DataFrame, by: str | list[str]) -> dict[object, np.ndarray]:
    """Where the rows of each subject stand in their table, which may have millions."""
    where = rows.index.to_numpy()
    return {subject: where[at] for subject, at in rows.groupby(by).indices.items()}


def _at(places: dict[object, np.ndarray], subject) -> list[int]:
    """Where the rows of one subject stand."""
    return places[subject].tolist() if subject in places else []


@cache
def _said(column: str, value: str) -> str:
    return pages.plain(pd.DataFrame({column: [value]}))[column].iloc[0]
