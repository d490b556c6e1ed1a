"""The pages of facilities and suppliers: who reported what, where it stands, and what follows."""

from functools import cache

import pandas as pd

from conflict_minerals.filing.evidence.trace_base import FOLDER, Trace, facility_path, supplier_path
from conflict_minerals.ground import library, pages
from conflict_minerals.ground.terms import STATUSES

_MANY = ("matched", "evidence", "places")  # several in one cell, a line each


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
        "status": [trace.labels.get(s, s) for s in rows["status"]],
        "tier": tiers,
        "flags": [risk.get(key, {}).get("flags", "").replace(";", ", ") for key in keys],
        "suppliers": rows["suppliers"].tolist(),
        "rows": rows["rows"].tolist(),
    })  # fmt: skip
    body = (
        "<h1>Facilities</h1>"
        + pages.paragraph("A facility is a smelter or refiner and one metal, as filers count. Each "
                          "leads to a page that says who reported it, what the lists say and why "
                          "it has its tier.")
        + pages.table(shown, f"{len(rows):,} facilities", csv="tables/facilities.csv")
    )  # fmt: skip
    return trace.page(f"{FOLDER}/facilities.html", "Facilities", body)


def _facility_page(trace, facility, risk, rows, flags, origins, entries, counted):
    up, metal = "../../", facility["metal"]
    status = trace.labels.get(facility["status"], facility["status"])
    body = f"<h1>{pages.cell(facility['smelter_name'])}, {pages.cell(metal.lower())}</h1>"
    body += pages.facts([
        ("Smelter ID", facility["smelter_id"]),
        ("Country", facility["country_name"] or "unknown"),
        ("Status", f"{status}: {facility['status_reason']}"),
        ("Listed in", facility["status_source"] or "no list of the year"),
        ("List as of", facility["status_as_of"] or "not listed"),
        ("Last audit", facility["last_audit"] or "not given"),
        ("Tier", _tier(risk)),
        ("Assurance", risk.get("assurance", "not reviewed")),
        ("Reported by", _many(facility["suppliers"], "supplier") + " in "
         + _many(facility["rows"], "row")),
        ("Names reported", facility["names_reported"].replace(";", "; ")),
    ])  # fmt: skip
    body += pages.heading("Who reported it, and where")
    body += trace.table("smelter_rows", _places(rows), "Rows of suppliers' Smelter Lists", up)
    body += pages.heading("What the lists say")
    body += _chosen(entries, ["list_id", "kind", "scheme", "name", "state", "last_audit", "as_of",
                              "file", "sheet", "row"], "Entries of the year's lists")  # fmt: skip
    body += pages.heading("Flags and tier")
    body += _chosen(flags, ["rule", "severity", "matched", "reason", "source", "rule_as_of",
                            "evidence"], "Flags that matched")  # fmt: skip
    body += _tier_line(risk)
    body += pages.heading("Origin of the ore")
    body += _chosen(origins, ["basis", "country_name", "as_reported", "evidence", "source", "as_of",
                              "places"], "What is known of the origin")  # fmt: skip
    decisions = _decisions(trace, facility, rows)
    if len(decisions):
        body += pages.heading("Decisions")
        body += _chosen(decisions, ["id", "kind", "key", "value", "reason", "decided_by",
                                    "decided_on"], "Decisions about it")  # fmt: skip
    body += pages.heading("Figures that count it")
    links = [trace.figure(id, up) for id in counted]
    body += pages.paragraph(links) if links else pages.paragraph("None.")
    title = f"{facility['smelter_name']}, {metal.lower()}"
    return trace.page(facility_path(metal, facility["smelter_id"]), title, body)


def _tier(risk: dict) -> str:
    if not risk:
        return "not reviewed"
    hard = "; a hard flag is open" if risk.get("hard") else ""
    return f"{risk['tier']}, by line {risk['tier_rule']} of the tier table{hard}"


def _tier_line(risk: dict) -> str:
    line = _lines().get(risk.get("tier_rule"))
    if line is None:
        return pages.paragraph(risk.get("reasons", ""))
    said = f"Line {line['line']} of tiers.csv gives the tier {line['tier']}: {line['reason']}."
    return pages.paragraph(said) + pages.paragraph(risk.get("reasons", "").replace(";", "; "))


@cache
def _lines() -> dict[str, dict]:
    return {row["line"]: row for row in library.table("tiers").to_dict("records")}


