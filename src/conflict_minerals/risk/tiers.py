"""Tiers: flags and assurance looked up in ``tiers.csv``, line by line.

Every condition of a line is a minimum and the lines stand from critical to low, so one more flag
never lowers a tier and the order of flags never matters. A table edited otherwise is refused.
"""

from dataclasses import dataclass

import pandas as pd

from conflict_minerals.ground import countries, library, tables
from conflict_minerals.ground.edited import checked
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.terms import ASSURANCE, GATE
from conflict_minerals.risk import riskdecisions
from conflict_minerals.risk.riskdecisions import STEPS, TIERS, Key

FILE = "tiers.csv"
_COLUMNS = ("line", "hard", "red", "soft", "flag", "assurance", "tier", "suggested_step", "reason",
            "owner", "source", "as_of")
_COUNTED = ("hard", "red", "soft")


@dataclass(frozen=True)
class Line:
    """A line of ``tiers.csv``: minimums of flags, rules of which one must match, assurances."""

    line: str
    hard: int
    red: int
    soft: int
    flag: frozenset[str]
    assurance: frozenset[str]
    tier: str
    suggested_step: str
    reason: str
    owner: str

    def holds(self, rules: set[str], counts: dict[str, int], assurance: str) -> bool:
        """Whether a facility with these flags and this assurance meets the line."""
        enough = all(counts.get(s, 0) >= getattr(self, s) for s in _COUNTED)
        named = not self.flag or bool(self.flag & rules)
        return enough and named and (not self.assurance or assurance in self.assurance)


def load(table: pd.DataFrame | None = None) -> list[Line]:
    """The lines of the tier table (``tiers.csv`` unless given), checked.

    Raises:
        InputError: an unknown word, a line without reason, owner, source or date, lines that do
            not fall from critical to low, or a last line that does not hold for every facility.
    """
    table = checked(library.table("tiers") if table is None else table, FILE, _COLUMNS)
    lines: list[Line] = []
    for row in table.to_dict("records"):
        where = f"line {row['line'] or '(blank)'}"
        for column in ("line", "reason", "owner", "source", "as_of"):
            if not row[column]:
                raise InputError(f"{column} is blank", file=FILE, where=where)
        if row["tier"] not in TIERS or row["suggested_step"] not in STEPS:
            raise InputError(
                f"tier {row['tier']!r} or suggested_step {row['suggested_step']!r} is unknown",
                file=FILE,
                where=where,
                fix=f"Tiers: {', '.join(TIERS)}. Steps: {', '.join(STEPS)}",
            )
        lines.append(_line(row, where))
    _check(lines)
    return lines


def _line(row: dict, where: str) -> Line:
    for column in _COUNTED:
        if row[column] and not row[column].isdigit():
            raise InputError(f"{column} {row[column]!r} is no number", file=FILE, where=where)
    assurance = frozenset(row["assurance"].split(";")) if row["assurance"] else frozenset()
    if not assurance <= set(ASSURANCE.values()):
        words = ", ".join(ASSURANCE.values())
        raise InputError(
            f"assurance {row['assurance']!r} is unknown", file=FILE, where=where, fix=words
        )
    return Line(
        line=row["line"],
        **{column: int(row[column] or 0) for column in _COUNTED},
        flag=frozenset(row["flag"].split(";")) if row["flag"] else frozenset(),
        assurance=assurance,
        tier=row["tier"],
        suggested_step=row["suggested_step"],
        reason=row["reason"],
        owner=row["owner"],
    )


def _check(lines: list[Line]) -> None:
    for before, line in zip(lines, lines[1:], strict=False):
        if TIERS.index(line.tier) < TIERS.index(before.tier):
            raise InputError(
                f"gives {line.tier} below a line that gives {before.tier}",
                file=FILE,
                where=f"line {line.line}",
                fix="Let the lines stand from critical to low",
            )
    last = lines[-1] if lines else None
    if last is None or last.flag or last.assurance or last.hard or last.red or last.soft:
        raise InputError(
            "the last line has conditions", file=FILE, fix="Let the last line hold for everything"
        )
    if len({line.line for line in lines}) < len(lines):
        raise InputError("a line's id stands twice", file=FILE)


def tier_of(flags: list[tuple[str, str]], assurance: str, lines: list[Line]) -> Line:
    """The line that gives the tier of a facility with these flags (rule, severity)."""
    rules = {rule for rule, _ in flags}
    counts: dict[str, int] = {}
    for severity in dict(flags).values():
        counts[severity] = counts.get(severity, 0) + 1
    return next(line for line in lines if line.holds(rules, counts, assurance))


