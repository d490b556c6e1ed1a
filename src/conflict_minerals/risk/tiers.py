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
from conflict_minerals.year import decision_words, stands

FILE = "tiers.csv"
TIERS, STEPS = decision_words("risk", "tier"), decision_words("risk", "step")
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
    set_by_hand, answers = stands(decisions, "risk", "tier"), stands(decisions, "risk", "hard")
    of = _by_facility(flags)
    extra = {} if profiles is None else _told(profiles)
    out = []
    for row in facilities.sort_values(["metal", "smelter_id"]).itertuples():
        pair = (row.metal, row.smelter_id)
        matched = of.get(pair, [])
        assurance = ASSURANCE[row.status]
        line = tier_of([(f["rule"], f["severity"]) for f in matched], assurance, lines)
        decided = set_by_hand.get(pair)
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
                    f["severity"] == "hard" and not answered(answers, *pair, f["rule"])
                    for f in matched
                ),
                "tier": decided["value"] if decided else line.tier,
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


def answered(answers: dict, metal: str, smelter_id: str, rule: str) -> str:
    """Id of the decision that answers a hard flag, ``""`` while none does."""
    line = answers.get((metal, smelter_id, rule)) or answers.get((metal, smelter_id, "*"))
    return line["id"] if line else ""


def gates(risk: pd.DataFrame, flags: pd.DataFrame, decisions: pd.DataFrame) -> pd.DataFrame:
    """What closes the gate until a person decides: ``gate, subject, reason``.

    A hard flag that no decision answers; a facility of tier critical without a decision of its
    own; one of tier high without its own or a group's.
    """
    answers = stands(decisions, "risk", "hard")
    names = risk.set_index(["metal", "smelter_id"])["smelter_name"]
    lines = []
    for flag in flags[flags["severity"] == "hard"].itertuples():
        pair = (flag.metal, flag.smelter_id)
        if not answered(answers, *pair, flag.rule):
            lines.append(("hard_flag", " ".join((*pair, names[pair])),
                          f"Matched rule {flag.rule} ({flag.matched}), {flag.source}, "
                          f"{flag.rule_as_of}: answer it by a decision of kind risk, key "
                          f"{flag.metal}|{flag.smelter_id}|{flag.rule}, value answered"))
    own, group = decided_facilities(decisions)
    for row in risk[risk["tier"].isin(["critical", "high"]) & ~risk["hard"]].itertuples():
        pair = (row.metal, row.smelter_id)
        if pair not in own and not (row.tier == "high" and pair in group):
            lines.append(("tier", " ".join((*pair, row.smelter_name)),
                          f"Tier {row.tier} and nobody has decided: add a decision of kind risk, "
                          f"key {row.metal}|{row.smelter_id}, value a next step"))
    return pd.DataFrame(lines, columns=GATE).astype("str")


def decided_facilities(decisions: pd.DataFrame) -> tuple[set, set]:
    """Facilities with a step, tier or answer: of their own; by a decision for many."""
    own, group = set(), set()
    for topic in ("step", "tier", "hard"):
        for about, line in stands(decisions, "risk", topic).items():
            (group if line.get("group", "") else own).add(about[:2])
    return own, group