def _decisions(trace: Trace, facility: dict, rows) -> pd.DataFrame:
    """Decisions on the facility itself and those that matched a reported name to it."""
    keys = {f"{facility['metal']}|{facility['smelter_id']}"}
    if rows is not None:
        keys |= {f"{facility['metal']}|{name}" for name in rows["name_reported"]}
    return trace.decisions[trace.decisions["key"].isin(keys)]


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
    """``review/suppliers.html`` and a page for each supplier: its files and its facilities."""
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
    out = [_supplier_list(trace, groups)]
    for supplier in trace.frame("suppliers").to_dict("records"):
        id = supplier["supplier_id"]
        out.append(_supplier_page(
            trace, supplier, groups.get(id, reported.head(0)), responses.get(id), findings.get(id)
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
    labels = [trace.labels.get(s, s) for s in STATUSES]
    columns = ["supplier", "name", "responded", "facilities", *labels, "errors", "warnings",
               "next step"]  # fmt: skip
    body = (
        "<h1>Suppliers</h1>"
        + pages.paragraph("Facilities are counted once for each supplier that reported them in a "
                          "file that counts.")
        + pages.table(pd.DataFrame(rows, columns=columns),
                      "Suppliers and their facilities by status", csv="tables/suppliers.csv")
    )  # fmt: skip
    return trace.page(f"{FOLDER}/suppliers.html", "Suppliers", body)


def _supplier_page(trace, supplier, reported, responses, findings):
    up, id = "../../", supplier["supplier_id"]
    body = f"<h1>{pages.cell(supplier['supplier_name'])}</h1>"
    body += pages.facts([
        ("Supplier", id),
        ("Products", supplier["products"].replace(";", "; ")),
        ("Asked on", supplier["requested_on"]),
        ("Responded", supplier["responded"]),
        ("Declares no Covered Country", supplier["no_covered_country"]),
        ("Next step", ": ".join(filter(None, [_said("next_step", supplier["next_step"]),
                                              supplier["next_step_reason"].lower()]))),
    ])  # fmt: skip
    body += pages.heading("Files received")
    body += trace.table("responses", _places(responses), "Files received", up)
    body += pages.heading("Facilities reported, by status")
    order = {s: n for n, s in enumerate(STATUSES)}
    mine = reported.sort_values(
        ["status", "metal", "smelter_id"], key=lambda c: c.map(order) if c.name == "status" else c
    )
    pairs = zip(mine["metal"], mine["smelter_id"], strict=True)
    shown = pd.DataFrame({
        "facility": [trace.facility(*pair, up) for pair in pairs],
        "metal": mine["metal"].tolist(),
        "country": mine["country_name"].tolist(),
        "status": [trace.labels.get(s, s) for s in mine["status"]],
        "tier": mine["tier"].tolist(),
    })  # fmt: skip
    body += pages.table(shown, f"{len(shown):,} facilities in files that count",
                        csv="tables/facilities.csv")  # fmt: skip
    body += pages.heading("Findings")
    body += trace.table("findings", _places(findings), "Errors and warnings in its files", up)
    return trace.page(supplier_path(id), supplier["supplier_name"], body)


def _by(trace: Trace, table: str) -> dict[tuple[str, str], pd.DataFrame]:
    """A table's rows by facility; of reported rows those in files that count."""
    rows = trace.frame(table)
    if table == "smelter_rows":
        rows = rows[rows["counted"].astype("bool")]
    rows = rows[rows["smelter_id"] != ""]
    return dict(tuple(rows.groupby(["metal", "smelter_id"])))


def _list_entries(trace: Trace) -> dict[tuple[str, str], pd.DataFrame]:
    """Entries of the lists by facility; an entry for no metal in particular is one for each."""
    entries = trace.frame("list_entries")
    entries = entries[entries["smelter_id"] != ""]
    by_id = dict(tuple(entries.groupby("smelter_id")))
    out = {}
    for metal, id in trace.facility_names:
        if id in by_id:
            rows = by_id[id]
            out[(metal, id)] = rows[rows["metal"].isin([metal, "Multiple", ""])]
    return out


def _places(rows: pd.DataFrame | None) -> list[int]:
    return [] if rows is None else rows.index.tolist()


def _chosen(rows, columns: list[str], caption: str) -> str:
    if rows is None or rows.empty:
        return pages.paragraph("None.")
    shown = pages.plain(rows[[c for c in columns if c in rows.columns]])
    return pages.table(shown, caption, lines=[c for c in _MANY if c in shown])


def _said(column: str, value: str) -> str:
    return pages.plain(pd.DataFrame({column: [value]}))[column].iloc[0]


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
