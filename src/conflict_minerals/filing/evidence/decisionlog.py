"""Decisions in the open: what each moves, what would be without it, and what waits for one."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

import pandas as pd

from conflict_minerals.filing.documents.words import printed
from conflict_minerals.filing.word import taken
from conflict_minerals.ground import csvfiles, library, tables
from conflict_minerals.risk import decided_facilities, ranked_steps, tier_lines, tier_of
from conflict_minerals.status import DecisionEffects
from conflict_minerals.year import TO_FILL, decision_states, facility_of, next_id, said_by, setting

_PLACE = ["supplier_id", "file", "sheet", "row", "country_reported"]
_CHOSEN = ("choice", "bool", "int", "number")  # types of settings that choose rather than tell
# What ``waiting`` looks at.
READS = ("smelter_rows", "list_lines", "escalation", "risk", "flags", "suggestions", "findings")


def table(decisions: pd.DataFrame, frames: Mapping[str, pd.DataFrame], evidence: pd.DataFrame,
          as_of: str, can_be: Mapping) -> pd.DataFrame:
    """The table ``decisions``: every line of the record with what it moves.

    Args:
        frames: the year's tables by name; what a missing one would tell is left out.
        evidence: ``claim_evidence``, which says which claims cite a decision.
        can_be: what decisions can be about, as ``idle_decisions`` takes it.
    """
    kinds = {(row["kind"], row["topic"]): row for row in library.records("decision_kinds")}
    cited = evidence[evidence["kind"] == "decision"].groupby("reference")["claim"].agg(
        lambda claims: ";".join(sorted(set(claims)))).to_dict()
    states = decision_states(decisions, can_be, as_of)
    known, rows = _Known(decisions, frames), []
    for line, state in zip(decisions.to_dict("records"), states, strict=True):
        moves, without, about = [], [], dict.fromkeys(("metal", "smelter_id", "supplier_id"), "")
        for one in said_by(line["kind"], line["key"], line["value"]):
            about |= _about(line["kind"], one)
            if state.startswith("stands"):
                facts = known.of(line, one)
                row = kinds[line["kind"], one.topic]
                moves.append(row["moves"].format_map(facts))
                without.append(row["without"].format_map(facts))
        key = f"{line['kind']}|{line['key']}"
        claims = cited.get(line["id"], "") or (cited.get(key, "") if moves else "")
        rows.append({"group": "", **line, "stands": state, "moves": "; ".join(moves),
                     "without": "; ".join(without), "claims": claims} | about)
    return tables.frame(rows, "decisions")


def overrides(program: dict, files: pd.DataFrame) -> pd.DataFrame:
    """What the year does otherwise than it would by itself: ``what, chosen, else, meaning``.

    Choices of ``program.yml`` that are not as a blank one stands for, and texts of the year's own.
    """
    rows = library.table("program")
    rows = rows[rows["type"].isin(_CHOSEN) & (rows["default"] != "")]
    out = [(f"program.yml {row.key}", printed(setting(program, row.key)), row.default, row.meaning)
           for row in rows.itertuples() if "[]" not in row.key]
    out = [row for row in out if row[1].lower() not in (
        row[2].lower(), {"true": "yes", "false": "no"}.get(row[2], ""))]
    own = files.loc[files["file"].str.startswith("wording/"), "file"]
    out += [(file, "a text of the year's own", "the text that ships", "What the documents say")
            for file in own]
    return pd.DataFrame(out, columns=["what", "chosen", "else", "meaning"]).astype("str")


def _about(kind: str, one) -> dict[str, str]:
    """The facility or the supplier that a decision is about."""
    if kind == "match" and one.value != "none":
        return {"metal": one.key[0], "smelter_id": one.value}
    if kind == "list" and one.value != "none":
        return dict(zip(("metal", "smelter_id"), facility_of(one.value), strict=True))
    if kind in ("finding", "file"):
        return {"supplier_id": one.key[0].partition("/")[0]}
    if kind == "risk" and one.key[0] == "supplier":
        return {"supplier_id": one.key[1]}
    return {"metal": one.key[0], "smelter_id": one.key[1]} if kind in ("risk", "status") else {}


class _Told(dict):
    """Facts by name; one that no table tells is left out."""

    def __missing__(self, name: str) -> str:
        return "unknown"


class _Known:
    """What the tables tell of what a decision is about; each is gone through once for them all."""

    def __init__(self, decisions: pd.DataFrame, frames: Mapping[str, pd.DataFrame]):
        self._decisions, self._frames = decisions, frames
        self._tables: dict[str, dict[tuple, list[dict]]] = {}

    def of(self, line: dict, one) -> dict:
        facts = _Told()
        pair = one.key[:2]
        if line["kind"] in ("match", "status") and {"smelter_rows", "facilities"} <= set(
                self._frames):
            rows, text = self._effects.of(line)
            facts |= {"rows": rows, "effect": text}
            for row in self._at("facilities", pair):
                facts["status"] = row["status_undecided"]
        if line["kind"] == "finding":
            mine = self._severities.get(line["id"], [])
            facts |= {"findings": len(mine), "errors": mine.count("error")}
        if line["kind"] == "file":
            facts["verdict"] = self._verdicts.get(one.key[0], "").replace("_", " ")
        if line["kind"] == "risk":
            facts["subject"] = "supplier" if pair[0] == "supplier" else "facility"
            flags = self._at("flags", pair)
            for row in self._at("risk", pair):
                given = tier_of([(f["rule"], f["severity"]) for f in flags], row["assurance"],
                                tier_lines())
                facts |= {"tier": row["tier"], "tier_without": given.tier, "tier_line": given.line,
                          "gate": self._gate(line, row)}
            facts.setdefault("gate", "")
            facts["flags"] = ", ".join(sorted(
                f["rule"] for f in flags
                if f["severity"] == "hard" and one.key[-1] in (f["rule"], "*"))) or "none"
        return facts

    def _gate(self, line: dict, row: dict) -> str:
        """Whether a facility of a high tier would close the gate without this line."""
        if row["tier"] not in ("critical", "high"):
            return ""
        pair = (row["metal"], row["smelter_id"])
        others = self._decisions["id"].isin(self._on[pair] - {line["id"]})
        own, group = decided_facilities(self._decisions[others])
        decided = pair in own or row["tier"] == "high" and pair in group
        return "" if decided else ", and the gate tier would be closed"

    def _at(self, table: str, pair: tuple) -> list[dict]:
        """The table's rows of a facility."""
        if table not in self._tables:
            frame, held = self._frames[table], defaultdict(list)
            for row in frame[frame["smelter_id"].isin(self._named)].to_dict("records"):
                held[row["metal"], row["smelter_id"]].append(row)
            self._tables[table] = held
        return self._tables[table].get(pair, [])

    @cached_property
    def _on(self) -> dict[tuple, set[str]]:
        """By facility the ids of the decisions about it, those that were taken back too."""
        about: dict[str, set[tuple]] = {}
        for line in self._decisions.to_dict("records"):
            said = said_by(line["kind"], line["key"], line["value"])
            about[line["id"]] = ({one.key[:2] for one in said}
                                 or about.get(line.get("supersedes", ""), set()))
        found = defaultdict(set)
        for id, pairs in about.items():
            for pair in pairs:
                found[pair].add(id)
        return found

    @cached_property
    def _named(self) -> set[str]:
        return {pair[-1] for pair in self._on}

    @cached_property
    def _effects(self) -> DecisionEffects:
        return DecisionEffects(self._frames["smelter_rows"], self._frames["facilities"])

    @cached_property
    def _severities(self) -> dict[str, list[str]]:
        """By decision the severities of the findings that it is about."""
        found = self._frames["findings"]
        found = found[found["decision"] != ""]
        return found.groupby("decision", observed=True)["severity"].agg(list).to_dict()

    @cached_property
    def _verdicts(self) -> dict[str, str]:
        held = self._frames["responses"]
        return dict(zip(held["file"], held["verdict"], strict=True))


