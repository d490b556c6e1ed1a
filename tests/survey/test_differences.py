"""Declarations held against earlier ones of the supplier: of last year, and since corrected."""

from types import SimpleNamespace

import pytest

from conflict_minerals.ground import csvfiles, tables
from conflict_minerals.survey import checks, differences, letters, survey, verdicts
from declarations import AS_OF, YEAR, Form, inputs, known, read, row


def declared(files, folder, *, suppliers=("s",), against=None, **options):
    """A year's tables for files by name, with what is asked and what differs."""
    folder.mkdir()
    taken = read({name: form.bytes() for name, form in files.items()}, folder / "cmrt")
    year = inputs(suppliers, **options)
    found = checks.find(taken, year, reference=known(taken), as_of=AS_OF, against=against)
    responses, more = verdicts.judge(taken, found, year, year=YEAR, as_of=AS_OF)
    findings = verdicts.all_findings(found, more, responses)
    rows = verdicts.counted(taken.rows, responses)
    answers = verdicts.counted(taken.answers, responses)
    made = tables.shape(differences.find(responses, answers, rows, findings, year.correspondence,
                                         against=against), "differences")
    (folder / "tables").mkdir()
    for name, table in (("responses", responses), ("answers", answers), ("smelter_rows", rows),
                        ("findings", findings)):
        (folder / "tables" / f"{name}.csv").write_bytes(csvfiles.to_csv(table))
    return SimpleNamespace(year=year, responses=responses, answers=answers, findings=findings,
                           differences=made, folder=folder)


def told(made, *columns, **where):
    for name, value in where.items():
        made = made[made[name] == value]
    return {tuple(line) for line in made[list(columns)].itertuples(index=False)}


# What a person reads off the two declarations below, line by line.
BY_HAND = {
    ("list", "replaced", "Gold", "1 added, 1 gone", "1", "1"),
    ("list", "same", "Tantalum", "0 added, 0 gone", "1", "1"),
    ("list", "same", "Tin", "0 added, 0 gone", "1", "1"),
    ("list", "replaced", "Tungsten", "1 added, 0 gone", "1", "2"),
    ("smelter", "gone", "Gold", "CID900001", "Aurum Works Ltd.", ""),
    ("smelter", "added", "Gold", "CID900011", "", "Goldhaus Refining AG"),
    ("smelter", "renamed", "Tin", "CID900003", "Estanho do Sul S.A.", "Bela Vista Metais"),
    ("smelter", "added", "Tungsten", "CID900105", "", "Wolfram Works 05"),
    ("answer", "flipped", "Tin", "recycled_scrap", "No", "Yes"),
    ("answer", "flipped", "", "policy_public", "Yes", "No"),
    ("scope", "changed", "", "scope", "company", "user_defined Cables alone"),
}


def test_two_years_differ_as_a_person_reads_it(tmp_path):
    then = declared({"s/a.xlsx": Form()}, tmp_path / "2023")
    now = Form()
    now.fields |= {"scope": "C. User defined", "scope_description": "Cables alone",
                   "effective_date": 45446}
    now.say("recycled_scrap", "Tin", "Yes")
    now.say("policy_public", "", "No")
    now.smelters = [one for one in now.smelters if one["metal"] not in ("Gold", "Tin")]
    now.smelters += [row("Gold", id="CID900011", lookup="Goldhaus Refining AG",
                         name="Goldhaus Refining AG", country="GERMANY"),
                     row("Tin", lookup=None, name="Bela Vista Metais"),
                     row("Tungsten", id="CID900105", lookup="Wolfram Works 05",
                         name="Wolfram Works 05")]
    made = declared({"s/b.xlsx": now}, tmp_path / "2024", against=then.folder).differences
    assert set(made["against"]) == {"last_year"} and set(made["file_before"]) == {"s/a.xlsx"}
    lines = told(made, "area", "change", "metal", "subject", "before", "now")
    assert {line for line in lines if line[0] != "asked"} == BY_HAND
    where = told(made, "sheet", "cell", area="smelter", subject="CID900105")
    assert where == {("Smelter List", "row 9")}
    glance = differences.at_a_glance(made).iloc[0]
    assert glance[["smelters_before", "smelters_now", "added", "gone", "renamed",
                   "answers_flipped", "scope_changed"]].tolist() == [4, 5, 2, 1, 1, 2, 1]
    assert glance["replaced"] == 0.4


def five(day, *mended):
    """Five things to correct, but those that are mended."""
    form = Form()
    form.fields["effective_date"] = day
    if 1 not in mended:
        form.say("all_reported", "Gold", "No")
    for n, metal in enumerate(("Gold", "Tin", "Tungsten"), start=2):
        if n not in mended:
            form.answers.pop((form.question("covered_countries"), metal))
    if 5 not in mended:
        form.smelters[0] |= {"id": "XX 1"}
    return form


@pytest.mark.parametrize("noted", [True, False])
def test_a_corrected_file_that_mends_three_of_five_says_so(tmp_path, noted):
    first, second = five(45444), five(45474, 1, 2, 3)
    once = declared({"s/a.xlsx": first}, tmp_path / "once")
    asked = survey.to_correct(once.findings, once.responses)
    assert len(asked) == 5
    sent = [("s", "2024-07-01", "corrections", verdicts.file_mark(asked["sha256"].iloc[0]))]
    made = declared({"s/a.xlsx": first, "s/b.xlsx": second}, tmp_path / "twice",
                    correspondence=sent if noted else ())
    points = told(made.differences, "change", "subject", "cell", area="asked")
    assert sorted(change for change, *_ in points) == ["mended"] * 3 + ["not_mended"] * 2
    assert ("not_mended", "question-unanswered", first.cell("covered_countries", "Tungsten")) in (
        points)
    assert set(made.differences.loc[made.differences["area"] == "asked", "asked_on"]) == {
        "2024-07-01" if noted else ""}
    suppliers = survey.at_a_glance(made.year, made.responses, made.answers, made.findings,
                                   as_of=AS_OF)
    draft = letters.draft(suppliers, made.findings, made.year, year=YEAR, as_of=AS_OF,
                          responses=made.responses, differences=made.differences)
    said = "Of the 5 points in our last letter, 3 are now corrected."
    assert (said in draft["text"].iloc[0]) == noted
    assert "2 points to correct" in draft["subject"].iloc[0]


def test_points_that_are_new_in_a_corrected_file_are_told_apart(tmp_path):
    made = declared({"s/a.xlsx": five(45444, 1, 2, 3, 4), "s/b.xlsx": five(45474, 2, 3, 4, 5)},
                    tmp_path / "a")
    assert told(made.differences, "change", "subject", area="asked") == {
        ("mended", "id-malformed"), ("new", "not-all-smelters-reported")}
    assert differences.mended(made.differences) == {}


def test_a_first_year_with_one_file_differs_from_nothing(tmp_path):
    made = declared({"s/a.xlsx": Form()}, tmp_path / "a").differences
    assert made.empty and differences.at_a_glance(made).empty
