"""Smelter identity on the example years: each row as its maker knows it."""

from collections import Counter
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from conflict_minerals.ground import csvfiles, tables
from conflict_minerals.intake import intake
from conflict_minerals.risk import review
from conflict_minerals.smelters import lists, matching, reference, suggestions
from conflict_minerals.status import changes, classify, effects, history
from conflict_minerals.survey import checks, survey, verdicts
from conflict_minerals.year import inputs

ROOT = Path(__file__).parents[2]
EXPECTED = Path(__file__).parents[1] / "expected"
YEARS = (2018, 2024, 2025)


def expected(name: str) -> pd.DataFrame:
    return pd.read_csv(EXPECTED / name, dtype="str", keep_default_na=False, comment="#")


@cache
def made(year: int) -> SimpleNamespace:
    """The year's tables, made from its inputs step by step."""
    raw = ROOT / "data" / "raw" / str(year)
    given = inputs.load(raw, year)
    as_of = given.program["as_of"]
    got = intake.read_folder(raw / "cmrt")
    entries = lists.load(raw, given.lists)
    known = reference.build(got.lookups, entries, as_of=as_of)
    found = checks.find(got, given, reference=known, as_of=as_of)
    responses, extra = verdicts.judge(got, found, given, year=year, as_of=as_of)
    answers = verdicts.counted(got.answers, responses)
    findings = verdicts.all_findings(found, extra, responses)
    rows = matching.match(verdicts.counted(got.rows, responses), known, given.decisions)
    facilities = classify.facilities(rows, known, entries, as_of=as_of, program=given.program,
                                     decisions=given.decisions)
    suppliers = survey.at_a_glance(given, responses, answers, findings, as_of=as_of)
    left = history.left_lists(entries, known, facilities, as_of=as_of)
    risk = review.review(facilities, rows, answers, given, entries, as_of=as_of, raw=raw,
                         suppliers=suppliers, left_lists=left).risk
    return SimpleNamespace(inputs=given, as_of=as_of, known=known, entries=entries, rows=rows,
                           answers=answers, suppliers=suppliers, facilities=facilities, risk=risk)


@pytest.mark.parametrize("year", YEARS)
def test_every_row_is_what_its_maker_knows(year):
    truth = expected(f"{year}_rows.csv").astype({"row": "int64"})
    rows = truth.merge(made(year).rows, on=["file", "row"], suffixes=("_true", ""), how="left",
                       validate="1:1")
    asked = rows[rows["match_true"] != "any"]
    wrong = asked[(asked["match"] != asked["match_true"])
                  | (asked["smelter_id"] != asked["smelter_id_true"])]
    assert wrong.empty, wrong[["file", "row", "match", "match_reason"]].to_string()
    free = rows[rows["match_true"] == "any"]
    assert (free["smelter_id"] == free["smelter_id_true"]).all()
    assert (rows["match_reason"] != "").all()


def test_297_pairs_each_for_a_reason_that_is_printed():
    year = made(2018)
    facilities = tables.shape(year.facilities, "facilities")
    assert len(facilities) == 297
    assert len(facilities[["name_key", "country"]].drop_duplicates()) == 288
    assert Counter(facilities["status"]) == {"conformant": 253, "active": 2, "indeterminable": 42}
    matched = year.rows[year.rows["smelter_id"] != ""]
    pairs = matched.groupby(["metal", "smelter_id"])["match_reason"].agg(list)
    assert set(facilities[["metal", "smelter_id"]].itertuples(index=False, name=None)) <= set(
        pairs.index)
    kinds = matched.groupby("match")["match_reason"].agg(set).to_dict()
    assert all(reason.startswith("Id and metal") for reason in kinds["id"])
    assert all(reason.startswith("Name") for reason in kinds["alias"])
    assert all(reason.startswith("Decision D-00") for reason in kinds["decision"])
    assert (matched["list_source"] != "").all()


def test_traps_are_caught_and_their_answer_suggested():
    year = made(2018)
    truth = expected("2018_rows.csv").astype({"row": "int64"})
    traps = truth[truth["trap"].str.contains("Swapped|under tantalum|tungsten smelter")]
    rows = traps.merge(year.rows, on=["file", "row"], suffixes=("_true", ""))
    assert len(rows) == 6
    assert rows["match_reason"].str.startswith("Contradiction").all()
    found = suggestions.suggest(rows.assign(match="none"), year.known)
    first = found[found["rank"] == 1].set_index("name_reported")["smelter_id"].to_dict()
    assert first["Morris and Watson"] == "CID002282"
    assert first["H.C. Starck Hermsdorf GmbH"] == "CID002547"
    assert first["Minsur"] == "CID001182"


