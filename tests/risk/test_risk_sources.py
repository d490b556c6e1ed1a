"""Lists that the user brings: their forms, their dates, and what happens where there is none."""

from datetime import date

import openpyxl
import pandas as pd
import pytest

import risk_year as year
from conflict_minerals.ground import library
from conflict_minerals.ground.errors import InputError
from conflict_minerals.risk import sanctions, sources
from risk_year import ASSURED, PLANT, PRETEND, TIN, flagged


def brought(folder, kind: str, text: str, *, as_of: str = "2019-01-31", **more):
    """Inputs whose lists.yml names one list of that kind with this text."""
    (folder / "lists").mkdir(exist_ok=True)
    (folder / "lists" / f"{kind}.csv").write_text(text, encoding="utf-8")
    line = {"list_id": f"my-{kind}", "file": f"lists/{kind}.csv", "kind": kind}
    return year.inputs(lists=(line | {"source": "Somebody", "as_of": as_of},), **more)


def test_what_is_missing_is_not_provided_and_never_a_zero():
    done = year.run(year.some(ASSURED))
    kinds = done.risk_sources[done.risk_sources["state"] == "not_provided"]["kind"]
    assert set(kinds) == {"cahra", "sanctions", "entities", "index", "production",
                          "member_origins", "origins"}
    states = done.risk_rules.set_index("rule")
    untested = set(states[states["state"] == "not_provided"].index)
    assert untested == {"cahra-country", "declared-cahra", "recycled-gold-cahra",
                        "implausible-origin", "level-cahra", "level-transit",
                        "sanctions-name-review"}
    assert states.loc["cahra-country", "note"] == "Not provided: cahra"
    assert set(states.loc[sorted(untested), "matches"]) == {""}
    # What came to be known later was no zero then either.
    later = set(states[states["state"] == "later_than_review"].index)
    assert later == {"gold-centre", "origin-not-named"}, "gold without mines was known"
    sources = done.risk_sources.set_index("list_id")
    assert sources.loc["gold_hubs", ["rows", "as_of", "state"]].tolist() == [
        1, "2018-12-31", "provided"]
    assert sources.loc["gold_centres", ["rows", "as_of", "state"]].tolist() == [
        0, "", "later_than_review"]


def test_a_cahra_list_flags_location_and_origin_each_by_its_own_rule(tmp_path):
    given = brought(tmp_path, "cahra", "Country;Area\nRussia;Somewhere\nCongo DRC;Ituri\n")
    which = year.some(ASSURED, PLANT)
    rows = year.smelter_rows(which)
    rows.loc[rows["smelter_id"] == "CID900001", "mine_countries_reported"] = "DRC"
    done = year.run(which, rows, given=given, raw=tmp_path)
    assert flagged(done, "cahra-country") == {"CID900002"}
    assert flagged(done, "declared-cahra") == {"CID900001"}
    line = done.risk_sources.query("kind == 'cahra'").iloc[0]
    assert (line["state"], line["rows"], len(line["sha256"])) == ("provided", 2, 64)
    assert set(done.flags.query("rule == 'cahra-country'")["source"]) == {"Somebody"}


def test_a_line_of_a_list_has_its_own_source_and_day(tmp_path):
    text = "country,source,as_of\nRussia,An own note,2019-03-04\nZAF,,\nUSA,,16-May-2019\n"
    given = brought(tmp_path, "cahra", text)
    done = year.run(year.some(ASSURED, PLANT, PRETEND), given=given, raw=tmp_path)
    told = done.flags.query("rule == 'cahra-country'").set_index("smelter_id")
    assert told[["source", "rule_as_of"]].to_dict("index") == {
        "CID900001": {"source": "Somebody", "rule_as_of": "2019-01-31"},
        "CID900002": {"source": "Somebody: An own note", "rule_as_of": "2019-03-04"},
    }


