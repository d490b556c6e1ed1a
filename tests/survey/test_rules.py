"""Each rule has a file that breaks it and one that does not, read and checked as any other."""

import re
from pathlib import Path

import pandas as pd
import pytest

import rule_examples as examples
from conflict_minerals.cmrt import reader
from conflict_minerals.cmrt.cells import address, position
from conflict_minerals.ground import csvfiles
from conflict_minerals.survey import checks, verdicts
from conflict_minerals.survey.checks_base import CHECKS, rules
from declarations import AS_OF, YEAR, Form, inputs, known, read


def _files(name, build):
    made = build()
    files = made if isinstance(made, dict) else {"a.xlsx": made}
    return {f"{name}/{file}": form.bytes() if isinstance(form, Form) else form
            for file, form in files.items()}


def _year_before(taken, folder):
    """Outputs of the year before: the same declarations, each rule's own with a change."""
    def mine(table, rule, ending="fires"):
        return table["supplier_id"] == f"{rule}-since-last-year-{ending}"

    suppliers = [s for s in set(taken.rows["supplier_id"]) if "last-year" in s]
    rows, answers, files = (
        table[table["supplier_id"].isin(suppliers)].copy() for table in (
            taken.rows, taken.answers, taken.files.assign(counted="true")))
    tin = mine(rows, "smelters-gone") & (rows["metal"] == "Tin")
    rows.loc[tin, ["smelter_id_reported", "name_reported"]] = "CID900003", "Estanho do Sul S.A."
    tungsten = rows["metal"] == "Tungsten"
    for ending, kept in (("fires", 1), ("silent", 2)):  # of five: four are new, or three
        old = mine(rows, "list-replaced", ending) & tungsten
        for n, at in enumerate(rows.index[old][kept:]):
            rows.loc[at, ["smelter_id_reported", "name_reported"]] = f"CID9009{n:02d}", f"Old {n}"
    for ending, topic in (("fires", "covered_countries"), ("silent", "recycled_scrap")):
        turned = mine(answers, "answer-flipped", ending) & (answers["topic"] == topic)
        answers.loc[turned, "answer"] = "Yes"
    files.loc[mine(files, "scope-changed"), "scope"] = "product"
    files.loc[mine(files, "scope-changed", "silent"), "scope"] = "user_defined"
    later = files["supplier_id"] != "same-declaration-as-last-year-fires"
    files.loc[later, "effective_date"] = "2023-06-01"
    (folder / "tables").mkdir()
    for name, table in (("smelter_rows", rows), ("responses", files), ("answers", answers)):
        (folder / "tables" / f"{name}.csv").write_bytes(csvfiles.to_csv(table))
    return folder


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    """What is found in all examples, lying in one folder, a supplier each."""
    files = {}
    for kind, table in (("fires", examples.FIRES), ("silent", examples.SILENT)):
        for rule, build in table.items():
            files |= _files(f"{rule}-{kind}", build)
    for name, build in examples.TWINS.items():
        files |= _files(name, build)
    taken = read(files, tmp_path_factory.mktemp("cmrt"))
    suppliers = sorted({file.split("/")[0] for file in files} - examples.STRAYS)
    year = inputs(
        [(s, examples.ROSTER.get(s, "Example Parts GmbH")) for s in suppliers],
        decisions=examples.DECISIONS, products=examples.PRODUCTS, product_level_asked=True)
    served = year.suppliers["supplier_id"].str.startswith("requested-product")
    year.suppliers.loc[served, "products"] = "Handheld analyzer HA-1"
    findings = checks.find(taken, year, reference=known(taken), as_of=AS_OF,
                           against=_year_before(taken, tmp_path_factory.mktemp("before")))
    _, extra = verdicts.judge(taken, findings, year, year=YEAR, as_of=AS_OF)
    every = pd.concat([findings, extra])
    return every.assign(example=every["file"].str.split("/").str[0])


@pytest.fixture(scope="module")
def found(findings):
    """Rules found by example."""
    return findings.groupby("example")["rule"].agg(set).to_dict()


@pytest.mark.parametrize("rule", rules().index)
def test_rule_fires_and_stays_silent(found, rule):
    assert rule in examples.FIRES and rule in examples.SILENT, "no example"
    assert rule in found.get(f"{rule}-fires", set())
    assert rule not in found.get(f"{rule}-silent", set())


