"""What each template requires, against the Checker sheets of the templates themselves."""


import openpyxl
import pytest

import makebook
import realfiles
from conflict_minerals.intake import intake
from conflict_minerals.survey import checks
from conflict_minerals.survey.checks_base import rules
from declarations import AS_OF, Form, inputs, known, read

SIX = ["Cobalt", "Copper", "Graphite", "Lithium", "Mica", "Nickel"]
# A blank template's count of what lacks. F: as the sheet's own formulas count it; the others
# follow from the questions of the revision.
BLANK = [
    ("CMRT", "6.4", 52, {}),  # F
    ("CMRT", "6.01", 52, {}),
    ("CMRT", "5.12", 8 + 28 + 9 + 4, {}),
    ("CMRT", "4.2", 9 + 28 + 10 + 4, {}),
    ("CMRT", "3.01", 9 + 28 + 10 + 1, {}),  # F
    ("CMRT", "2.03", 5 + 24 + 10 + 1, {}),  # F
    ("EMRT", "2.0", 68, {"minerals": SIX}),  # F
    ("EMRT", "1.3", 8 + 13 + 6 + 2 + 2, {}),  # F: question 4 is asked for cobalt alone
    ("CRT", "2.21", 8 + 6 + 9 + 1, {}),
    ("AMRT", "1.3", 8 + 2, {"minerals": ["Silver", "Zinc"]}),
]


def required(taken, **options):
    findings = checks.find(
        taken, inputs(["s"], **options), reference=known(taken), as_of=AS_OF)
    by = rules().loc[findings["rule"], "by"].to_numpy()
    return findings[by == "completeness"]


@pytest.mark.parametrize(("family", "version", "count", "options"), BLANK)
def test_blank_template(tmp_path, family, version, count, options):
    form = Form(family, version, **options)
    form.fields = dict.fromkeys(form.fields)
    form.answers, form.smelters, form.comments = {}, [], {}
    assert len(required(read({"s/a.xlsx": form.bytes()}, tmp_path))) == count


@pytest.mark.parametrize("version", ["2.03", "3.01", "4.2", "5.12", "6.4"])
@pytest.mark.parametrize(
    ("first", "second", "asked"),
    [
        ("No", None, {"2.03": False, "3.01": True, "4.2": False, "5.12": False, "6.4": False}),
        ("Yes", "No", {"2.03": True, "3.01": True, "4.2": False, "5.12": False, "6.4": False}),
        ("No", "No", {"2.03": False, "3.01": False, "4.2": False, "5.12": False, "6.4": False}),
        ("Yes", "Yes", dict.fromkeys(["2.03", "3.01", "4.2", "5.12", "6.4"], True)),
    ],
)
def test_later_questions_are_asked_as_the_revision_asks(tmp_path, version, first, second, asked):
    form = Form("CMRT", version)
    form.say("used_intentionally", "Gold", first)
    if version != "2.03":  # which has but one such question
        form.answers[form.question("remains_in_product"), "Gold"] = second
    form.answers[form.question("recycled_scrap"), "Gold"] = None
    found = required(read({"s/a.xlsx": form.bytes()}, tmp_path))
    hit = found[(found["rule"] == "question-unanswered")
                & (found["cell"] == form.cell("recycled_scrap", "Gold"))]
    assert bool(len(hit)) == asked[version]


def test_scope_letters_of_revision_2(tmp_path):
    for letter, lacks in (("A. Company Level", False), ("B. Division Level", True),
                          ("C. Product Category Level", True)):
        form = Form("CMRT", "2.03")
        form.fields["scope"] = letter
        found = required(read({f"s/{letter[0]}.xlsx": form.bytes()}, tmp_path / letter[0]))
        assert ("scope-description-missing" in set(found["rule"])) == lacks


def test_findings_stand_where_the_checker_looks(tmp_path):
    form = Form()
    form.fields["authorizer"] = None
    form.answers["B", ""], form.comments["B", ""] = "Yes", ""
    form.smelters = [s for s in form.smelters if s["metal"] != "Tin"]
    found = required(read({"s/a.xlsx": form.bytes()}, tmp_path)).set_index("rule")
    assert found["cell"].to_dict() == {
        "authorizer-missing": "D18", "policy-address-missing": "G77",
        "metal-without-smelters": "D27"}
    assert found.at["metal-without-smelters", "metal"] == "Tin"


@realfiles.needed
def test_real_templates_count_as_their_own_checkers(tmp_path):
    """Where Excel calculated the sheet Checker, its count of what lacks is ours."""
    compared = 0
    taken = intake.read_folder(realfiles.FOLDER)
    found = required(taken)
    for path in sorted(realfiles.FOLDER.glob("*.xlsx")):
        try:
            checker = openpyxl.load_workbook(path, data_only=True, read_only=True)["Checker"]
        except Exception:  # encrypted: nothing to compare with
            continue
        # 3.01 wants 'www' in the policy's address, as later revisions and we do not.
        theirs = int(checker["D2"].value) - (1 if "3.01" in path.name else 0)
        assert (found["file"] == path.name).sum() == theirs, path.name
        compared += 1
    assert compared


def test_an_error_in_a_required_cell_is_one_finding(tmp_path):
    form = Form()
    form.edit(lambda sheets: sheets["Declaration"].update({
        "D8": makebook.Error("#NAME?"), "D38": makebook.Error("#N/A")}))
    taken = read({"s/a.xlsx": form.bytes()}, tmp_path)
    findings = checks.find(taken, inputs(["s"]), reference=known(taken), as_of=AS_OF)
    assert findings[["rule", "cell", "found"]].to_numpy().tolist() == [
        ["company-name-missing", "D8", "#NAME?"], ["question-unanswered", "D38", "#N/A"]]
