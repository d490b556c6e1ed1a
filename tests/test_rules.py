"""Each rule has a file that breaks it and one that does not, read and checked as any other."""

import re
from pathlib import Path

import pandas as pd
import pytest

import rule_examples as examples
from declarations import AS_OF, YEAR, Form, inputs, known, read
from helpers.ingestion import checks, reader, verdicts
from helpers.ingestion.checks_base import CHECKS, rules


def _files(name, build):
    made = build()
    files = made if isinstance(made, dict) else {"a.xlsx": made}
    return {f"{name}/{file}": form.bytes() if isinstance(form, Form) else form
            for file, form in files.items()}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Rules found by example, all examples lying in one folder, a supplier each."""
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
    findings = checks.find(taken, year, reference=known(taken), as_of=AS_OF)
    _, extra = verdicts.judge(taken, findings, year, year=YEAR, as_of=AS_OF)
    every = pd.concat([findings, extra])
    return every.groupby(every["file"].str.split("/").str[0])["rule"].agg(set).to_dict()


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


def test_documentation_is_current():
    document = Path(__file__).parents[1] / "docs" / "rules.md"
    assert document.read_text(encoding="utf-8") == checks.documentation(), (
        "run: python -m helpers.ingestion.checks > docs/rules.md")


def test_good_declaration_gives_no_finding(found):
    assert found.get("extension-differs-silent", set()) == {"company-scope-though-products-asked"}
