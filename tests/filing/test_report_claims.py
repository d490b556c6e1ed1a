"""Claims: what each sentence rests on, what lacks, and which claims fall when a file changes."""

import html
import random
import re

import pytest

from conflict_minerals.filing.claims import proof, registry
from conflict_minerals.filing.documents import document, markdown
from conflict_minerals.ground import conditions, csvfiles, library, tables
from conflict_minerals.ground.errors import InputError
from report_year import example, facilities, frames, given, make, small, text


def own(tmp_path, words: str):
    """The report with a section of the year's own words in it."""
    (tmp_path / "report_changes.md").write_text(f"## Changes {{#changes}}\n\n{words}\n")
    return make(folder=tmp_path)


# What a claim rests on


def test_every_claim_of_the_example_resolves_to_evidence():
    register = example().register
    assert len(register.claims) > 120 and (register.claims["missing"] == "").all()
    rests = register.claims["figures"] + register.claims["evidence"]
    assert (rests != "").all() and (register.claims["owner"] != "nobody").all()
    assert register.gates.empty


def test_a_claim_names_its_figures_with_their_rows_and_its_facts_with_their_documents():
    register = example().register
    mine = register.figures[register.figures["claim"] == "results-status"].set_index("figure")
    assert mine.at["indeterminable", "where"] == "status = 'indeterminable'"
    assert mine.at["indeterminable", "text"] == "42"
    fact = register.evidence[register.evidence["claim"] == "step1-policy"].iloc[0]
    assert (fact["kind"], fact["dated"], fact["owner"]) == ("fact", "2018-03-01", "Legal")
    assert fact["detail"] == "evidence/code-of-business-conduct-2018.txt"
    assert fact["sha256"] == given().files.set_index("file")["sha256"][fact["detail"]]
    file = register.evidence.query("claim == 'form-scope' and kind == 'file'").iloc[0]
    hashes = given().files.set_index("file")["sha256"]
    assert file["sha256"] == hashes["products.csv"]


def test_the_figures_of_a_table_belong_to_the_claim_of_its_caption():
    figures = example().register.figures
    mine = set(figures.loc[figures["claim"] == "results-status-table", "figure"])
    assert {"facilities", "conformant_gold", "indeterminable_tantalum"} <= mine
    assert len(mine) == 20


WITHOUT = {
    "We visited a smelter.": "names no claim",
    "The Company visited a smelter.": "names no claim",
    "There are {{ fig('facilities') }}.": "names no claim",
    "{{ fact('policy') }}": "names no claim",
    "{{ table('answers') }} Answers.": "names no claim",
    "We visited a smelter. [#a]": "needs a fact of program.yml",
    "We visited a smelter. [#b; file:visit.pdf]": "visit.pdf is not among the inputs",
    "We visited a smelter. [#c; fact:visit]": "fact visit is blank",
    "We visited a smelter. [#d; table:visits]": "table visits is not there",
    "We visited a smelter. [#e; figure:visits]": "figure visits is not known",
    "We visited a smelter. [#f; decision:D-999]": "decision D-999 is not recorded",
    "We visited a smelter. [#g; setting:form.ground]": "setting form.ground is blank",
    "We visited a smelter. [#h; rumour:it]": "rumour:it is no kind of evidence",
}


def test_a_sentence_without_evidence_closes_the_gate_and_is_quoted(tmp_path):
    gates = own(tmp_path, "\n\n".join(WITHOUT)).gates
    assert gates["gate"].eq("claim").all() and len(gates) == len(WITHOUT)
    for number, reason in enumerate(WITHOUT.values()):
        place = f"wording/report_changes.md line {3 + 2 * number}: "
        mine = gates.loc[gates["reason"].str.contains(place, regex=False), "reason"].tolist()
        assert len(mine) == 1 and reason in mine[0]


def test_a_sentence_that_claims_nothing_or_proves_it_passes(tmp_path):
    words = [
        "Mining is hard work. [#position]",
        "What {{ word('programme.initiative_short') }} is needs no proof. [#definition]",
        "We keep a record of it. [#a; kind:procedure; decision:D-001]",
        "We know it. [#b; kind:position; decision:match|Tungsten\\|Kennametal (Fallon works)]",
        "We wrote to a smelter. [#c; file:correspondence.csv]",
        "We communicated it. [#d; fact:supplier_engagement]",
    ]
    assert own(tmp_path, "\n\n".join(words)).gates.empty


