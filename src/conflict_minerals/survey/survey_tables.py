"""The survey counted: by metal and scope, by rule and supplier, and who is to be escalated."""

from datetime import date

import pandas as pd

from conflict_minerals.ground.terms import METALS
from conflict_minerals.survey.checks_base import rules, settings


def by_metal(inputs, responses, answers) -> pd.DataFrame:
    """One row a metal of 3TG, suppliers counted in each column.

    ``asked``: they serve a product of products.csv that needs the metal; ``answered``: of those,
    a CMRT counts; ``rate``; ``uses``, ``no_use``: what any of their counted CMRTs declares;
    ``covered_yes``, ``covered_no``, ``covered_unknown``; ``all_identified``; ``all_recycled``.
    """
    files = responses.loc[responses["counted"].astype(bool), ["file", "supplier_id"]]
    said = answers[answers["metal"] != ""].merge(files[["file", "supplier_id"]], on="file",
                                                 suffixes=("_", ""))
    rows = []
    for metal in METALS:
        asked = {
            supplier for product in inputs.products.itertuples()
            if getattr(product, metal.lower()) == "yes"
            for supplier in product.suppliers.split(";") if supplier
        } & set(inputs.suppliers["supplier_id"])
        answered = asked & set(files["supplier_id"])
        own = said[said["metal"] == metal]

        def who(topic: str, answer: str, own=own) -> set[str]:
            hits = own[(own["topic"] == topic) & (own["answer"] == answer)]
            return set(hits["supplier_id"])

        absent = who("used_intentionally", "No") | who("remains_in_product", "No")
        uses = who("used_intentionally", "Yes")
        rows.append({
            "metal": metal, "asked": len(asked), "answered": len(answered),
            "rate": len(answered) / len(asked) if asked else None,
            "uses": len(uses), "no_use": len(absent - uses),
            "covered_yes": len(who("covered_countries", "Yes")),
            "covered_no": len(who("covered_countries", "No")),
            "covered_unknown": len(who("covered_countries", "Unknown")),
            "all_identified": len(who("all_identified", "Yes")),
            "all_recycled": len(who("recycled_scrap", "Yes")),
        })
    return pd.DataFrame(rows)


def by_scope(responses: pd.DataFrame) -> pd.DataFrame:
    """Files and suppliers by declaration scope: ``scope, files, suppliers, counted``."""
    known = responses[responses["template"] == "CMRT"]
    known = known.assign(scope=known["scope"].replace("", "not stated"))
    grouped = known.groupby("scope")
    return pd.DataFrame({
        "files": grouped.size(), "suppliers": grouped["supplier_id"].nunique(),
        "counted": grouped["counted"].sum().astype("int64"),
    }).reset_index()


def findings_by_rule(findings: pd.DataFrame) -> pd.DataFrame:
    """Open findings by rule: counts of findings, files, suppliers; what it means and asks."""
    open_ = findings[findings["state"] == "open"]
    grouped = open_.groupby(["severity", "rule"])
    out = pd.DataFrame({
        "findings": grouped.size(), "files": grouped["file"].nunique(),
        "suppliers": grouped["supplier_id"].nunique(),
    }).reset_index()
    for column in ("meaning", "action"):
        out[column] = out["rule"].map(rules()[column]).fillna("")
    rank = out["severity"].map({"error": 0, "warning": 1, "info": 2})
    return out.assign(rank=rank).sort_values(
        ["rank", "findings", "rule"], ascending=[True, False, True], ignore_index=True
    ).drop(columns="rank")


def weightiest(findings: pd.DataFrame) -> pd.DataFrame:
    """The findings of files that count first, errors before warnings before remarks."""
    rank = findings["severity"].map({"error": 0, "warning": 1, "info": 2})
    order = findings.assign(rank=rank, aside=~findings["counted"].astype(bool)).sort_values(
        ["aside", "rank", "supplier_id", "file", "rule", "metal", "cell"], kind="stable")
    return order.drop(columns=["rank", "aside"]).reset_index(drop=True)


def sent(inputs) -> pd.DataFrame:
    """What was sent or came, and when: ``supplier_id``, then a kind a column, days joined."""
    kinds = ["request", "reminder", "unusable", "corrections", "thanks", "notice", "action",
             "escalation", "received", "other"]
    table = inputs.correspondence.sort_values(["supplier_id", "sent_on"])
    days = table.groupby(["supplier_id", "kind"])["sent_on"].agg("; ".join).unstack(fill_value="")
    everyone = sorted(set(inputs.suppliers["supplier_id"]))
    return days.reindex(index=everyone, columns=kinds, fill_value="").fillna("").rename_axis(
        "supplier_id").rename_axis(None, axis=1).reset_index()


def escalations(suppliers: pd.DataFrame, findings: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Suppliers for a person to take up: ``supplier_id, supplier_name, on, days_overdue, why``.

    Named when the next step is to escalate and due, or when the files that count hold as many
    errors as ``survey.csv`` sets, or contradict themselves on the origin of a metal.
    """
    most = int(settings("survey")["errors_listed"])
    origin = findings[(findings["state"] == "open") & findings["counted"].astype(bool)
                      & (findings["rule"] == "covered-country-mine-though-denied")]
    denied = set(origin["supplier_id"])
    rows = []
    for row in suppliers.sort_values("supplier_id").itertuples():
        why = []
        if row.next_step == "escalate" and row.next_step_on <= as_of.isoformat():
            why.append(row.next_step_reason)
        if row.errors >= most:
            why.append(f"{row.errors} errors in the files that count")
        if row.supplier_id in denied:
            why.append("Names a mine in a Covered Country and denies sourcing from one")
        if why:
            rows.append((row.supplier_id, row.supplier_name, row.next_step_on or as_of.isoformat(),
                         row.days_overdue, "; ".join(why)))
    return pd.DataFrame(
        rows, columns=["supplier_id", "supplier_name", "on", "days_overdue", "why"])
