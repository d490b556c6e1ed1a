"""The pages of facilities and suppliers: who reported what, where it stands, and what follows."""

from functools import cache

import pandas as pd

from conflict_minerals.filing.evidence.trace_base import FOLDER, Trace, facility_path, supplier_path
from conflict_minerals.ground import library, pages
from conflict_minerals.ground.terms import STATUSES
from conflict_minerals.risk import TIERS
from conflict_minerals.survey import differences_by_supplier


def facility_pages(trace: Trace) -> dict[str, bytes]:
    """``review/facilities.html`` and a page for each facility that explains it in one screen."""
    rows = _by(trace, "smelter_rows")
    flags, origins = _by(trace, "flags"), _by(trace, "origins")
    entries = _list_entries(trace)
    risk = {(r["metal"], r["smelter_id"]): r for r in trace.frame("risk").to_dict("records")}
    counted = _figures_of_facilities(trace)
    out = [_facility_list(trace, risk)]
    for facility in trace.frame("facilities").to_dict("records"):
        key = (facility["metal"], facility["smelter_id"])
        out.append(_facility_page(
            trace, facility, risk.get(key, {}), rows.get(key), flags.get(key),
            origins.get(key), entries.get(key), counted.get(key, []),
        ))  # fmt: skip
    return dict(out)


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
    return trace.page(f"{FOLDER}/facilities.html", "facilities.html", "Facilities",
                      tiers={tier: rows for tier, rows in parts.items() if len(rows)})


