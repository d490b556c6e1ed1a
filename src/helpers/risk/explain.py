"""Why a facility stands where it stands: who reported it, what lists say, which flags, which tier.

``facility`` tells it of one facility line by line, ``every`` in one row a facility. Both quote;
neither judges.
"""

import pandas as pd

from helpers import countries
from helpers.errors import InputError
from helpers.risk import tiers
from helpers.risk.answers import key

_COLUMNS = ["metal", "smelter_id", "smelter_name", "country_name", "reported_by", "listed",
            "origin", "flags", "assurance", "tier", "by_line"]


def facility(
    which: str,
    *,
    facilities: pd.DataFrame,
    smelter_rows: pd.DataFrame,
    risk: pd.DataFrame,
    flags: pd.DataFrame,
    origins: pd.DataFrame,
    list_entries: pd.DataFrame | None = None,
    escalation: pd.DataFrame | None = None,
    supplier_flags: pd.DataFrame | None = None,
    lines: list[tiers.Line] | None = None,
) -> pd.DataFrame:
    """Everything about one facility on one screen: ``topic, says, where``.

    ``which`` is written as in ``decisions.csv``: ``"Gold|CID000015"``.

    Raises:
        InputError: no such facility.
    """
    metal, smelter_id, _ = key(which)
    one = _of(risk, metal, smelter_id)
    if one.empty:
        raise InputError(f"{which!r} is no facility of this year", fix="Write Gold|CID000015")
    row, fact = one.iloc[0], _of(facilities, metal, smelter_id).iloc[0]
    place = countries.printed(row.country) or "country unknown"
    said = [("Facility", f"{row.smelter_name}, {place}", f"{metal} {smelter_id}")]
    rows = _of(smelter_rows, metal, smelter_id)
    rows = rows[rows["counted"].astype(bool)].sort_values(["supplier_id", "file", "row"])
    for each in rows.itertuples():
        said.append((f"Reported by {each.supplier_id}", each.name_reported or each.lookup_reported,
                     f"{each.file}, {each.sheet}, row {each.row}"))
    said.append(("Status", f"{fact.status}: {fact.status_reason}",
                 f"{fact.status_source or 'on no list'} {fact.status_as_of}".strip()))
    if list_entries is not None and len(list_entries):
        entries = list_entries[list_entries["smelter_id"] == smelter_id]
        entries = entries[entries["metal"].isin([metal, "Multiple", ""])]
        for each in entries.sort_values(["list_id", "row"]).itertuples():
            said.append((f"List {each.list_id}", f"{each.kind}: {each.name}, as of {each.as_of}",
                         f"{each.file}, row {each.row}"))
    for each in _of(origins, metal, smelter_id).itertuples():
        said.append(("Origin of ore", _origin(each), each.places))
    for each in _of(flags, metal, smelter_id).itertuples():
        said.append((f"Flag {each.rule} ({each.severity})",
                     f"{each.matched}. {each.reason}. {each.source}, {each.rule_as_of}",
                     each.evidence))
    if supplier_flags is not None and len(supplier_flags):
        context = supplier_flags[supplier_flags["supplier_id"].isin(set(rows["supplier_id"]))]
        for each in context[context["metal"] == metal].itertuples():
            said.append((f"Context: supplier {each.supplier_id}", each.reason, each.evidence))
    said.append(("Assurance", row.assurance, ""))
    said.append(("Tier", row.tier, _line_text(row.tier_rule, lines)))
    if escalation is not None and len(escalation):
        for each in escalation[(escalation["subject_id"] == smelter_id)
                               & (escalation["metal"] == metal)].itertuples():
            step = each.next_step or f"none decided; the table suggests {each.suggested_step}"
            due = f", {each.owner or 'no owner'}, due {each.due_on or 'no day'}"
            said.append(("Next step", step + (due if each.next_step else ""), each.decision))
    return pd.DataFrame(said, columns=["topic", "says", "where"]).astype("str")


def every(
    risk: pd.DataFrame,
    flags: pd.DataFrame,
    facilities: pd.DataFrame,
    smelter_rows: pd.DataFrame,
    origins: pd.DataFrame,
    lines: list[tiers.Line] | None = None,
) -> pd.DataFrame:
    """The table ``risk_explained``: one row a facility, highest tier first."""
    lines = tiers.load() if lines is None else lines
    counted = smelter_rows[smelter_rows["counted"].astype(bool)]
    keys = ["metal", "smelter_id"]
    by = counted.groupby(keys)["supplier_id"].agg(lambda s: ";".join(sorted(set(s)))).to_dict()
    facts = {row[:2]: row[2:] for row in facilities[
        [*keys, "status", "status_source", "status_as_of"]].itertuples(index=False, name=None)}
    told: dict[tuple, list[str]] = {}
    for row in flags.sort_values([*keys, "rule"]).itertuples():
        text = f"{row.rule} ({row.matched}; {row.source}, {row.rule_as_of})"
        told.setdefault((row.metal, row.smelter_id), []).append(text.replace(";", ","))
    ore: dict[tuple, list[str]] = {}
    for row in origins.itertuples():
        ore.setdefault((row.metal, row.smelter_id), []).append(_origin(row).replace(";", ","))
    out = []
    for row in risk.itertuples():
        pair = (row.metal, row.smelter_id)
        status, source, day = facts[pair]
        out.append({
            "metal": row.metal, "smelter_id": row.smelter_id, "smelter_name": row.smelter_name,
            "country_name": countries.printed(row.country), "reported_by": by.get(pair, ""),
            "listed": f"{status}: {source or 'on no list'} {day}".strip(),
            "origin": ";".join(dict.fromkeys(ore.get(pair, []))),
            "flags": ";".join(told.get(pair, [])), "assurance": row.assurance, "tier": row.tier,
            "by_line": _line_text(row.tier_rule, lines),
        })
    frame = pd.DataFrame(out, columns=_COLUMNS)
    rank = frame["tier"].map({tier: i for i, tier in enumerate(tiers.TIERS)})
    frame = frame.assign(_rank=rank).sort_values(["_rank", *keys], ignore_index=True)
    return frame[_COLUMNS]


def _of(frame: pd.DataFrame, metal: str, smelter_id: str) -> pd.DataFrame:
    return frame[(frame["metal"] == metal) & (frame["smelter_id"] == smelter_id)]


def _origin(row) -> str:
    if row.basis == "none":
        return "nothing is known"
    if row.basis == "recycled":
        return "recycled or scrap"
    name = row.country_name or f"not read as a country: {row.as_reported}"
    return f"{name} ({row.basis})"


def _line_text(rule: str, lines: list[tiers.Line] | None) -> str:
    """The tier table's line in its own words, or the decision that set the tier."""
    for line in tiers.load() if lines is None else lines:
        if line.line == rule:
            return f"line {rule} of tiers.csv: {line.reason}"
    return rule
