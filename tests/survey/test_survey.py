"""Who answered, who is overdue, and what is due next, so that nobody is asked twice."""

from datetime import date

import pandas as pd
import pytest

from conflict_minerals.ground import library, tables
from conflict_minerals.survey import checks, survey, survey_tables, verdicts
from declarations import AS_OF, YEAR, Form, inputs, known, read

ASKED = ("s", "2024-09-02", "request", "")  # due on 2024-10-02


@pytest.fixture
def glance(tmp_path):
    """The suppliers' table for files by name."""

    def look(files, *, as_of=AS_OF, suppliers=("s",), **options):
        files = {n: f.bytes() if isinstance(f, Form) else f for n, f in files.items()}
        taken = read(files, tmp_path)
        year = inputs(suppliers, **options)
        found = checks.find(taken, year, reference=known(taken), as_of=as_of)
        responses, more = verdicts.judge(taken, found, year, year=YEAR, as_of=as_of)
        findings = verdicts.all_findings(found, more, responses)
        table = survey.at_a_glance(year, responses, taken.answers, findings, as_of=as_of)
        look.last = (year, responses, taken, findings)
        return tables.shape(table, "suppliers")

    return look


def spoilt(day=45444):
    form = Form()
    form.fields["effective_date"] = day
    form.say("all_reported", "Gold", "No")
    return form


def step(table):
    return table[["next_step", "next_step_on"]].iloc[0].tolist()


def test_answered_overdue_and_recorded_without_a_template(glance):
    table = glance({"a/x.xlsx": Form(), "c/mail.pdf": b"%PDF-1.4 no 3TG"},
                   suppliers=["a", "b", "c"], decisions=[("1", "file", "c/mail.pdf", "no_3tg", "")])
    table = table.set_index("supplier_id")
    assert table["responded"].to_dict() == {"a": True, "b": False, "c": False}
    assert table["no_3tg"].to_dict() == {"a": False, "b": False, "c": True}
    assert table["days_overdue"].to_dict() == {"a": 0, "b": 90, "c": 0}
    assert table.at["a", "answered_on"] == "2024-06-01"
    assert table["no_covered_country"].to_dict() == {"a": True, "b": False, "c": False}
    rates = survey.rates(table.reset_index()).set_index("rate")
    assert rates.loc["response_rate", ["numerator", "denominator"]].tolist() == [1, 3]
    assert rates.loc["no_3tg", ["numerator", "denominator"]].tolist() == [1, 3]


@pytest.mark.parametrize(
    ("today", "sent", "expected"),
    [
        # Not due yet: the reminder waits for its day.
        ("2024-09-20", [ASKED], ["reminder", "2024-10-03"]),
        ("2024-10-20", [ASKED], ["reminder", "2024-10-03"]),
        # Reminded: the next one waits as long as the year says.
        ("2024-10-20", [ASKED, ("s", "2024-10-10", "reminder", "")], ["reminder", "2024-11-09"]),
        # A second reminder was the last.
        ("2024-12-01", [ASKED, ("s", "2024-10-10", "reminder", ""),
                        ("s", "2024-11-10", "reminder", "")], ["escalate", "2024-12-10"]),
        # Far overdue: reminded once all the same, escalated then.
        ("2024-12-31", [ASKED], ["reminder", "2024-10-03"]),
        ("2024-12-31", [ASKED, ("s", "2024-12-01", "reminder", "")], ["escalate", "2024-12-31"]),
        ("2024-12-31", [ASKED, ("s", "2024-12-30", "escalation", "")], ["none", ""]),
    ],
)
def test_what_is_due_before_an_answer(glance, today, sent, expected):
    table = glance({}, as_of=date.fromisoformat(today), correspondence=sent)
    assert step(table) == expected


def test_somebody_not_asked_yet_is_asked(glance):
    year_inputs = glance({}, as_of=date(2024, 9, 20))
    assert step(year_inputs) == ["reminder", "2024-10-03"]
    year, responses, taken, findings = glance.last
    year.suppliers["requested_on"] = ""
    table = survey.at_a_glance(year, responses, taken.answers, findings, as_of=date(2024, 9, 20))
    assert step(table) == ["request", "2024-09-20"]
    # Asked late, and so due later than the others.
    year.suppliers["requested_on"] = "2024-09-19"
    table = survey.at_a_glance(year, responses, taken.answers, findings, as_of=date(2024, 10, 10))
    assert step(table) == ["reminder", "2024-10-20"] and table["days_overdue"].tolist() == [0]