def _facility_page(trace, facility, risk, rows, flags, origins, entries, counted):
    key, made = (facility["metal"], facility["smelter_id"]), trace.frame("decisions")
    about = (made["metal"] == key[0]) & (made["smelter_id"] == key[1])
    return trace.page(
        facility_path(*key), "facility.html",
        f"{facility['smelter_name']}, {facility['metal'].lower()}",
        facility=facility, risk=risk, rows=_places(rows), flags=flags, origins=origins,
        entries=entries, counted=counted,
        # Those on the facility itself and those that matched a reported name to it.
        decisions=trace.decided(about, "../../"),
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


def supplier_pages(trace: Trace) -> dict[str, bytes]:
    """``review/suppliers.html``, a page for each supplier, and ``review/differences.html``."""
    rows = trace.frame("smelter_rows")
    rows = rows[rows["counted"].astype("bool") & (rows["smelter_id"] != "")]
    pairs = rows[["supplier_id", "metal", "smelter_id"]].drop_duplicates()
    known = trace.frame("facilities")[["metal", "smelter_id", "smelter_name", "country_name",
                                       "status"]]  # fmt: skip
    tiers = trace.frame("risk")[["metal", "smelter_id", "tier"]]
    reported = pairs.merge(known, on=["metal", "smelter_id"]).merge(
        tiers, on=["metal", "smelter_id"], how="left"
    )
    reported["tier"] = reported["tier"].fillna("")
    groups = dict(tuple(reported.groupby("supplier_id")))
    responses = dict(tuple(trace.frame("responses").groupby("supplier_id")))
    findings = trace.frame("findings")
    findings = dict(tuple(findings[findings["severity"] != "info"].groupby("supplier_id")))
    matched = trace.frame("smelter_rows").groupby("supplier_id")["decision"].agg(set).to_dict()
    out = [_supplier_list(trace, groups), _differences(trace)]
    for supplier in trace.frame("suppliers").to_dict("records"):
        id = supplier["supplier_id"]
        out.append(_supplier_page(
            trace, supplier, groups.get(id, reported.head(0)), responses.get(id), findings.get(id),
            matched.get(id, set()),
        ))  # fmt: skip
    return dict(out)


def _supplier_list(trace: Trace, groups: dict) -> tuple[str, bytes]:
    rows = []
    for supplier in trace.frame("suppliers").to_dict("records"):
        id = supplier["supplier_id"]
        mine = groups.get(id)
        counts = [0 if mine is None else int((mine["status"] == s).sum()) for s in STATUSES]
        rows.append([trace.supplier(id, "../"), supplier["supplier_name"], supplier["responded"],
                     sum(counts), *counts, supplier["errors"], supplier["warnings"],
                     _said("next_step", supplier["next_step"])])  # fmt: skip
    columns = ["supplier", "name", "responded", "facilities", *map(trace.status, STATUSES),
               "errors", "warnings", "next step"]  # fmt: skip
    return trace.page(f"{FOLDER}/suppliers.html", "suppliers.html", "Suppliers",
                      rows=pd.DataFrame(rows, columns=columns))  # fmt: skip


def _differences(trace: Trace) -> tuple[str, bytes]:
    told = differences_by_supplier(trace.frame("differences"))
    shown = pages.plain(told).drop(columns="supplier_id")
    shown.insert(0, "supplier", [trace.supplier(one, "../") for one in told["supplier_id"]])
    shown["replaced"] = [f"{share:.0%}" for share in told["replaced"]]
    return trace.page(f"{FOLDER}/differences.html", "differences.html", "Differences", rows=shown)


def _supplier_page(trace, supplier, reported, responses, findings, matched):
    order = {s: n for n, s in enumerate(STATUSES)}
    mine = reported.sort_values(
        ["status", "metal", "smelter_id"], key=lambda c: c.map(order) if c.name == "status" else c
    )
    pairs = zip(mine["metal"], mine["smelter_id"], strict=True)
    shown = pd.DataFrame({
        "facility": [trace.facility(*pair, "../../") for pair in pairs],
        "metal": mine["metal"].tolist(),
        "country": mine["country_name"].tolist(),
        "status": mine["status"].map(trace.status).tolist(),
        "tier": mine["tier"].tolist(),
    })  # fmt: skip
    made, changed = trace.frame("decisions"), trace.frame("differences")
    actions = trace.frame("actions")
    changed = changed[changed["change"] != "same"]
    about = (made["supplier_id"] == supplier["supplier_id"]) | made["id"].isin(matched)
    return trace.page(
        supplier_path(supplier["supplier_id"]), "supplier.html", supplier["supplier_name"],
        supplier=supplier, facilities=shown, files=_places(responses), findings=_places(findings),
        next_step=_said("next_step", supplier["next_step"]),
        actions=_places(actions[actions["supplier_id"] == supplier["supplier_id"]]),
        changed=_places(changed[changed["supplier_id"] == supplier["supplier_id"]]),
        decisions=trace.decided(about, "../../"),
    )  # fmt: skip


def _by(trace: Trace, table: str) -> dict[tuple[str, str], pd.DataFrame]:
    """A table's rows by facility; of reported rows those in files that count."""
    rows = trace.frame(table)
    if table == "smelter_rows":
        rows = rows[rows["counted"].astype("bool")]
    rows = rows[rows["smelter_id"] != ""]
    return dict(tuple(pages.plain(rows).groupby([rows["metal"], rows["smelter_id"]])))


def _list_entries(trace: Trace) -> dict[tuple[str, str], pd.DataFrame]:
    """Entries of the lists by facility; an entry for no metal in particular is one for each."""
    entries = trace.frame("list_entries")
    entries = pages.plain(entries[entries["smelter_id"] != ""])
    by_id = dict(tuple(entries.groupby("smelter_id")))
    out = {}
    for metal, id in trace.facility_names:
        if id in by_id:
            rows = by_id[id]
            out[(metal, id)] = rows[rows["metal"].isin([metal, "Multiple", ""])]
    return out


def _places(rows: pd.DataFrame | None) -> list[int]:
    return [] if rows is None else rows.index.tolist()


def _said(column: str, value: str) -> str:
    return pages.plain(pd.DataFrame({column: [value]}))[column].iloc[0]