def test_a_fact_without_its_document_is_no_evidence():
    facts = [dict(f) for f in given().program["facts"]]
    next(f for f in facts if f["id"] == "team").update(document="")
    gates = make(facts=facts).gates
    reason = gates.loc[gates["subject"] == "step1-team", "reason"].iloc[0]
    assert "fact team: it names no document" in reason


def test_the_law_is_no_evidence_before_counsel_confirmed_it():
    built = make(form={"law_confirmed_by": ""})
    claims = built.register.claims.set_index("claim")["missing"]
    assert "not confirmed" in claims["def-rule"] and "not confirmed" in claims["def-minerals"]
    assert built.gates["reason"].str.contains("not confirmed").sum() == 1


def test_two_sentences_cannot_be_one_claim(tmp_path):
    with pytest.raises(InputError, match="wording/report_changes.md, line 3: two sentences"):
        own(tmp_path, "We rest. [#def-rule; table:suppliers]")


def test_a_promise_left_blank_is_seen():
    blank = {"id": "p", "text": "", "made_in": 2018, "due": None, "state": "open", "outcome": "",
             "document": "", "owner": ""}  # fmt: skip
    assert "program.yml promises p text" in set(make(promises=[blank]).gates["subject"])


# The 29 checks


def test_all_29_checks_have_their_place():
    checks = example().checks.set_index("check")
    assert len(checks) == 29
    assert checks["document"].value_counts().to_dict() == {"report": 18, "form": 11}
    assert checks["state"].drop("CMR-18").eq("there").all()
    assert checks.at["CMR-18", "state"] == "not_due"
    for row in checks.drop("CMR-18").itertuples():
        blocks = example().documents[row.document].blocks
        assert row.section in {block.anchor for block in blocks}, row.Index
        assert row.text == "" or row.text in text(example(), row.document)


def test_the_exclusion_of_old_stock_has_its_place_where_it_is_used():
    fact = {"id": "outside_supply_chain", "text": "Some tin was refined in 2012.", "document": "d",
            "date": "2018-01-01", "owner": "Legal", "web_address": ""}  # fmt: skip
    built = make(facts=[*given().program["facts"], fact])
    assert built.checks.set_index("check").at["CMR-18", "state"] == "there"
    assert "before January 31, 2013. Some tin was refined in 2012." in text(built)


def test_a_section_that_lost_its_points_is_seen(tmp_path):
    rows = library.table("checklist").set_index("check")
    words = library.text("wording/report_results.md")
    for check in ("CMR-10", "CMR-11", "CMR-12"):
        claim = conditions.parse(rows.at[check, "answered_by"]).clauses[0].values[0]
        words = re.sub(rf"\[#{claim}[^\]]*\]", "", words)
    (tmp_path / "report_results.md").write_text(words)
    checks = make(folder=tmp_path).checks.set_index("check")["state"]
    lost = checks[checks == "missing"].index.tolist()
    assert lost == ["CMR-10", "CMR-11", "CMR-12"]


def test_each_check_names_claims_that_some_template_makes():
    folder = library.path("wording")
    words = " ".join(p.read_text() for p in folder.iterdir() if p.name.endswith(".md"))
    for row in library.table("checklist").itertuples():
        for clause in conditions.parse(row.answered_by).clauses:
            sign = {"claim": "[#", "section": "{#"}[clause.column]
            assert all(f"{sign}{place}" in words or f"claim = '{place}'" in words
                       for place in clause.values), row.check


# Afterwards, from the files alone


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    """Outputs of a year as they are written."""
    folder = tmp_path_factory.mktemp("outputs")
    for name in ("tables", "report"):
        (folder / name).mkdir()
    built = small()
    for name, frame in (frames(facilities=facilities(12)) | built.tables).items():
        (folder / "tables" / f"{name}.csv").write_bytes(csvfiles.to_csv(frame))
    for path, data in built.files.items():
        (folder / path).write_bytes(data)
    return folder


def test_a_year_as_it_was_left_proves_itself(year):
    assert proof.check(year).empty