def test_corrections_are_asked_for_once_a_file(glance):
    files = {"s/a.xlsx": spoilt()}
    assert step(glance(files)) == ["corrections", "2024-12-31"]
    mark = verdicts.file_mark(glance.last[1]["sha256"].iloc[0])
    asked = ("s", "2024-12-20", "corrections", mark)
    assert step(glance(files, correspondence=[ASKED, asked])) == ["corrections", "2025-01-19"]
    # Another file, not the one that was asked about.
    other = ("s", "2024-12-20", "corrections", "file:00000000")
    assert step(glance(files, correspondence=[ASKED, other])) == ["corrections", "2024-12-31"]
    # Without a mark the day says whether the letter could mean this file.
    for day, expected in (("2024-06-01", ["corrections", "2024-07-01"]),
                          ("2024-05-31", ["corrections", "2024-12-31"])):
        assert step(glance(files, correspondence=[ASKED, ("s", day, "corrections", "by mail")])
                    ) == expected
    twice = [ASKED, ("s", "2024-10-20", "corrections", mark),
             ("s", "2024-11-25", "corrections", mark)]
    table = glance(files, correspondence=twice)
    assert step(table) == ["escalate", "2024-12-25"]
    year, _, _, findings = glance.last
    named = survey_tables.escalations(table, findings, as_of=AS_OF)
    assert named["supplier_id"].tolist() == ["s"] and "2 times" in named["why"].iloc[0]


def test_accepted_findings_and_those_of_superseded_files_are_not_asked_for(glance):
    cell = spoilt().cell("all_reported", "Gold")
    key = f"s/a.xlsx|not-all-smelters-reported|{cell}"
    table = glance({"s/a.xlsx": spoilt()}, decisions=[("1", "finding", key, "accepted", "")])
    assert step(table)[0] == "thanks" and table["warnings"].tolist() == [1]
    new = Form()
    new.fields["effective_date"] = 45450
    table = glance({"s/a.xlsx": spoilt(), "s/b.xlsx": new})
    assert step(table) == ["thanks", "2024-12-31"]


def test_a_file_half_filled_is_asked_to_be_corrected_though_nobody_responded(glance):
    half = Form()
    for key in list(half.answers)[3:]:
        del half.answers[key]
    table = glance({"s/a.xlsx": half})
    assert not table["responded"].iloc[0] and step(table)[0] == "corrections"


def test_who_sends_what_is_no_answer_is_told_once_then_reminded_then_escalated(glance):
    other = Form("EMRT", "1.3")
    other.say("all_reported", "Mica", "No")
    files = {"s/a.xlsx": other, "s/b.pdf": b"%PDF-1.7"}
    day = date(2024, 9, 20)
    table = glance(files, as_of=day, correspondence=[ASKED])
    assert step(table) == ["unusable", "2024-09-20"] and not table["responded"].iloc[0]
    assert table["next_step_reason"].tolist() == ["What came is no answer: a PDF, an EMRT"]
    marks = " ".join(map(verdicts.file_mark, glance.last[1]["sha256"]))
    told = ("s", "2024-09-20", "unusable", marks)
    assert step(glance(files, as_of=day, correspondence=[ASKED, told])) == [
        "reminder", "2024-10-20"]
    # Another such file is another matter; the second letter was the last.
    partly = ("s", "2024-09-20", "unusable", marks.split()[0])
    assert step(glance(files, as_of=day, correspondence=[ASKED, partly]))[0] == "unusable"
    again = ("s", "2024-10-20", "reminder", "")
    assert step(glance(files, correspondence=[ASKED, told, again]))[0] == "escalate"


def test_without_a_day_of_its_own_a_supplier_was_asked_on_the_surveys(glance):
    glance({})
    year, responses, taken, findings = glance.last
    year.suppliers["requested_on"] = ""
    year.program["survey"]["requested_on"] = date(2024, 9, 2)

    def on(day):
        table = survey.at_a_glance(year, responses, taken.answers, findings, as_of=day)
        return [*step(table), table["requested_on"].iloc[0]]

    assert on(date(2024, 9, 2)) == ["request", "2024-09-02", ""], "the day that letters go out"
    assert on(date(2024, 9, 3)) == ["reminder", "2024-10-03", "2024-09-02"]


def test_who_answered_is_thanked_once(glance):
    files = {"s/a.xlsx": Form()}
    assert step(glance(files)) == ["thanks", "2024-12-31"]
    for kind in ("thanks", "notice", "corrections"):
        said = ("s", "2024-06-02", kind, "")
        assert step(glance(files, correspondence=[ASKED, said])) == ["none", ""]
    early = ("s", "2024-05-01", "thanks", "for the file before")
    assert step(glance(files, correspondence=[ASKED, early]))[0] == "thanks"


def test_what_is_asked_changes_an_answer_a_status_or_a_figure(glance):
    trifles = Form()
    trifles.fields |= {"authorizer": "same", "contact_email": "nobody"}
    table = glance({"s/a.xlsx": trifles})
    assert table["warnings"].iloc[0] + table["errors"].iloc[0] >= 2
    assert step(table)[0] == "thanks"
    asked = library.table("asked")
    assert set(asked["changes"]) == {"answer", "status", "figure", "setting"}
    rules = checks.rules()
    assert set(asked["rule"]) <= set(rules.index[rules["letter"] != ""])
    assert not set(asked["rule"]) & set(rules.index[rules["severity"] == "info"])