@pytest.mark.parametrize("year", [2024, 2025])
def test_small_years_count_as_counted_by_hand(year):
    count = expected("small_years.csv").set_index("figure")[str(year)].astype("int64")
    facilities = made(year).facilities
    statuses = facilities["status"].value_counts()
    for status in ("conformant", "active", "indeterminable"):
        assert statuses.get(status, 0) == count[status]
    for metal in ("gold", "tantalum", "tin", "tungsten"):
        assert (facilities["metal"].str.lower() == metal).sum() == count[f"facilities_{metal}"]
    assert (facilities["audit"] == "run_out").sum() == count["audits_run_out"]
    found = effects.figures(made(year).rows, facilities)
    assert found["rows_unmatched"] == count["rows_unmatched"]


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """2025 against the outputs of 2024."""
    folder = tmp_path_factory.mktemp("outputs") / "2024"
    (folder / "tables").mkdir(parents=True)
    then, now = made(2024), made(2025)
    promised = changes.promises(then.inputs.program, then.as_of)
    for name, frame in (("facilities", then.facilities), ("suppliers", then.suppliers),
                        ("answers", then.answers), ("risk", then.risk),
                        ("promises", promised)):
        (folder / "tables" / f"{name}.csv").write_bytes(
            csvfiles.to_csv(tables.shape(frame, name)))
    return changes.compare({
        "facilities": now.facilities, "suppliers": now.suppliers, "answers": now.answers,
        "risk": now.risk, "promises": changes.promises(now.inputs.program, now.as_of)}, folder)


def test_2025_against_2024_is_the_hand_written_answer(compared):
    """``tests/expected/2025_changes.csv``, line by line."""
    words = {"added": "facility_added", "removed": "facility_removed",
             "renamed": "facility_renamed", "status": "status_changed",
             "gained": "supplier_gained", "lost": "supplier_lost",
             "responded": "supplier_answered", "tier": "tier_changed"}
    got = [(words[row.change], f"{row.metal}|{row.smelter_id}", row.before, row.now)
           for row in compared["facilities_changed"].itertuples()]
    got += [(words[row.change], row.supplier_id, row.before, row.now)
            for row in compared["suppliers_changed"].itertuples()]
    got += [("answer_flipped", f"{row.supplier_id}|{row.question}|{row.metal}", row.before,
             row.now) for row in compared["answers_flipped"].itertuples()]
    got += [("promise", row.id, row.before, row.state)
            for row in compared["promises"].itertuples() if row.made_in == "2024"]
    answer = expected("2025_changes.csv")
    assert sorted(got) == sorted(answer[["kind", "key", "before", "after"]].itertuples(
        index=False, name=None))


def test_changes_stand_in_one_table_for_the_picture(compared):
    for name, frame in compared.items():
        tables.shape(frame, name)
    every = tables.shape(changes.together(compared, 2025), "changes")
    assert Counter(every["area"]) == {"facilities": 7, "suppliers": 4, "answers": 5, "promises": 4}


def test_promise_that_is_not_mentioned_any_more_is_shown(compared, tmp_path):
    (tmp_path / "tables").mkdir()
    now = made(2025)
    for name, frame in (("facilities", now.facilities), ("suppliers", now.suppliers),
                        ("answers", now.answers)):
        (tmp_path / "tables" / f"{name}.csv").write_bytes(csvfiles.to_csv(frame))
    old = changes.promises({"promises": [
        {"id": "forgotten", "text": "-1 open end", "made_in": 2024, "due": "2025-01-31"},
        {"id": "done", "text": "B", "made_in": 2024, "state": "kept"}]}, now.as_of)
    assert old["overdue"].tolist() == [True, False]
    (tmp_path / "tables" / "promises.csv").write_bytes(csvfiles.to_csv(old))
    found = changes.compare({"facilities": now.facilities, "suppliers": now.suppliers,
                             "answers": now.answers}, tmp_path)
    assert found["facilities_changed"].empty and found["answers_flipped"].empty
    assert found["promises"][["id", "text", "state"]].values.tolist() == [
        ["forgotten", "-1 open end", "not_mentioned"]]


def test_first_year_is_compared_with_nothing():
    now = made(2018)
    found = changes.compare({"facilities": now.facilities, "suppliers": now.suppliers,
                             "answers": now.answers}, None)
    assert [len(frame) for frame in found.values()] == [0, 0, 0, 0]
