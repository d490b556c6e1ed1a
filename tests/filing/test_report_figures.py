"""Figures: what they come to, that their predicates prove them, and what has to add up."""

import json

import duckdb
import pandas as pd
import pytest

from conflict_minerals.filing.claims import figures
from conflict_minerals.filing.documents import annex
from conflict_minerals.ground import csvfiles, library, tables
from conflict_minerals.ground.errors import InputError
from report_year import example, facilities, frames, given, make, suppliers


def values(built) -> dict:
    return dict(zip(built.figures["id"], built.figures["value"], strict=True))


def test_the_published_figures_of_2018():
    found = values(example())
    published = {
        "suppliers_surveyed": 8, "suppliers_responded": 8, "suppliers_no_covered_country": 1,
        "response_rate": 1.0, "facilities": 297, "facilities_distinct": 288, "conformant": 253,
        "active": 2, "indeterminable": 42, "facilities_africa": 2, "indeterminable_africa": 0,
        "facilities_gold": 133, "facilities_tin": 81, "facilities_tungsten": 42,
        "facilities_tantalum": 41, "annex_rows": 297,
    }  # fmt: skip
    assert {id: found[id] for id in published} == published


def test_figures_once_published_stand_beside_ours_as_information():
    built = example()
    differing = built.published[~built.published["same"]]
    assert differing["id"].tolist() == ["indeterminable_africa"]
    assert differing.iloc[0]["published"] == 2 and differing.iloc[0]["computed"] == 0
    assert "not reproduced" in differing.iloc[0]["note"]
    assert built.gates.empty


@pytest.mark.parametrize("reader", ["read_csv_auto('{}')", "read_csv('{}', all_varchar=true)"])
def test_each_predicate_over_its_csv_gives_the_figure(tmp_path, reader):
    built = example()
    con = duckdb.connect()
    for name, frame in (frames() | built.tables).items():
        (tmp_path / f"{name}.csv").write_bytes(csvfiles.to_csv(frame))
        con.execute(f"CREATE TABLE {name} AS FROM {reader.format(tmp_path / f'{name}.csv')}")
    stated = json.loads(built.files["figures.json"])
    differing = {}
    for id, entry in stated.items():
        if entry["how"].startswith("ratio:"):
            over, under = entry["how"].removeprefix("ratio:").split("/")
            counted = stated[over]["value"] / stated[under]["value"]
        elif entry["how"] == "count":
            sql = f"SELECT count(*) FROM {entry['table']} WHERE {entry['where']}"
            counted = con.execute(sql).fetchone()[0]
        else:
            columns = entry["how"].removeprefix("distinct:")
            sql = f"SELECT DISTINCT {columns} FROM {entry['table']} WHERE {entry['where']}"
            counted = len(con.execute(sql).fetchall())
        if counted != entry["value"]:
            differing[id] = (counted, entry["value"])
    assert len(stated) > 200 and not differing


def test_figures_json_has_the_form_that_scripts_rely_on():
    stated = json.loads(example().files["figures.json"])
    assert list(stated) == sorted(stated)
    assert all(set(e) == {"value", "text", "table", "where", "how"} for e in stated.values())
    assert stated["conformant"] == {
        "value": 253, "text": "253", "table": "facilities",
        "where": "status = 'conformant'", "how": "count",
    }  # fmt: skip
    assert stated["response_rate"]["how"] == "ratio:suppliers_responded/suppliers_surveyed"
    assert stated["response_rate"]["text"] == "100%"


def test_recount_says_what_a_changed_table_comes_to(tmp_path):
    built = example()
    both = built.figures[built.figures["id"].isin(["facilities", "files_counted"])]
    shorter = facilities().drop(index=0)
    (tmp_path / "facilities.csv").write_bytes(csvfiles.to_csv(shorter))
    assert figures.recount(both, tmp_path) == {"facilities": 296, "files_counted": None}


@pytest.mark.parametrize("asked", [
    "COPY (SELECT 1) TO '{0}'", "SELECT * FROM read_text('/etc/hostname')", "ATTACH '{0}'",
    "SET enable_external_access = true", "SET lock_configuration = false", "INSTALL httpfs",
])  # fmt: skip
def test_the_engine_of_figures_reaches_no_file_and_cannot_be_unlocked(tmp_path, asked):
    con = figures.engine({"t": pd.DataFrame({"a": ["1", ""]})}, "SELECT count(a) FROM t")
    assert con.execute("SELECT count(a) FROM t").fetchone() == (1,)
    with pytest.raises(duckdb.Error):
        con.execute(asked.format(tmp_path / "planted"))
    assert list(tmp_path.iterdir()) == []