def assign(
    facilities: pd.DataFrame,
    flags: pd.DataFrame,
    decisions: pd.DataFrame,
    *,
    profiles: pd.DataFrame | None = None,
    lines: list[Line] | None = None,
) -> pd.DataFrame:
    """The table ``risk``: each facility with its flags, assurance, tier and the tier's reasons.

    A decision may set a tier by hand; the column ``tier_rule`` then names the decision. ``hard``
    is true while a hard flag stands that no decision has answered; answering it opens the gate
    and leaves the tier.

    Args:
        profiles: ``profile.build(...)``, for declared origins and recycled feed.
        lines: the tier table, ``load()`` unless given.
    """
    lines = load() if lines is None else lines
    stands = riskdecisions.current(decisions)
    of = _by_facility(flags)
    extra = {} if profiles is None else _told(profiles)
    out = []
    for row in facilities.sort_values(["metal", "smelter_id"]).itertuples():
        pair = (row.metal, row.smelter_id)
        matched = of.get(pair, [])
        assurance = ASSURANCE[row.status]
        line = tier_of([(f["rule"], f["severity"]) for f in matched], assurance, lines)
        decided = stands.get(("tier", Key(*pair)))
        told = extra.get(pair, ("", "Unknown"))
        out.append(
            {
                "metal": row.metal,
                "smelter_id": row.smelter_id,
                "smelter_name": row.smelter_name,
                "country": row.country,
                "region": countries.region(row.country),
                "status": row.status,
                "flags": ";".join(f["rule"] for f in matched),
                "assurance": assurance,
                "hard": any(
                    f["severity"] == "hard" and not riskdecisions.answered(stands, *pair, f["rule"])
                    for f in matched
                ),
                "tier": decided["value"].strip().lower() if decided else line.tier,
                "tier_rule": f"decision {decided['id']}" if decided else line.line,
                "reasons": _reasons(matched, decided),
                "declared_origins": told[0],
                "recycled": told[1],
            }
        )
    return tables.frame(out, "risk")


def _told(profiles: pd.DataFrame) -> dict[tuple, tuple[str, str]]:
    columns = ["metal", "smelter_id", "declared_origins", "recycled"]
    return {row[:2]: row[2:] for row in profiles[columns].itertuples(index=False, name=None)}


def _by_facility(flags: pd.DataFrame) -> dict[tuple, list[dict]]:
    found: dict[tuple, list[dict]] = {}
    ordered = flags.sort_values(["metal", "smelter_id", "rule"], kind="stable")
    for flag in ordered.to_dict("records"):
        found.setdefault((flag["metal"], flag["smelter_id"]), []).append(flag)
    return found


def _reasons(matched: list[dict], decided: dict | None) -> str:
    """Each flag in neutral words: matched rule, on what, source, date."""
    told = [
        "Matched rule {rule} ({matched}): {source}, {rule_as_of}".format(
            **{k: str(v).replace(";", ",") for k, v in flag.items()}
        )
        for flag in matched
    ]
    if decided:
        reason = decided["reason"].replace(";", ",")
        told.append(f"Decision {decided['id']} of {decided['decided_on']}: {reason}")
    return ";".join(told) or "No rule matched"


def gates(risk: pd.DataFrame, flags: pd.DataFrame, decisions: pd.DataFrame) -> pd.DataFrame:
    """Hard flags that no decision answers, each a closed gate: ``gate, subject, reason``."""
    stands = riskdecisions.current(decisions)
    names = risk.set_index(["metal", "smelter_id"])["smelter_name"]
    lines = []
    for flag in flags[flags["severity"] == "hard"].itertuples():
        pair = (flag.metal, flag.smelter_id)
        if riskdecisions.answered(stands, *pair, flag.rule):
            continue
        lines.append(
            {
                "gate": "hard_flag",
                "subject": f"{flag.metal} {flag.smelter_id} {names[pair]}",
                "reason": f"Matched rule {flag.rule} ({flag.matched}), {flag.source}, "
                f"{flag.rule_as_of}: answer it by a decision of kind risk, key "
                f"{flag.metal}|{flag.smelter_id}|{flag.rule}, value answered",
            }
        )
    return pd.DataFrame(lines, columns=GATE).astype("str")
