"""Which facility a reported row is: in order of proof, and not at all where proof is missing.

1. ``id``: the id under the row's metal, as long as nothing else in the row says otherwise;
2. ``alias``: the exact name under the metal, case, accents, width, punctuation, blanks and legal
   forms folded, where one facility alone bears it;
3. ``decision``: what the analyst decided for that metal and name;
4. ``none``, or ``not_identified`` where the row says so itself.

An id is contradicted, and the row left unmatched, by another metal; by another id typed beside it;
by a name that is another facility's; by one in no source that is clearly more like another
facility's than its own (``contradictions``). A name that is like nobody's does not contradict an
id. A country by itself does not either: suppliers mistake it too often; it weighs where names are
compared, refuses a *name* where the reported country holds a facility that is called nearly the
same, and decides where two names differ in their legal form. Where the file's own look-up has the
row's id, metal and name, another source's id for that name is a remark: the smelter may have a new
one. Each row says why.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from conflict_minerals.ground import countries, ids, names
from conflict_minerals.ground.columns import texts
from conflict_minerals.smelters import contradictions, evidence
from conflict_minerals.smelters.evidence import Index
from conflict_minerals.smelters.likeness import likeness_of
from conflict_minerals.smelters.reference import Reference
from conflict_minerals.year import stands

COLUMNS = ["metal", "smelter_id_reported", "lookup_reported", "name_reported", "country_reported"]
# What a row may bear besides; blank where it does not.
MORE = ["id_typed", "own_look_up"]


class Match(NamedTuple):
    """The answer for a row. ``check`` asks for the likeness of names before it stands.

    ``fault`` is what an id disagrees with: ``metal``, ``name``, ``country`` (which refuses nothing)
    or ``moved``, another source's id for the name; ``""`` for nothing.
    """

    smelter_id: str
    match: str
    reason: str
    source: str = ""
    check: str = ""
    decision: str = ""  # that matched the row, or says that it names no smelter
    key: str = ""  # what a decision about the row names; blank where nothing is to be decided
    fault: str = ""


def match(reported_rows: pd.DataFrame, reference: Reference,
          decisions: pd.DataFrame | None = None) -> pd.DataFrame:
    """The rows with ``smelter_id, match, match_reason, list_source, decision, decision_key``.

    Each way of filling in a row is judged once, however many rows are filled in so. Rows whose
    columns are categorical get categorical answers, so that millions of rows stay small.

    Args:
        reported_rows: at least ``COLUMNS``, text without missing values; ``MORE`` where known.
        reference: of ``reference.build``.
        decisions: ``decisions.csv``; its decisions of kind ``match`` count.
    """
    answers, place = _answers(reported_rows, reference, decisions)
    categorical = isinstance(reported_rows["metal"].dtype, pd.CategoricalDtype)
    out = reported_rows.copy(deep=False)
    fields = {"smelter_id": "smelter_id", "match": "match", "match_reason": "reason",
              "list_source": "source", "decision": "decision", "decision_key": "key"}
    for column, field in fields.items():
        values = [getattr(answer, field) for answer in answers]
        if categorical:
            kinds = pd.Categorical(np.array(values, dtype=object))
            values = pd.Categorical.from_codes(kinds.codes[place], kinds.categories)
            out[column] = pd.Series(values, index=out.index)
        else:
            values = np.array(values, dtype=object)[place] if len(place) else []
            out[column] = pd.Series(values, index=out.index, dtype="str")
    return out


def judged(reported_rows: pd.DataFrame, reference: Reference) -> pd.DataFrame:
    """``smelter_id, match, reason, fault`` of each row, decisions aside (see ``Match``)."""
    answers, place = _answers(reported_rows, reference, None)
    return pd.DataFrame([answers[at] for at in place], columns=Match._fields,
                        index=reported_rows.index, dtype=object)


def _answers(rows: pd.DataFrame, reference: Reference, decisions) -> tuple[list[Match], np.ndarray]:
    """The answer for each distinct way of filling in a row, and which one each row has."""
    combinations, place = distinct(rows, COLUMNS + [name for name in MORE if name in rows])
    return judge(combinations, reference, decisions), place


def distinct(frame: pd.DataFrame, columns: list[str]) -> tuple[pd.DataFrame, np.ndarray]:
    """The distinct combinations of some columns, and which one each row has."""
    combined, reach = np.zeros(len(frame), dtype=np.int64), 1
    for column in columns:
        values = frame[column]
        if isinstance(values.dtype, pd.CategoricalDtype):
            codes, size = values.cat.codes.to_numpy(), len(values.cat.categories)
        else:
            codes, kinds = pd.factorize(values)
            size = len(kinds)
        if reach * max(size, 1) > 2**62:  # codes are made dense before their product overflows
            combined, seen = pd.factorize(combined)
            reach = len(seen)
        combined = combined * np.int64(max(size, 1)) + codes
        reach *= max(size, 1)
    combined, _ = pd.factorize(combined)
    count = int(combined.max()) + 1 if len(combined) else 0
    first = np.zeros(count, dtype=np.int64)
    first[combined[::-1]] = np.arange(len(frame) - 1, -1, -1)
    return frame[columns].iloc[first].astype("str").reset_index(drop=True), combined


def judge(combinations: pd.DataFrame, reference: Reference,
          decisions: pd.DataFrame | None) -> list[Match]:
    """The answer for each combination of ``COLUMNS`` and, where they are there, ``MORE``."""
    index, likeness = evidence.index(reference), likeness_of(reference)
    rows = list(zip(*(texts(combinations[column]) for column in COLUMNS), strict=True))
    blank = [""] * len(rows)
    typed, own = (texts(combinations[name]) if name in combinations else blank for name in MORE)
    answers = [_first(index, *row, *more) for *more, row in zip(typed, own, rows, strict=True)]
    contradictions.check_names(answers, rows, index, likeness)
    contradictions.check_twins(answers, rows, index, likeness)
    return _decide(answers, rows, index, decisions)


def _first(index: Index, metal, id_cell, lookup, name, country_text, typed, own) -> Match:
    """The answer by exact evidence; ``check`` where likeness must speak too."""
    if "not_identified" in (evidence.kind_of(lookup), evidence.kind_of(name)):
        return Match("", "not_identified", "The row says that the smelter is not yet identified")
    reported = evidence.names_of(lookup, name)
    said = [index.name(metal, one) for one in reported]
    found = ids.read(id_cell)
    if not metal:
        return Match("", "none", "No metal: an id or a name counts only together with one")
    other = _other(index, typed, found)
    if other:
        return Match("", "none", f"Contradiction: the id typed is {other}, the cells beside it "
                                 f"show {found.value}: one line cannot be both")
    if found.kind in ("current", "bare", "old"):
        one, note = found.value, ""
        if found.kind == "old" and one in index.old:
            one, where = index.old[one]
            note = f"; {found.value} is its earlier id ({where})"
        if one in index.by_id:
            return _by_id(index, metal, one, found.kind, said, reported, country_text, note, own)
        heard = f"id {found.value} stands in no source"
    elif found.kind == "several":
        heard = f"the id cell names several: {found.value}"
        known = {one for answer in said for one in answer.found}
        if not known & set(found.value.split(";")):
            return Match("", "none", f"Contradiction: {heard}, and the name confirms none of them")
    else:
        heard = "no id" if found.kind == "blank" else f"id {found.value!r} cannot be read"
        like = ids.meant(id_cell)
        named = {one for answer in said for one in answer.found}
        if metal in index.by_id.get(like, {}) and named and like not in named:
            return Match("", "none", f"Contradiction: {heard} but is like {like}, and the name is "
                                     f"that of {' or '.join(sorted(named))}")
    return _by_name(index, metal, said, reported, country_text, heard)


def _other(index: Index, typed: str, found: ids.Id) -> str:
    """The id that was typed beside another one, ``""`` where it is the same or none."""
    one = ids.read(typed)
    if one.kind not in ("current", "bare", "old") or found.kind == "blank":
        return ""
    today = [index.old.get(value, (value, ""))[0] for value in (one.value, found.value)]
    return "" if today[0] == today[1] else one.value


def _by_id(index, metal, one, kind, said, reported, country_text, note, own="") -> Match:
    overruled = (metal, one) in index.overruled and own
    # A metal that a source believed first has otherwise is the row's if its own look-up says so.
    known = {of: facility for of, facility in index.by_id[one].items()
             if (of, one) not in index.overruled or overruled and of == metal}
    contested = f"the sources disagree on the metal of {one}" if (
        one in index.contested or overruled) else ""
    if contested and not (own and metal in known):
        return Match("", "none", f"Contested: {contested}")
    if metal not in known and "Multiple" not in known:
        return Match("", "none", f"Contradiction: {one} is a smelter of {' and '.join(known)} "
                                 f"({next(iter(known.values())).name}), the row says {metal}",
                     fault="metal")
    facility = known.get(metal) or known["Multiple"]
    if metal not in known:
        note += "; its source says Multiple and names no metal"
    country = index.country_of(one, evidence.country(country_text))
    fault = "country" if country == "different" else ""
    if fault:
        there = ", ".join(countries.printed(c) for c in sorted(index.countries[one] - {""}))
        note += f"; the reported country is another, its sources say {there}"
    proven = "Id and metal, as the file's own look-up has them; "
    if contested:
        return Match(one, "id", proven + contested + note, facility.place, fault="moved")
    others = [answer for answer in said if answer.how == "contested"
              or answer.found and one not in answer.found]
    if others:
        answer = next((a for a in others if a.how == "contested"), others[0])
        whose = " or ".join(f"{other} ({index.by_id[other][metal].name})"
                            for other in answer.found if other != one)
        if own:
            return Match(one, "id", f"{proven}another source gives the name to {whose}: the "
                                    f"smelter may have a new id{note}", facility.place,
                         fault="moved")
        if answer.how == "contested":
            return Match("", "none", f"Contested: the sources disagree on whose the name is: "
                                     f"{', '.join(answer.found)}")
        return Match("", "none", f"Contradiction: the id is that of {one} ({facility.name}), "
                                 f"the name that of {whose}", fault="name")
    if any(answer.found for answer in said):
        spelled = "the name is known for it" if all(a.found for a in said) else (
            "one of its names is known for it")
        return Match(one, "id", f"Id and metal; {spelled}{note}", facility.place, fault=fault)
    if not reported:
        if kind == "bare":
            return Match("", "none", f"A number without CID, and no name to confirm {one}")
        return Match(one, "id", f"Id and metal; the row gives no name{note}", facility.place,
                     fault=fault)
    return Match(one, "id", f"Id and metal; the name is in no source{note}", facility.place,
                 "bare" if kind == "bare" else "id", fault)


def _by_name(index, metal, said, reported, country_text, heard) -> Match:
    if not reported:
        return Match("", "none", f"No name, and {heard}")
    known = [answer for answer in said if answer.found]
    if any(answer.how == "contested" for answer in known):
        which = ", ".join(next(a.found for a in known if a.how == "contested"))
        return Match("", "none", f"Contested: the sources disagree on whose the name is: {which}")
    if not known:
        others = sorted({m for one in reported for m in index.other_metals(metal, one)})
        where = f"; under {' and '.join(others)} it is known" if others else ""
        return Match("", "none", f"The name is in no source under {metal}{where}; {heard}")
    common = set(known[0].found).intersection(*(answer.found for answer in known[1:]))
    single = [answer for answer in known if len(answer.found) == 1]
    if not common:
        return Match("", "none", "Contradiction: the name chosen and the name typed are of "
                                 "different facilities: "
                                 + ", ".join(sorted({o for a in known for o in a.found})))
    if not single:
        return Match("", "none", "Ambiguous: the name stands for "
                                 + ", ".join(sorted(common)))
    answer = min(single, key=lambda one: ("exact", "form", "other_form").index(one.how))
    one = answer.found[0]
    code = evidence.country(country_text)
    country = index.country_of(one, code)
    if answer.how == "other_form" and country == "different":
        return Match("", "none", f"The name is that of {one} but for another legal form, and the "
                                 f"country is another; {heard}")
    spelled = {"exact": "Name and metal", "form": "Name but for a legal form left out, and metal",
               "other_form": "Name but for another legal form, and metal"}[answer.how]
    unknown = "; the other name is in no source" if len(known) < len(said) else ""
    note = "; the reported country is another" if country == "different" else ""
    check = ("twin" if country == "different" or answer.how == "other_form"
             else "alias" if unknown else "")
    return Match(one, "alias", f"{spelled}{unknown}{note}; {heard}", answer.place, check)


def _decide(answers: list[Match], rows: list[tuple], index: Index,
            decisions: pd.DataFrame | None) -> list[Match]:
    """Applies the analyst's decisions where proof is missing, and names the key of each."""
    known, out = stands(decisions, "match"), []
    for answer, (metal, id_cell, lookup, name, _) in zip(answers, rows, strict=True):
        if answer.match == "none" and metal:
            called = evidence.reported_as(lookup, name, id_cell)
            full = names.keys(called).full.strip()
            line = known.get((metal, full)) if full else None
            answer = _decided(answer, line, metal, index) if line else answer
            answer = answer._replace(key=f"{metal}|{called}" if full else "")
        out.append(answer)
    return out


def _decided(answer: Match, line: dict, metal: str, index: Index) -> Match:
    when = f"Decision {line['id']} of {line['decided_on']}"
    if line["value"] == "none":
        return Match("", "none", f"{when}: no smelter is to be matched. {answer.reason}",
                     decision=line["id"])
    one = line["value"]
    facility = index.by_id.get(one, {}).get(metal) or index.by_id.get(one, {}).get("Multiple")
    if facility is None:
        return Match("", "none", f"{answer.reason}. {when} names {line['value']}, which no source "
                                 f"lists under {metal}")
    return Match(one, "decision", f"{when}. Without it: {answer.reason}", facility.place,
                 decision=line["id"])