def test_a_changed_figure_names_the_claims_that_print_it(year):
    path = year / "figures.json"
    ours = path.read_bytes()
    path.write_bytes(ours.replace(b'"text": "100%"', b'"text": "90%"'))
    found = proof.check(year)
    path.write_bytes(ours)
    printing = {"form-rcoi-response", "inquiry-response", "inquiry-survey-table"}
    assert printing == set(found["subject"])
    assert found["reason"].str.contains("response_rate").all()


@pytest.mark.parametrize("table", ["claim_figures", "claim_evidence"])
def test_a_line_gone_from_the_register_names_its_claim(year, table):
    path = year / "tables" / f"{table}.csv"
    ours = path.read_bytes()
    lines = ours.splitlines(keepends=True)
    claim = lines[41].split(b",")[0].decode()
    path.write_bytes(b"".join(lines[:41] + lines[42:]))
    found = proof.check(year)
    path.write_bytes(ours)
    assert found["subject"].tolist() == [claim]


def test_changed_sentences_name_their_claims(year):
    """Letters or digits at random places of claimed sentences, each found and named."""
    dice = random.Random(20190515)
    places = []
    for made in small().documents.values():
        page = (year / "report" / f"{made.name}.htm").read_text()
        for _, sentence in made.sentences():
            said = html.escape(sentence.text).encode("ascii", "xmlcharrefreplace").decode()
            if sentence.claim and len(said) > 20 and said in page:
                places.append((made.name, sentence.claim, page.index(said), said))
    assert len(places) > 60
    for name, claim, start, said in dice.sample(places, 25):
        path = year / "report" / f"{name}.htm"
        ours = path.read_text()
        spot = start + dice.choice([i for i, c in enumerate(said[:40]) if c.isalnum()])
        path.write_text(ours[:spot] + ("x" if ours[spot] != "x" else "y") + ours[spot + 1 :])
        found = set(proof.check(year)["subject"])
        path.write_text(ours)
        assert claim in found, said


def test_changed_cells_name_the_claim_of_their_table(year):
    path = year / "report" / "conflict-minerals-report.htm"
    ours = path.read_text()
    cells = list(re.finditer(r">(\d+)</td>", ours))
    dice = random.Random(7)
    tables_of = {s.claim for b, s in small().documents["report"].sentences() if b.table}
    for cell in dice.sample(cells, 10):
        path.write_text(f"{ours[:cell.start(1)]}{int(cell[1]) + 1}{ours[cell.end(1):]}")
        found = proof.check(year)
        path.write_text(ours)
        assert len(found) == 1 and found.iloc[0]["subject"] in tables_of
        assert found.iloc[0]["reason"] == f"its table in report/{path.name} was changed"


@pytest.mark.parametrize(
    ("changed", "among", "apart"),
    [
        ("tables/facilities.csv", "results-status", "step1-policy"),
        ("tables/suppliers.csv", "inquiry-response", "results-status"),
        ("input cmrt/alder/CMRT.xlsx", "inquiry-response", "step1-policy"),
        ("input lists/conformant-smelters-2018.xml", "results-status", "step1-policy"),
        ("input lists.yml", "design-lists", "step1-policy"),
        ("input products.csv", "form-scope", "results-status"),
        ("input program.yml", "step1-policy", "results-status"),
        ("input correspondence.csv", "step3-messages", "results-status"),
        ("input wording/report_steps.md", "step1-engagement", "results-status"),
    ],
)
def test_a_changed_file_names_the_claims_that_rest_on_it(year, changed, among, apart):
    found = set(proof.check(year, [changed])["subject"])
    assert among in found and apart not in found


def test_word_documents_are_read_as_the_pages_are(year):
    path = year / "report" / "form-sd.docx"
    ours = path.read_bytes()
    path.write_bytes((year / "report" / "conflict-minerals-report.docx").read_bytes())
    found = proof.check(year)
    path.write_bytes(ours)
    assert "form-scope" in set(found["subject"])
    assert found["reason"].str.contains("form-sd.docx").all()


def test_a_register_of_nothing_has_its_columns():
    words = markdown.parse(document.Rendered("x", "# A heading alone\n"))
    sources = registry.Sources({}, frozenset(), {}, {}, {}, {})
    register = registry.register({"x": words}, sources)
    assert register.claims.empty and register.gates.empty
    assert list(register.claims.columns) == tables.columns("claims")["column"].tolist()