def test_every_check_has_its_rule_and_every_rule_its_check():
    by = rules()["by"]
    assert set(by[by.isin(["checks", "completeness"])].index) == set(CHECKS)
    # The reader names its rules as the first word of what it notices.
    source = "".join(p.read_text() for p in Path(reader.__file__).parent.glob("*.py")
                     if not p.name.startswith(("checks", "verdicts", "completeness")))
    noticed = set(re.findall(
        r"(?:problem\(\s*|problems\.append\(\[|notes\.append\(\()\"([a-z]+(?:-[a-z]+)+)\"", source))
    assert noticed and noticed <= set(by[by == "reader"].index)


def test_examples_are_of_rules_there_are():
    assert set(examples.FIRES) == set(examples.SILENT) == set(rules().index)


def test_rule_table_is_whole():
    table = rules()
    assert not table.index.duplicated().any()
    assert set(table["severity"]) == {"error", "warning", "info"}
    letters = table[table["letter"] != ""]
    assert (letters["action"] != "").all(), "a rule in letters must say what to do"
    assert (table[["meaning", "message", "source", "as_of", "grain"]] != "").all().all()


def test_a_finding_weighs_what_is_expected_of_its_rule(tmp_path):
    taken = read({"s/a.xlsx": Form().bytes()}, tmp_path)
    weight = dict.fromkeys(rules().index, "warning")
    weight |= dict.fromkeys(examples.ERRORS, "error") | dict.fromkeys(examples.REMARKS, "info")
    places = pd.DataFrame({"rule": list(weight), "file": "s/a.xlsx", "metal": "", "sheet": "",
                           "cell": "", "found": "", "expected": ""})
    findings = checks.finish(places, taken, inputs(["s"]))
    assert dict(zip(findings["rule"], findings["severity"], strict=True)) == weight


def test_a_finding_stands_where_its_rule_is_said_to_be_about(findings):
    """Header, answers below it, a line of a list; what is about the file needs no cell."""
    findings = findings[findings["example"] == findings["rule"] + "-fires"]
    about = findings["rule"].map(rules()["grain"])
    line = pd.to_numeric(findings["cell"].str.extract(r"(\d+)$")[0])
    header = (findings["sheet"] == "Declaration") & (line < 25)
    stands = {"row": (findings["sheet"] == "Smelter List") & line.notna(),
              "product": findings["sheet"] == "Product List",
              "field": header | (findings["rule"] == "error-value"),
              "answer": (findings["sheet"] == "Declaration") & (line >= 25),
              "file": line.isna() | findings["rule"].isin(examples.OF_THE_FILE)}
    astray = {(row.rule, grain, row.sheet, row.cell) for grain, there in stands.items()
              for row in findings[(about == grain) & ~there].itertuples()}
    assert astray == set()


def test_good_declaration_gives_no_finding(found):
    assert found.get("extension-differs-silent", set()) == {"company-scope-though-products-asked"}


def test_a_legal_form_that_is_written_otherwise_contradicts_no_folder(found):
    signed_otherwise = found.get("company-question-unanswered-silent", set())
    assert "company-name-contradicts-folder" not in signed_otherwise


def test_what_a_line_lets_follow_from_its_id_is_not_said_to_be_missing(found):
    wrong = {"smelter-metal-missing", "smelter-name-missing", "smelter-country-missing"}
    assert not found["row-derived-fires"] & wrong


def test_finding_stands_where_the_reader_followed_a_moved_column(tmp_path):
    form = Form()
    form.smelters[0] |= {"country": "Ruritania", "mines": "Pit 7", "recycled": "Yes"}

    def insert(sheets):
        """A column put in before the third, under the headers that the templates have."""
        old = sheets["Smelter List"]
        old |= {"B4": "Metal (*)", "C4": "Smelter Look-up (*)", "D4": "Smelter Name (1)",
                "E4": "Smelter Country (*)", "F4": "Smelter Identification",
                "G4": "Source of Smelter Identification Number", "H4": "Smelter Street",
                "I4": "Smelter City", "Q4": "Comments"}
        new = {}
        for at, value in old.items():
            row, column = position(at)
            new[address(row, column + (column > 2))] = value
        return {**sheets, "Smelter List": new}

    form.edit(insert)
    taken = read({"s/a.xlsx": form.bytes()}, tmp_path)
    findings = checks.find(taken, inputs(["s"]), reference=known(taken), as_of=AS_OF)
    there = findings.set_index("rule")[["cell", "found"]]
    assert there.loc["smelter-country-unknown"].tolist() == ["F5", "Ruritania"]
    assert there.loc["recycled-row-names-mine"].tolist() == ["O5", "Pit 7"]
    assert form.sheets()["Smelter List"]["O5"] == "Pit 7"