def waiting(decisions: pd.DataFrame, frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """What waits for a decision: ``kind, key, why, line, suggested``, the weightiest first.

    ``line`` is ready to paste into ``decisions.csv``: what stands there in capitals is to fill in.
    ``suggested`` are values that may be meant, ``;`` between.
    """
    rows = frames["smelter_rows"]
    found = [("list", row.decision_key, row.what) for row in frames["list_lines"].itertuples()
             if row.weight in ("gate", "open")]
    escalation = ranked_steps(frames["escalation"])
    risk = frames["risk"].set_index(["metal", "smelter_id"])
    flags = frames["flags"][frames["flags"]["severity"] == "hard"]
    answered = decided_facilities(decisions)[0]
    found += [("risk", f"{row.metal}|{row.smelter_id}|{row.rule}", row.reason)
              for row in flags.itertuples()
              if risk["hard"].get((row.metal, row.smelter_id), False)
              and (row.metal, row.smelter_id) not in answered]
    found += [("risk", f"{row.metal or 'supplier'}|{row.subject_id}",
               f"{row.tier} {row.name}: {row.why}".strip())
              for row in escalation[escalation["state"] == "not_decided"].itertuples()]
    open_ = rows[["decision_key", "match_reason", *_PLACE]][
        rows["counted"].to_numpy(dtype=bool) & (rows["match"] == "none").to_numpy()
        & (rows["decision"] == "").to_numpy() & (rows["decision_key"] != "").to_numpy()]
    best = frames["suggestions"].sort_values("rank", kind="stable")
    like = {row.decision_key: f". Perhaps {row.smelter_id} {row.smelter_name}"
            for row in best[best["rank"] == 1].itertuples() if row.decision_key}
    ids = best.groupby("decision_key")["smelter_id"].agg(";".join).to_dict()
    alike = open_["decision_key"].value_counts().to_dict()
    found += [("match", row.decision_key,
               row.match_reason + like.get(row.decision_key, "") + _seen(row, alike))
              for row in open_.drop_duplicates("decision_key").itertuples()]
    errors = frames["findings"]
    errors = errors[["file", "rule", "sheet", "cell", "message"]][
        errors["counted"].astype(bool) & (errors["severity"] == "error")
        & (errors["state"] == "open")]
    found += [("finding", finding_key(row), row.message)
              for row in errors.drop_duplicates(["file", "rule", "sheet", "cell"]).itertuples()]
    blank = TO_FILL["value"]
    found = [(*one, blank) for one in found]
    if len(frames.get("returned", ())):  # edits that came back, which are no table of the chain
        found = taken.waiting(frames["returned"]) + found
    first, out = int(next_id(decisions)[2:]), []
    for number, (kind, key, why, value) in enumerate(found, first):
        line = csvfiles.line([f"D-{number:03d}", kind, key, value, *list(TO_FILL.values())[1:]])
        suggested = ids.get(key, "") if kind == "match" else value.removeprefix(blank)
        out.append([kind, key, why, line, suggested])
    return pd.DataFrame(out, columns=["kind", "key", "why", "line", "suggested"]).astype("str")


def _seen(row, alike: Mapping[str, int]) -> str:
    """Where a name stands that waits, and the country beside it."""
    country = f" with {row.country_reported}" if row.country_reported else ""
    more = alike[row.decision_key] - 1
    others = f", and {more} more" if more else ""
    place = f"{row.file}, {row.sheet}, row {row.row}"
    return f". Reported by {row.supplier_id}{country}: {place}{others}"


def finding_key(row) -> str:
    """The key of a decision about a finding."""
    return f"{row.file}|{row.rule}|{row.sheet}!{row.cell}" if row.cell else f"{row.file}|{row.rule}"