def test_a_list_dated_after_the_review_was_not_known_then(tmp_path):
    given = brought(tmp_path, "cahra", "country\nRussia\n", as_of="2019-05-16")
    which = year.some(PLANT)
    before = year.run(which, given=given, raw=tmp_path)
    assert flagged(before, "cahra-country") == set()
    assert before.risk_sources.query("kind == 'cahra'")["state"].tolist() == ["later_than_review"]
    after = year.run(which, given=given, raw=tmp_path, as_of=date(2019, 5, 16))
    assert flagged(after, "cahra-country") == {"CID900002"}


def test_an_origin_is_implausible_only_where_the_table_speaks_of_the_metal(tmp_path):
    text = "metal,country,quantity\ngold,Peru,150\nGold,Belgium,0\nGold,Mali,W\n"
    given = brought(tmp_path, "production", text)
    which = year.some(ASSURED, PLANT, TIN)
    rows = year.smelter_rows(which, mine_countries_reported="Belgium")
    rows.loc[rows["smelter_id"] == "CID900001", "mine_countries_reported"] = "Peru; Mali"
    done = year.run(which, rows, given=given, raw=tmp_path)
    assert flagged(done, "implausible-origin") == {"CID900002"}


def test_a_country_that_the_summary_of_mining_does_not_name_is_a_soft_flag(tmp_path):
    which = year.some(ASSURED, TIN)
    rows = year.smelter_rows(which, mine_countries_reported="Thailand; Congo (Kinshasa)")
    before = year.run(which, rows, as_of=date(2026, 2, 5))
    assert flagged(before, "origin-not-named") == set()
    done = year.run(which, rows, as_of=date(2026, 2, 6))
    told = done.flags[done.flags["rule"] == "origin-not-named"]
    # It names all but the small producers of tin, tantalum and tungsten; of gold it does not.
    assert told[["smelter_id", "severity", "matched"]].values.tolist() == [
        ["CID900006", "soft", "THA"]]
    text = "metal,country\nTin,Thailand\n"
    given = brought(tmp_path, "production", text)
    own = year.run(which, rows, given=given, raw=tmp_path, as_of=date(2026, 2, 6))
    assert flagged(own, "origin-not-named") == set()
    assert own.flags.query("rule == 'implausible-origin'")["matched"].tolist() == ["COD"]


def test_a_kind_of_list_of_ones_own_needs_lines_of_tables_and_no_code(tmp_path, monkeypatch):
    own = {"kind": "grievances", "needed": "smelter_id", "optional": "metal;stage", "called": "",
           "kept": "smelter_id;metal;stage", "missing": "No list of grievances"}
    real = library.records
    monkeypatch.setattr(sources, "_kinds", sources._kinds.__wrapped__)
    monkeypatch.setattr(library, "records", lambda n: real(n) + [own] * (n == "risk_lists"))
    rule = library.table("flags").iloc[0].to_dict() | {
        "rule": "grievance", "test": "smelter_id is in the table grievances"}
    rules = pd.DataFrame([rule])
    given = brought(tmp_path, "grievances", "Smelter ID,Metal\nCID900001,Gold\nCID900002,\n")
    which = year.some(ASSURED, PLANT, TIN)
    done = year.run(which, given=given, raw=tmp_path, table=rules)
    assert flagged(done, "grievance") == {"CID900001", "CID900002"}
    none = year.run(which, table=rules).risk_rules.iloc[0]
    assert (none["state"], none["note"]) == ("not_provided", "Not provided: grievances")
    wrong = brought(tmp_path, "grievances", "Smelter ID\nnobody\n")
    with pytest.raises(InputError, match="grievances.csv, line 2, smelter_id: 'nobody'"):
        year.run(which, given=wrong, raw=tmp_path, table=rules)