def test_notice_goes_to_who_reported_what_stays_indeterminable(glance):
    table = glance({"s/a.xlsx": Form(), "t/a.xlsx": spoilt()}, suppliers=["s", "t", "u"])
    rows = pd.DataFrame({
        "supplier_id": ["s", "s", "t", "s"], "metal": ["Tin", "Gold", "Tin", "Tin"],
        "smelter_id": ["CID1", "CID2", "CID1", ""], "counted": True})
    facilities = pd.DataFrame({
        "metal": ["Tin", "Gold"], "smelter_id": ["CID1", "CID2"],
        "smelter_name": ["One", "Two"], "country_name": ["Peru", "Japan"],
        "status": ["indeterminable", "conformant"]})

    def after(notices):
        year = inputs(["s", "t", "u"], correspondence=notices)
        out = survey.add_notices(table, rows, facilities, year, as_of=AS_OF)
        return out.set_index("supplier_id")["next_step"].to_dict()

    # t is asked to correct first, u reported nothing.
    assert after([]) == {"s": "notice", "t": "corrections", "u": "reminder"}
    assert after([("s", "2024-07-01", "notice", "")])["s"] == "thanks"
    assert after([("s", "2024-05-01", "notice", "")])["s"] == "notice", "older than the answer"
    table["answered_on"] = "2023-06-01"
    assert after([("s", "2024-01-01", "notice", "")])["s"] == "thanks", "a year ago to the day"
    assert after([("s", "2023-12-31", "notice", "")])["s"] == "notice"


def test_many_suppliers_of_nothing_but_conformant_facilities_are_sent_no_notice():
    """A table read back holds texts that repeat as categoricals, of which none may be left."""
    names = [f"s{number:03d}" for number in range(200)]
    table = pd.DataFrame({"supplier_id": names, "next_step": "thanks", "next_step_on": "",
                          "next_step_reason": "", "answered_on": "2024-06-01"})
    rows = pd.DataFrame({"supplier_id": pd.Categorical(names, ordered=True), "metal": "Tin",
                         "smelter_id": "CID1", "counted": True})
    facilities = pd.DataFrame({"metal": ["Tin"], "smelter_id": ["CID1"], "smelter_name": ["One"],
                               "country_name": ["Peru"], "status": ["conformant"]})
    out = survey.add_notices(table, rows, facilities, inputs(names), as_of=AS_OF)
    assert set(out["next_step"]) == {"thanks"}


def test_the_same_is_asked_of_findings_read_back_of_which_nobody_asks_for_some():
    """A table read back holds texts that repeat as categoricals."""
    known = checks.rules()
    unasked = known.index[known["letter"] == ""][0]
    asked = library.table("asked")["rule"].iloc[0]
    findings = pd.DataFrame({
        "supplier_id": "s", "file": "s/a.xlsx", "sheet": "Declaration", "metal": "", "cell": "B2",
        "state": "open", "rule": [asked, unasked], "severity": ["error", "info"]})
    responses = pd.DataFrame({"supplier_id": ["s"], "file": "s/a.xlsx", "counted": True,
                              "verdict": "accepted_with_findings", "template": "CMRT"})
    coded = findings.apply(lambda column: column.astype("category").cat.as_ordered())
    for held in (findings, coded):
        assert survey.to_correct(held, responses)["rule"].tolist() == [asked]


def test_twenty_errors_are_for_a_person_to_take_up():
    table = pd.DataFrame([(name, errors, "corrections", "", "", 0) for name, errors in (
        ("a", 19), ("b", 20))], columns=["supplier_id", "errors", "next_step", "next_step_on",
                                         "next_step_reason", "days_overdue"])
    named = survey_tables.escalations(
        table.assign(supplier_name=table["supplier_id"]), tables.shape(pd.DataFrame(), "findings"),
        as_of=AS_OF)
    assert named[["supplier_id", "why"]].to_numpy().tolist() == [
        ["b", "20 errors in the files that count"]]


def test_counts_by_metal_scope_rule_and_supplier(glance):
    a, b = Form(), Form()
    a.say("covered_countries", "Gold", "Unknown")
    b.fields |= {"scope": "C. User defined", "scope_description": "Ulm"}
    b.say("used_intentionally", "Gold", "No")
    glance({"a/x.xlsx": a, "b/x.xlsx": b}, suppliers=["a", "b", "c"],
           products=[("Scanner", "no", "no", "yes", "no", "a;b;c")])
    year, responses, taken, findings = glance.last
    gold = survey_tables.by_metal(year, responses, taken.answers).set_index("metal").loc["Gold"]
    assert gold[["asked", "answered", "uses", "no_use", "covered_unknown"]].tolist() == [
        3, 2, 1, 1, 1]
    scopes = survey_tables.by_scope(responses).set_index("scope")["counted"].to_dict()
    assert scopes == {"company": 1, "user_defined": 1}
    rules = survey_tables.findings_by_rule(findings).set_index("rule")
    assert rules.at["smelters-of-absent-metal", "suppliers"] == 1