def test_a_value_with_braces_or_quotes_is_compared_and_never_filled_in():
    rule = "{status}' OR '{covered}"
    made = figures.compute({"flags": pd.DataFrame(
        {"rule": [rule], "metal": ["Tin"], "smelter_id": ["x"], "severity": ["red"]}
    )})  # fmt: skip
    one = made[made["where"].str.startswith("rule = ")]
    assert one["where"].tolist() == ["rule = '{status}'' OR ''{covered}'"]
    assert one["value"].tolist() == [1]


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (1234567, "count", "1,234,567"),
        (0, "count", "0"),
        (0.875, "percent", "87.5%"),
        (1.0, "percent", "100%"),
        (0.99999, "percent", "99.9%"),
        (0.00001, "percent", "0.1%"),
        (0.0, "percent", "0%"),
        (None, "percent", "not applicable"),
    ],
)
def test_a_figure_is_printed_as_what_it_is(value, form, text):
    assert figures.printed(value, form) == text


def test_a_rate_of_nobody_is_unknown():
    nobody = suppliers().iloc[:0]
    found = figures.compute({"suppliers": nobody}).set_index("id")
    assert found.at["response_rate", "value"] is None
    assert found.at["suppliers_surveyed", "value"] == 0


def test_a_facility_without_a_country_is_counted_once():
    rows = facilities(2)
    rows["country"] = ""
    rows["name_key"] = "the same"
    rows["region"] = ""
    found = figures.compute({"facilities": rows}).set_index("id")["value"]
    assert (found["facilities"], found["facilities_distinct"], found["countries"]) == (2, 1, 0)


def test_values_of_a_table_cannot_break_out_of_a_predicate():
    flag = {"metal": "Gold", "smelter_id": "CID000001", "rule": "it's ' OR TRUE", "severity": "red",
            "axis": "origin", "matched": "x", "reason": "x", "source": "x",
            "rule_as_of": "2019-01-01", "evidence": ""}  # fmt: skip
    other = flag | {"rule": "another", "smelter_id": "CID000002"}
    flags = tables.shape(pd.DataFrame([flag, other]), "flags")
    found = figures.compute({"flags": flags}).set_index("id")
    assert found.at["flagged_it_s_or_true", "value"] == 1


def test_an_annex_that_lost_a_row_does_not_reconcile():
    counted = frames()
    program = given().program
    counted["annex_i"] = annex.annex_i(counted["facilities"], program).iloc[1:]
    gates = figures.reconcile(figures.compute(counted), program)
    assert set(gates["subject"]) == {"annex_rows", "annex_rows_gold"}
    assert "annex_rows is 296, facilities is 297" in gates["reason"].tolist()[0]


@pytest.mark.parametrize("ground", ["no_list", "expired", "denied", "retired", "unclear",
                                    "decided"])
def test_a_flag_that_stands_on_other_facilities_than_its_reason_says_does_not_reconcile(ground):
    rows = facilities(6).assign(status="indeterminable", status_ground=ground)
    counted = frames(facilities=rows)
    program = given().program
    assert figures.reconcile(figures.compute(counted), program).empty
    counted["flags"] = counted["flags"].iloc[1:]
    reason = figures.reconcile(figures.compute(counted), program)["reason"].tolist()
    assert len(reason) == 1 and "so flagged: " in reason[0] and "is 5" in reason[0]
    counted["flags"] = counted["flags"].iloc[:0]  # and where the rule matched nothing at all
    assert "is 0" in figures.reconcile(figures.compute(counted), program)["reason"].tolist()[0]


def test_tiers_of_fewer_facilities_do_not_reconcile():
    counted = frames()
    counted["risk"] = counted["risk"].iloc[1:]
    gates = figures.reconcile(figures.compute(counted), given().program)
    assert gates["gate"].eq("reconcile").all() and "facilities" in set(gates["subject"])


def test_an_annex_of_what_is_not_conformant_reconciles_with_what_it_leaves_out():
    built = make(frames(), annex={"rows": "not_conformant"})
    assert values(built)["annex_rows"] == 44
    assert len(built.tables["annex_i"]) == 44
    assert built.gates.empty


def test_the_annex_prints_the_years_own_labels_in_the_order_asked_for():
    program = given(annex={"order": "metal_name"}).program
    made = annex.annex_i(facilities(), program)
    assert set(made["status_label"]) == {"Conformant", "Active", "Indeterminable"}
    gold = made.loc[made["metal"] == "Gold", "smelter_name"].tolist()
    assert gold == sorted(gold) and made["metal"].is_monotonic_increasing


def test_a_product_is_in_scope_when_completed_and_in_need_of_a_metal():
    made = annex.products(given().products).set_index("product")["in_scope"]
    assert made.to_dict() == {
        "Scanner appliance SA-100": False,
        "Scanner appliance SA-200": True,
        "Scanner appliance SA-400": True,
    }


def test_a_figure_defined_twice_is_an_error(monkeypatch):
    twice = pd.concat([library.table("figures").head(1)] * 2)
    read = {"figures": twice, "covered_countries": library.table("covered_countries")}
    monkeypatch.setattr(library, "table", read.__getitem__)
    with pytest.raises(InputError, match="defines twice products_listed"):
        figures.definitions({})