def test_a_rule_on_an_index_waits_for_its_list(tmp_path):
    line = library.table("flags").iloc[0].to_dict() | {
        "rule": "low-index", "test": "index_my-index is below 35", "severity": "soft"}
    table = pd.concat([library.table("flags"), pd.DataFrame([line])])
    which = year.some(ASSURED, PLANT)
    without = year.run(which, table=table).risk_rules.set_index("rule").loc["low-index"]
    assert (without["state"], without["note"]) == ("not_provided", "Not provided: index_my-index")
    given = brought(tmp_path, "index", "country,value\nZAF,30\nRUS,\n")
    done = year.run(which, given=given, raw=tmp_path, table=table)
    assert flagged(done, "low-index") == {"CID900001"}


def test_a_table_that_a_rule_asks_stands_among_the_sources(monkeypatch):
    shipped = pd.DataFrame({"smelter_id": ["CID900001"], "source": ["x"], "as_of": ["2018-01-02"]})
    ours = library.table
    monkeypatch.setattr(library, "table", lambda n: shipped if n == "watched" else ours(n))
    line = ours("flags").iloc[0].to_dict() | {
        "rule": "watched", "test": "smelter_id is in the table watched", "severity": "soft"}
    which = year.some(ASSURED, PLANT)
    done = year.run(which, table=pd.concat([ours("flags"), pd.DataFrame([line])]))
    assert flagged(done, "watched") == {"CID900001"}
    told = done.risk_sources.set_index("list_id").loc["watched"]
    assert told[["kind", "as_of", "rows", "state"]].tolist() == [
        "shipped", "2018-01-02", 1, "provided"]
    without = year.run(which, table=pd.DataFrame([line])).risk_sources
    assert set(without.query("kind == 'shipped'")["list_id"]) == {"events", "watched"}


def test_an_index_is_a_column_that_a_rule_may_ask_and_a_gap_is_no_zero(tmp_path):
    given = brought(tmp_path, "index", "country,value,year\nZAF,30,2016\nZAF,41,2017\nRUS,,2017\n")
    done = year.run(year.some(ASSURED, PLANT), given=given, raw=tmp_path)
    values = done.risk_profile.set_index("smelter_id")["index_my-index"]
    assert values.to_dict() == {"CID900001": "41", "CID900002": ""}


_REST = ",-0-" * 7
SDN = (
    f'36,"INVENTED COPPER ELECTROLYTIC PLANT",-0- ,"EXAMPLE"{_REST},"Made up"\n'
    f'37,"ASSURED REFINERY, Invented","individual","EXAMPLE"{_REST},-0-\n'
    f'38,"UNRELATED LTD",-0-,"EXAMPLE"{_REST},-0-\n'
)


@pytest.mark.parametrize(
    "text",
    [SDN, "name,type\nInvented Copper-Electrolytic Plant,entity\nOther,entity\n",
     "name\nInvented Copper Electrolytic Trading\n"],
)
def test_a_likeness_of_names_is_for_counsel_alone(tmp_path, text):
    given = brought(tmp_path, "sanctions", text)
    which = year.some(ASSURED, PLANT)
    done, without = year.run(which, given=given, raw=tmp_path), year.run(which)
    assert done.sanctions_review["smelter_id"].tolist() == ["CID900002"]
    assert done.sanctions_review["state"].tolist() == ["review"]
    rule = done.risk_rules.set_index("rule").loc["sanctions-name-review"]
    assert (rule["state"], rule["matches"]) == ("tested", "")
    for name in ("risk", "flags", "escalation", "gates_risk", "risk_explained", "origins"):
        frame = getattr(done, name)
        assert frame.equals(getattr(without, name)), name


