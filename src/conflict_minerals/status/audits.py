"""When a listed audit has run out, and which fall due again."""

from datetime import date

import pandas as pd

from conflict_minerals.smelters import audit_months


def reaudit_due(last_audit: str, cycle: str) -> str:
    """Last audit plus cycle (``1 Year``, ``Biennial``), ``""`` when either is not known."""
    months = audit_months(cycle)
    if not months or not last_audit:
        return ""
    return (pd.Timestamp(last_audit) + pd.DateOffset(months=months)).date().isoformat()


def state(due: str, in_progress: bool, as_of: date) -> str:
    """``current``, ``run_out`` or ``re_audit`` on the review date; ``""`` when no due day is known.

    A keeper may go on listing a facility after the cycle, so this alone takes no status away.
    """
    if not due or due >= as_of.isoformat():
        return "current" if due else ""
    return "re_audit" if in_progress else "run_out"


def reaudits(facilities: pd.DataFrame, *, as_of: date, window_days: int = 365) -> pd.DataFrame:
    """Conformant facilities whose re-audit is overdue or due within the window, soonest first.

    ``metal, smelter_id, smelter_name, country, last_audit, audit_cycle, reaudit_due, days,
    overdue``; ``days`` from the review date, negative when overdue.
    """
    rows = facilities[(facilities["status"] == "conformant") & (facilities["reaudit_due"] != "")]
    days = (pd.to_datetime(rows["reaudit_due"]) - pd.Timestamp(as_of)).dt.days
    rows = rows.assign(days=days.astype("int64"), overdue=days < 0)[days <= window_days]
    columns = ["metal", "smelter_id", "smelter_name", "country", "last_audit", "audit_cycle",
               "reaudit_due", "days", "overdue"]
    return rows.sort_values(["days", "metal", "smelter_id"], ignore_index=True)[columns]