def test_entity_list_is_compared_with_suppliers_mines_and_reported_names_too(tmp_path):
    text = ("Name of Entity,Effective Date,Remarks\n"
            "Invented Copper Electrolytic Plant,2025-01-14,x\nSham Parts Company,,\n"
            "Feigned Hill Mine,,\nMock Metal Traders,,\n")
    given = brought(tmp_path, "entities", text)
    which = year.some(ASSURED, PLANT)
    rows = year.smelter_rows(which, mines_reported="Feigned Hill Mine; Other Pit")
    trader = rows.iloc[[0]].assign(smelter_id="", name_reported="Mock Metal Traders", row=99)
    rows = pd.concat([rows, trader])
    suppliers = pd.DataFrame({"supplier_id": ["S1"], "supplier_name": ["Sham Parts Company"]})
    found = sanctions.review(
        which, sources.load(tmp_path, given.lists, as_of=year.OWN_DATE).names,
        pd.DataFrame(columns=["kind", "metal", "smelter_id"]), given.decisions,
        others=sanctions.others(rows, suppliers))
    assert found[["subject", "smelter_id", "listed_name"]].values.tolist() == [
        ["facility", "CID900002", "Invented Copper Electrolytic Plant"],
        ["mine", "", "Feigned Hill Mine"], ["reported", "", "Mock Metal Traders"],
        ["supplier", "S1", "Sham Parts Company"]]
    done = year.run(which, rows, given=given, raw=tmp_path)
    assert done.flags.equals(year.run(which, rows).flags), "for counsel alone"


def test_origin_data_of_a_member_are_evidence_and_a_level_is_no_country(tmp_path):
    text = ("Smelter ID,Metal,Countries of Origin,Level,Recycled\n"
            "CID900001,gold,Peru;Mali,,no\nCID900002,Gold,,L3,\nCID900003,Gold,,,Yes\n")
    given = brought(tmp_path, "member_origins", text)
    done = year.run(year.some(ASSURED, PLANT, PRETEND), given=given, raw=tmp_path)
    told = done.origins[["smelter_id", "basis", "country", "as_reported"]].values.tolist()
    assert sorted(told) == [["CID900001", "evidence", "MLI", "Peru;Mali"],
                            ["CID900001", "evidence", "PER", "Peru;Mali"],
                            ["CID900002", "level", "", "Level 3"],
                            ["CID900003", "recycled", "", "Recycled"]]
    basis = done.risk_profile.set_index("smelter_id")["origin_basis"]
    assert basis.to_dict() == {"CID900001": "evidence", "CID900002": "level",
                               "CID900003": "recycled"}
    assert set(done.origins["source"]) == {"Somebody"}
    assert set(done.origins["places"]) == {f"lists/member_origins.csv, line {n}" for n in (2, 3, 4)}
    assert flagged(done, "declared-covered") == set() and flagged(done, "origin-unknown") == set()
    assert flagged(done, "level-cahra") == {"CID900002"} and not flagged(done, "level-transit")
    (place,) = done.flags.loc[done.flags["rule"] == "level-cahra", "evidence"]
    assert place == "lists/member_origins.csv, line 3"


@pytest.mark.parametrize("line, word", [
    ("CID900001,Gold,,L4,", "line 2, level: 'L4' is no level"),
    ("CID900001,Gold,Peru,,partly", "line 2, recycled: 'partly' is neither yes nor no"),
    ("CID900001,Gold,Perru,,", "'Perru' is no known country"),
    ("Aurelia,Gold,Peru,,", "no smelter id"), ("CID900001,Zinc,Peru,,", "none of the four metals")])
def test_origin_data_of_a_member_that_cannot_be_read_stop_the_run(tmp_path, line, word):
    text = f"Smelter ID,Metal,Countries of Origin,Level,Recycled\n{line}\n"
    with pytest.raises(InputError, match=word) as refused:
        year.run(year.some(ASSURED), given=brought(tmp_path, "member_origins", text), raw=tmp_path)
    assert "lists/member_origins.csv" in str(refused.value)


def test_a_level_names_the_congo_and_scrap_and_says_what_was_not_provided(tmp_path):
    text = ("Smelter ID,Metal,Level\nCID900001,Gold,DRC\nCID900002,Gold,R/S\n"
            "CID900003,Gold,Level 2\n")
    done = year.run(year.some(ASSURED, PLANT, PRETEND),
                    given=brought(tmp_path, "member_origins", text), raw=tmp_path)
    told = done.origins.set_index("smelter_id")[["basis", "country"]].values.tolist()
    assert told == [["evidence", "COD"], ["recycled", ""], ["level", ""]]
    assert flagged(done, "level-transit") == {"CID900003"}
    bare = year.run(year.some(ASSURED)).risk_rules.set_index("rule")["state"]
    assert bare[["level-cahra", "level-transit"]].tolist() == ["not_provided"] * 2


def test_lists_of_the_review_are_read_from_workbooks_too(tmp_path):
    book = openpyxl.Workbook()
    for row in ([], ["CAHRA list of the year"], ["Country", "Area", "As of"],
                ["Russia", "x", date(2019, 3, 4)]):
        book.active.append(row)
    (tmp_path / "lists").mkdir()
    book.save(tmp_path / "lists" / "areas.xlsx")
    line = {"list_id": "areas", "file": "areas.xlsx", "kind": "cahra", "source": "Somebody",
            "as_of": "2019-01-31"}
    done = year.run(year.some(PLANT), given=year.inputs(lists=(line,)), raw=tmp_path)
    told = done.flags.query("rule == 'cahra-country'")
    assert told[["smelter_id", "rule_as_of"]].values.tolist() == [["CID900002", "2019-03-04"]]


@pytest.mark.parametrize("metal, rule", [("Gold", {"CID900001"}), ("Tin", set())])
def test_gold_of_a_city_without_mines_is_a_soft_flag(metal, rule):
    which = year.some(ASSURED, TIN)
    rows = year.smelter_rows(which)
    rows.loc[rows["metal"] == metal, "mine_countries_reported"] = "Hong Kong"
    assert flagged(year.run(which, rows), "gold-origin-no-mines") == rule


def test_only_what_a_person_confirms_counts(tmp_path):
    which = year.some(PLANT)
    for value, state, tier, gates in (
        ("sanctions_confirmed", "confirmed", "critical", 1),
        ("sanctions_cleared", "cleared", "medium", 0),
    ):
        given = brought(tmp_path, "sanctions", SDN,
                        decided=({"key": "Gold|CID900002", "value": value},))
        done = year.run(which, given=given, raw=tmp_path)
        assert done.sanctions_review[["state", "decision"]].values.tolist() == [[state, "D-1"]]
        assert done.risk["tier"].tolist() == [tier]
        assert len(done.gates_risk) == gates
        sources = done.flags.query("rule == 'sanctions-confirmed'")
        told = sources[["source", "rule_as_of"]].values.tolist()
        assert told == [["decision D-1 by Working group", "2019-05-01"]] * gates


def test_a_public_notice_by_id_is_a_flag_and_a_line_for_counsel():
    which = year.some(ASSURED).assign(
        smelter_id="CID003185", smelter_name="African Gold Refinery", country="UGA"
    )
    before = year.run(which, as_of=date(2022, 3, 16))
    assert flagged(before, "designated") == set() and before.sanctions_review.empty
    done = year.run(which, as_of=date(2022, 3, 17))
    assert flagged(done, "designated") == {"CID003185"}
    assert done.sanctions_review["list_as_of"].tolist() == ["2022-03-17"]
    assert done.risk["tier"].tolist() == ["high"]


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        ("cahra", "country\nAtlantis\n", "Atlantis.*line 2|line 2.*Atlantis"),
        ("cahra", "area\nIturi\n", "country"),
        ("index", "country,value\nPeru,high\n", "high"),
        ("production", "metal,country\nUnobtainium,Peru\n", "Unobtainium"),
        ("cahra", "country,as_of\nPeru,3/4/2019\n", "line 2, as_of.*only one way"),
    ],
)
def test_a_list_that_cannot_be_read_is_named_with_its_place(tmp_path, kind, text, says):
    given = brought(tmp_path, kind, text)
    with pytest.raises(InputError, match=says) as refused:
        year.run(year.some(ASSURED), given=given, raw=tmp_path)
    assert f"lists/{kind}.csv" in str(refused.value)
