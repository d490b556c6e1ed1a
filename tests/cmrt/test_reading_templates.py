"""Every family and revision is read from the cells where the published templates have things."""

from pathlib import Path

import pytest

import makebook
import makexls
from conflict_minerals.cmrt import layouts, reader, rows
from conflict_minerals.ground import library, limits, versions
from conflict_minerals.intake import intake
from hostile import _down
from makebook import Error, Formula, Spelling

METALS = ("Tantalum", "Tin", "Gold", "Tungsten")
# Cells as the published workbooks have them, written down here apart from the layout tables:
# first and last answer of some questions, and header fields.
PLACES = {
    ("CMRT", "2.0"): {("1", "Tantalum"): "D22", ("6", "Tungsten"): "D55", ("A", ""): "D59",
                      ("J", ""): "D77", "authorizer": "D14", "effective_date": "D18"},
    ("CMRT", "2.03a"): {("2", "Tin"): "D29", ("5", "Gold"): "D48", ("H", ""): "D73",
                        "address": "D13", "effective_date": "D18"},
    ("CMRT", "3.01"): {("1", "Tantalum"): "D26", ("7", "Tungsten"): "D65", ("A", ""): "D69",
                       ("J", ""): "D87", "effective_date": "D22", "contact_email": "D16"},
    ("CMRT", "4.20"): {("5", "Gold"): "D52", ("J", ""): "D87", "authorizer": "D18"},
    ("CMRT", "5.12"): {("7", "Tantalum"): "D62", ("A", ""): "D69", ("I", ""): "D85"},
    ("CMRT", "6.01"): {("1", "Tantalum"): "D26", ("4", "Tin"): "D45", ("8", "Tungsten"): "D71",
                       ("A", ""): "D75", ("H", ""): "D89", "effective_date": "D22"},
    ("CMRT", "6.6.1"): {("6", "Gold"): "D58", ("B", ""): "D77"},
    ("EMRT", "1.3"): {("1", "Cobalt"): "D26", ("7", "Mica"): "D63", ("C", "Cobalt"): "D74",
                      ("C", "Mica"): "D75", ("D", ""): "D77", ("G", ""): "D83"},
    ("EMRT", "2.0"): {("1", "Cobalt"): "D30", ("7", "Mica"): "D104", ("C", "Copper"): "D121",
                      ("A", ""): "D115", ("G", ""): "D137", "effective_date": "D26"},
    ("CRT", "2.21"): {("1", "Cobalt"): "D26", ("6", "Cobalt"): "D56", ("A", ""): "D63",
                      ("G", ""): "D75", ("I", ""): "D79", "effective_date": "D22"},
    ("AMRT", "1.2"): {("1", "Cobalt"): "D28", ("2", "Mica"): "D42", "effective_date": "D24"},
    ("AMRT", "1.31"): {("1", "Copper"): "D32", ("2", "Cobalt"): "D43", "effective_date": "D27"},
}  # fmt: skip


def said(data: bytes) -> dict:
    """What a workbook says, read in this process."""
    result, _ = reader.read(data, limits.default())
    assert not result["reason"].startswith(reader.UNFORESEEN), result["reason"]
    return result


def template(family: str, version: str, **how) -> dict:
    return said(makebook.book(makebook.template(family, version, **how)))


def rules(result: dict) -> list[str]:
    return [problem[0] for problem in result["problems"]]


def smelters(result: dict) -> list[dict]:
    return [dict(zip(("sheet", "row", *rows.COLUMNS), row, strict=True)) for row in result["rows"]]


@pytest.mark.parametrize(("family", "version"), PLACES)
@pytest.mark.parametrize("old_form", [False, True], ids=["xlsx", "xls"])
def test_answers_and_fields_stand_where_the_published_template_has_them(family, version, old_form):
    sheets = makebook.template(family, version)
    places = PLACES[family, version]
    for n, (_, cell) in enumerate(places.items()):
        sheets["Declaration"][cell] = 43500 + n if _ == "effective_date" else f"value {n}"
    result = said((makexls if old_form else makebook).book(sheets))
    assert (result["template"], result["version"]) == (family, version)
    answers = {(q, metal): (raw, cell) for q, _, metal, _, raw, _, _, cell in result["answers"]}
    fields = {name: (raw, cell) for name, raw, _, _, cell in result["fields"]}
    for n, (what, cell) in enumerate(places.items()):
        if isinstance(what, tuple):
            assert answers[what] == (f"value {n}", cell)
        elif what != "effective_date":
            assert fields[what] == (f"value {n}", cell)
        else:
            assert fields[what][1] == cell and fields[what][0].startswith("2019-02-")


def test_a_topic_is_the_same_word_in_every_revision():
    topics = {
        version: {q: topic for q, topic, *_ in template("CMRT", version)["answers"]}
        for version in ("2.03", "3.01", "5.12", "6.5")
    }
    assert [topics[v][q] for v, q in (("2.03", "2"), ("3.01", "3"), ("6.5", "3"))] == [
        "covered_countries"] * 3  # fmt: skip
    assert [topics[v][q] for v, q in (("2.03", "4"), ("5.12", "5"), ("6.5", "6"))] == [
        "percent_responded"] * 3  # fmt: skip
    assert [topics[v][q] for v, q in (("3.01", "J"), ("5.12", "I"), ("6.5", "H"))] == [
        "disclosure_required"] * 3  # fmt: skip
    assert topics["6.5"]["4"] == "cahra" and "cahra" not in topics["5.12"].values()


@pytest.mark.parametrize(
    ("version", "row", "expected"),
    [
        ("2.0", {"id": "1JPN072", "metal": "Gold (Au)", "lookup": "X", "mines": "M"}, "1JPN072"),
        ("2.03", {"metal": "gold", "lookup": "X", "id": "1JPN072", "mines": "M"}, "1JPN072"),
        ("3.01", {"metal": "Gold", "lookup": "X", "id": "CID900001", "mines": "M"}, "CID900001"),
        ("4.10", {"id_input": "CID 900001", "metal": "Gold", "name": "X", "mines": "M"},
         "CID 900001"),
        ("6.5", {"metal": "金", "lookup": "X", "id": "CID900001", "mines": "M"}, "CID900001"),
    ],
)  # fmt: skip
def test_smelter_columns_by_revision(version, row, expected):
    (found,) = smelters(template("CMRT", version, smelters=[row]))
    assert (found["metal"], found["smelter_id_reported"]) == ("Gold", expected)
    assert (found["name_reported"], found["mines_reported"], found["row"]) == ("X", "M", 5)


def test_columns_of_the_published_smelter_list():
    columns = layouts.layout("CMRT", "6.5").columns["smelters"]
    by_letter = "".join(f"{name} " for name, _ in sorted(columns.items(), key=lambda c: c[1]))
    assert by_letter.split() == [
        "id_input", "metal", "lookup", "name", "country", "id", "source", "street", "city", "state",
        "contact_name", "contact_email", "next_steps", "mines", "mine_countries", "recycled",
        "comments", "standard_name",
    ]  # fmt: skip
    older = {v: layouts.layout("CMRT", v).columns["smelters"] for v in ("2.00", "2.03", "3.02")}
    assert (older["2.03"]["id"], older["2.00"]["street"], older["3.02"]["recycled"]) == (6, 6, 16)
    assert "recycled" not in older["2.03"]


def test_revisions_are_ordered_as_decimals():
    right = ["2.03", "2.03a", "3.0", "4.01", "4.01b", "4.1", "5.11", "6.01", "6.1", "6.22", "6.31",
             "6.4", "6.6", "6.6.1"]  # fmt: skip
    assert sorted(reversed(right), key=versions.key) == right
    assert versions.key("4.1") == versions.key("4.10")
    assert layouts.nearest("CMRT", "70.0") == layouts.known_versions("CMRT")[-1]


def test_rows_with_gaps_are_all_found_and_template_lines_are_not_rows():
    found = template(
        "CMRT",
        "6.22",
        smelters=[
            {"metal": "Gold", "lookup": "Aurum Works", "row": 5},
            {"metal": "Tin", "lookup": "Smelter not yet identified", "row": 90},
            {"name": "A name alone", "row": 1200},
            {"metal": "Tungsten", "name": "Beyond the list", "row": 2600},
            {"metal": "© 2022 the initiative", "row": 2505},
            {"metal": "AAAAAAAA", "row": 2506},
            {"metal": "Metall (1)", "lookup": "Schmelzhüttensuche", "row": 2507},
        ],
    )
    assert [row["row"] for row in smelters(found)] == [5, 90, 1200, 2600]
    assert smelters(found)[1]["name_reported"] == ""


def test_a_row_without_a_smelter_is_said_and_not_counted():
    found = template("CMRT", "6.22", smelters=[{"recycled": "Yes", "country": "PERU"}])
    assert found["rows"] == [] and rules(found) == ["row-without-smelter"]
    assert found["problems"][0][3:5] == ["E5", "PERU"]


def test_a_row_pasted_one_column_to_the_left_is_read_as_it_was_meant():
    sheets = makebook.template("CMRT", "2.03")
    sheets["Smelter List"] |= {
        "A7": "Gold", "B7": "Smelter Not Listed", "C7": "Works", "D7": "PERU", "L7": "Mine",
        "B8": "Tin", "C8": "X",
    }  # fmt: skip
    found = said(makebook.book(sheets))
    first, second = smelters(found)
    assert (first["metal"], first["name_reported"], first["country_reported"]) == (
        "Gold", "Works", "PERU")  # fmt: skip
    assert (first["mines_reported"], first["shifted"], second["shifted"]) == ("Mine", -1, 0)
    assert rules(found) == ["row-shifted"] and found["problems"][0][3] == "A7"


def test_columns_that_moved_are_followed_by_their_headers():
    sheets = makebook.template("CMRT", "6.22")
    sheets["Smelter List"] = {
        "B4": "Metal (*)", "D4": "Smelter Look-up (*)", "E4": "Smelter Name (1)",
        "F4": "Smelter Country (*)", "G4": "Smelter Identification",
        "B5": "Tin", "D5": "Alias", "F5": "PERU", "G5": "CID900003", "O5": "Mine",
    }  # fmt: skip
    found = said(makebook.book(sheets))
    (row,) = smelters(found)
    assert (row["lookup_reported"], row["country_reported"]) == ("Alias", "PERU")
    assert (row["smelter_id_reported"], row["mines_reported"]) == ("CID900003", "Mine")
    assert rules(found) == ["columns-unknown"]


def test_rows_inserted_above_are_followed_by_the_labels():
    sheets = makebook.template(
        "CMRT", "6.22", answers={("8", "Tin"): "No", ("H", ""): "No"},
        fields={"company_name": "Moved"}, smelters=[{"metal": "Tin", "lookup": "X"}],
    )  # fmt: skip
    sheets["Declaration"] = _down(sheets["Declaration"], 3)
    sheets["Smelter List"] = {f"{at[0]}{int(at[1:]) + 4}": v
                              for at, v in sheets["Smelter List"].items()}  # fmt: skip
    found = said(makebook.book(sheets))
    answers = {(line[0], line[2]): (line[3], line[7]) for line in found["answers"]}
    assert answers["8", "Tin"] == ("No", "D72") and answers["H", ""] == ("No", "D92")
    fields = {line[0]: (line[2], line[4]) for line in found["fields"]}
    assert fields["company_name"] == ("Moved", "D11")
    assert [row["row"] for row in smelters(found)] == [9]
    assert {"question-moved", "field-moved", "header-moved"} <= set(rules(found))


def test_questions_speak_before_the_revision_that_is_stated():
    sheets = makebook.template("CMRT", "5.12", answers={("4", "Tin"): "No", ("I", ""): "Yes"})
    sheets["Declaration"]["J3"] = "Revision 6.4"
    found = said(makebook.book(sheets))
    answers = {(line[0], line[2]): (line[1], line[3]) for line in found["answers"]}
    assert answers["4", "Tin"] == ("recycled_scrap", "No")
    assert answers["I", ""] == ("disclosure_required", "Yes")
    assert found["version"] == "6.4" and rules(found) == ["revision-unknown"]


def test_a_question_that_no_revision_has_is_kept_without_a_topic():
    sheets = makebook.template("CMRT", "6.5", fields={"revision": "Revision 7.0"})
    sheets["Declaration"] |= {"B91": "I. Another question? (*)", "D91": "No"}
    found = said(makebook.book(sheets))
    kept = {(line[0], line[1], line[2]): line[3] for line in found["answers"] if line[3]}
    assert kept == {("I", "", ""): "No"}
    assert rules(found) == ["revision-unknown", "question-unknown"]


@pytest.mark.parametrize(("version", "name", "row"), [
    ("3.01", "K", 89), ("6.5", "J", 93), ("6.5", "Z", 91), ("2.03", "M", 81)])  # fmt: skip
def test_an_answer_to_a_question_beyond_the_last_or_after_a_gap_is_kept_and_said(
    version, name, row
):
    sheets = makebook.template("CMRT", version, answers={("A", ""): "Yes"})
    sheets["Declaration"] |= {f"B{row}": f"{name}. Another question? (*)", f"D{row}": "No"}
    found = said(makebook.book(sheets))
    kept = {(line[0], line[1]): (line[3], line[7]) for line in found["answers"] if line[3]}
    assert kept == {("A", "policy"): ("Yes", "D59" if version == "2.03" else
                                      "D69" if version == "3.01" else "D75"),
                    (name, ""): ("No", f"D{row}")}  # fmt: skip
    assert rules(found) == ["question-unknown"]


@pytest.mark.parametrize("label", [None, "", "Is the policy public?", "N.B. see below"])
def test_a_question_whose_label_is_not_found_is_said_and_read_where_it_should_stand(label):
    sheets = makebook.template("CMRT", "6.5", answers={("B", ""): "No", ("C", ""): "Yes"})
    sheets["Declaration"]["B77"] = label
    sheets["Declaration"] = _down(sheets["Declaration"], 2)
    found = said(makebook.book(sheets))
    kept = {line[0]: (line[3], line[7]) for line in found["answers"] if line[3]}
    assert kept == {"B": ("No", "D79"), "C": ("Yes", "D81")}
    lost = [problem[3:5] for problem in found["problems"] if problem[0] == "question-not-found"]
    assert lost == [["B79", "B"]]


def test_a_label_with_a_wrong_number_displaces_no_other_and_is_not_held_against_the_supplier():
    answers = {(str(n), "Tin"): "No" for n in range(1, 6)} | {("D", ""): "Yes"}
    sheets = makebook.template("CMRT", "6.5", answers=answers)
    sheets["Declaration"] |= {"B37": "8) Wrongly numbered", "B81": "H. Wrongly lettered"}
    found = said(makebook.book(sheets))
    assert {line[0]: line[7] for line in found["answers"] if line[3]} == {
        "1": "D27", "2": "D33", "3": "D39", "4": "D45", "5": "D51", "D": "D81"}  # fmt: skip
    assert found["problems"] == []


def test_labels_that_the_template_keeps_a_second_time_below_the_form_are_no_questions():
    sheets = makebook.template("CMRT", "2.02", answers={("F", ""): "Yes"})
    labels = [*(f"{n}) Again?" for n in range(1, 7)), *(f"{c}. Again?" for c in "ABCDEFGHIJK")]
    sheets["Declaration"] |= {f"B{99 + n}": label for n, label in enumerate(labels)}
    sheets["Declaration"]["B69"] = None
    found = said(makebook.book(sheets))
    assert {line[0]: line[7] for line in found["answers"] if line[3]} == {"F": "D69"}
    assert rules(found) == ["question-not-found"]


def test_error_literals_are_told_from_blanks():
    found = template(
        "CMRT", "6.22", answers={("1", "Gold"): Error("#REF!")},
        smelters=[{"id_input": "CID999999", "metal": Formula("INDEX()", Error("#N/A")),
                   "lookup": Formula("INDEX()", Error("#N/A"))},
                  {"metal": "Gold", "lookup": "Aurum Works", "country": None}],
    )  # fmt: skip
    assert [(p[0], p[3], p[4], p[5]) for p in found["problems"]] == [
        ("error-value", "D28", "#REF!", "a value"),
        ("id-not-found-by-template", "A5", "CID999999", ""),
    ], "what follows from one id is said once"
    assert [line[4] for line in found["answers"] if line[0] == "1"] == [""] * 4
    assert [row["metal"] for row in smelters(found)] == ["", "Gold"]


def test_an_error_in_the_hidden_id_column_of_the_first_revisions_is_no_finding():
    rows_ = [{"id": Formula("K", Error("#REF!")), "metal": "Gold", "lookup": "X"}]
    found = template("CMRT", "2.01", smelters=rows_)
    assert found["problems"] == [] and smelters(found)[0]["smelter_id_reported"] == ""


def test_the_first_template_of_all_is_known_by_its_sheets():
    labels = {f"B{row}": metal for row, metal in enumerate(METALS, 20)}
    old = {"Declaration": {"I3": "Revision", "J3": "1. July 18th 2011", **labels},
           "Smelter and Mine List": {"A1": "x"}}  # fmt: skip
    found = said(makebook.book(old))
    assert (found["template"], found["version"], found["readable"]) == ("CMRT", "1.00", False)
    assert "too old" in found["reason"]


@pytest.mark.parametrize("sent", [1, 1.0, "1", "100%", "100 %"])
def test_a_hundred_percent_as_number_or_text(sent):
    found = template("CMRT", "6.22", answers={("6", "Gold"): sent})
    assert [a[3] for a in found["answers"] if a[0] == "6" and a[2] == "Gold"] == ["100%"]
    assert found["problems"] == []


@pytest.mark.parametrize(
    ("version", "question", "sent", "answer", "noted"),
    [
        ("6.5", "A", "Sì", "Yes", "answer-not-english"),
        ("6.5", "A", "아니오", "No", "answer-not-english"),
        ("6.5", "6", "– Supérieur à 90 %", "Greater than 90%", "answer-not-english"),
        ("6.5", "H", "Ja, mit der SEC", "Yes, with the SEC", "answer-not-english"),
        ("6.5", "E", "Yes, in conformance with IPC-1755 [e.g., CMRT]", "Yes, IPC-1755", ""),
        ("6.5", "1", "Unknown", "Unknown", "answer-not-offered"),
        ("6.5", "1", "see letter", "", "answer-not-understood"),
        ("6.5", "1", " YES ", "Yes", ""),
        ("3.01", "5", "No, but greater than 75% ", "Greater than 75%", ""),
        ("2.03", "5", "Yes all smelters have been provided", "Yes", ""),
        ("2.03", "4", "Yes", "100%", ""),
        ("2.03", "2", "Uncertain or Unknown", "Unknown", ""),
        ("2.03", "H", "Yes (3rd party audit)", "Yes, third-party audit", ""),
    ],
)
def test_answers_in_the_words_of_each_revision(version, question, sent, answer, noted):
    metal = "" if question.isalpha() else "Gold"
    found = template("CMRT", version, answers={(question, metal): sent})
    (line,) = [a for a in found["answers"] if a[0] == question and a[2] == metal]
    assert line[3] == answer and line[4] == " ".join(sent.split())
    assert rules(found) == ([noted] if noted else [])


@pytest.mark.parametrize(
    ("held", "date", "noted"),
    [
        (43500, "2019-02-04", ""),
        (43500.75, "2019-02-04", ""),
        ("31-Aug-2012", "2012-08-31", "date-as-text"),
        ("2018年5月3日", "2018-05-03", "date-as-text"),
        ("12. März 2018", "2018-03-12", "date-as-text"),
        ("25/12/2018", "2018-12-25", "date-as-text"),
        ("05/05/2018", "2018-05-05", "date-as-text"),
        ("43500", "2019-02-04", "date-as-text"),
        (20190204, "2019-02-04", "date-as-text"),
        ("03/04/2018", "", "date-ambiguous"),
        ("Q2 2018", "", "date-unreadable"),
        ("31-Feb-2018", "", "date-unreadable"),
        (7, "", "date-unreadable"),
        (None, "", ""),
    ],
)
def test_dates_are_read_or_said_to_be_doubtful(held, date, noted):
    found = template("CMRT", "6.22", fields={"effective_date": held})
    (line,) = [f for f in found["fields"] if f[0] == "effective_date"]
    assert line[2] == date and line[4] == "D22"
    assert rules(found) == ([noted] if noted else [])
    if noted == "date-ambiguous":
        assert found["problems"][0][5] == "2018-03-04 or 2018-04-03"


@pytest.mark.parametrize("old_form", [False, True])
def test_dates_that_count_from_1904(old_form):
    sheets = makebook.template("CMRT", "3.01", fields={"effective_date": 40328})
    data = (makexls.book(sheets, epoch_1904=True) if old_form
            else makebook.book(sheets, Spelling(epoch_1904=True)))  # fmt: skip
    (line,) = [f for f in said(data)["fields"] if f[0] == "effective_date"]
    assert line[2] == "2014-05-31"


def test_scopes_mean_what_their_revision_says():
    def scope(version, raw):
        found = template("CMRT", version, fields={"scope": raw})
        return next(f[2] for f in found["fields"] if f[0] == "scope"), rules(found)

    assert scope("2.03", "C. Product Category Level [Specify]") == ("product_category", [])
    assert scope("6.22", "C. User defined [Specify]") == ("user_defined", [])
    assert scope("6.22", "Company-wide") == ("company", ["scope-not-offered"])
    assert scope("6.22", "whole group") == ("", ["scope-not-offered"])


def test_values_that_no_program_calculated_are_taken_from_the_workbook_itself():
    found = template(
        "CMRT", "6.22", saved=False,
        smelters=[{"id_input": "cid-900001"}, {"metal": "Tin", "lookup": "ESTANHO DO SUL"},
                  {"id_input": "CID999999"}, {"metal": "Gold", "lookup": "Nobody"}],
    )  # fmt: skip
    first, second, third, fourth = smelters(found)
    assert (first["metal"], first["smelter_id_reported"]) == ("Gold", "CID900001")
    assert (first["lookup_reported"], first["country_reported"]) == (
        "Aurum Works Ltd.", "SWITZERLAND")  # fmt: skip
    assert (second["smelter_id_reported"], second["country_reported"]) == ("CID900003", "BRAZIL")
    assert (third["metal"], third["smelter_id_reported"]) == ("", "CID999999")
    assert fourth["smelter_id_reported"] == ""
    assert found["cached"] is False
    assert rules(found) == ["values-not-saved", "row-derived", "row-derived"]
    assert [line[5] for line in found["problems"][1:]] == [
        "metal Gold, name Aurum Works Ltd., country SWITZERLAND, "
        "from Smelter Look-up!6",
        "country BRAZIL, id CID900003, from Smelter Look-up!8",
    ]


def test_nothing_is_filled_in_from_an_id_that_the_cells_beside_it_are_not_of():
    left = {"metal": "Tin", "lookup": "Estanho do Sul", "id": "242332"}
    found = template("CMRT", "6.22", saved=False, smelters=[
        left | {"id_input": "CID900001"}, {"metal": "Tin", "lookup": "Estanho do Sul",
                                           "id_input": "CID900001"}])  # fmt: skip
    for row in smelters(found):
        assert (row["metal"], row["country_reported"]) == ("Tin", "") and row["own_look_up"] == ""
    assert "row-derived" not in rules(found)


def test_row_says_whether_its_own_workbook_has_it_so():
    line = {"metal": "Tantalum", "lookup": "Tantal Hütte", "name": "Tantal Huette GmbH",
            "id": "CID900002"}  # fmt: skip
    found = template("CMRT", "6.22", smelters=[
        line, line | {"id": "CID900001"}, line | {"metal": "Tin"}, line | {"name": "Another"}])
    assert [row["own_look_up"] for row in smelters(found)] == ["yes", "", "", ""]


def test_a_list_alone_saved_without_values_is_named_and_read_from_the_look_up():
    lines = [{"id_input": "CID900001"}, {"metal": "Tin", "lookup": "Estanho do Sul"},
             {"id_input": "CID900001", "metal": "Gold", "lookup": "Aurum Works Ltd."}]  # fmt: skip
    calculated = makebook.template("CMRT", "6.22", smelters=lines)
    unsaved = makebook.template("CMRT", "6.22", smelters=lines, saved=False)
    deleted = {**calculated, "Smelter List": {
        at: value for at, value in calculated["Smelter List"].items()
        if not isinstance(value, makebook.Formula)}}  # fmt: skip
    found = said(makebook.book({**calculated, "Smelter List": unsaved["Smelter List"]}))
    notes = [line for line in found["problems"] if line[0] == "values-not-saved"]
    assert [(line[2], line[4].partition(" ")[2]) for line in notes] == [
        ("Smelter List", "formulas without a value")] and not found["cached"]  # fmt: skip
    assert [row["country_reported"] for row in smelters(found)] == [
        "SWITZERLAND", "BRAZIL", "SWITZERLAND"]  # fmt: skip
    zeros = {**calculated["Smelter List"], "B5": 0, "C5": 0, "F5": 0}
    found = said(makexls.book({**calculated, "Smelter List": zeros}))
    assert rules(found)[:2] == ["values-not-saved", "row-derived"], "a 0 is all an .xls holds"
    found = said(makebook.book(deleted))
    assert rules(found) == ["row-derived"] and found["cached"], "no formula is left to save"
    assert [row["country_reported"] for row in smelters(found)] == ["SWITZERLAND", "", ""]


def test_an_ambiguous_alias_is_not_resolved():
    lookup = [("Tin", "Same Name", "First", "PERU", "CID900010"),
              ("Tin", "Same Name", "Second", "PERU", "CID900011")]  # fmt: skip
    found = template("CMRT", "6.22", saved=False, lookup=lookup,
                     smelters=[{"metal": "Tin", "lookup": "Same Name"}])  # fmt: skip
    assert smelters(found)[0]["smelter_id_reported"] == ""


def test_minerals_of_emrt_2_follow_the_labels_and_leftovers_are_said():
    sheets = makebook.template("EMRT", "2.1", minerals=["Nickel", "Cobalt"],
                               answers={("1", "Nickel"): "Yes"})  # fmt: skip
    sheets["Declaration"]["D35"] = "No"
    found = said(makebook.book(sheets))
    answers = {(a[2], a[7]): a[3] for a in found["answers"] if a[0] == "1"}
    assert answers == {("Cobalt", "D30"): "", ("Nickel", "D31"): "Yes", ("", "D35"): "No"}
    assert rules(found) == ["answer-without-mineral"]


def test_minerals_of_emrt_2_without_saved_labels_are_those_selected_in_order():
    found = template("EMRT", "2.1", minerals=["Nickel", "Cobalt"], saved=False,
                     answers={("1", "Nickel"): "Yes"})  # fmt: skip
    assert [(a[2], a[3]) for a in found["answers"] if a[0] == "1"] == [
        ("Cobalt", ""), ("Nickel", "Yes")]  # fmt: skip


def test_an_unlisted_mineral_of_amrt_keeps_its_own_name():
    found = template("AMRT", "1.3", minerals=["Silver", "Chromium"],
                     answers={("1", "Chromium"): "Yes"})  # fmt: skip
    assert ("Chromium", "Yes") in [(a[2], a[3]) for a in found["answers"]]
    assert [line[2]["mineral"] for line in found["scope"]] == ["Silver", "Chromium"]


def test_the_family_is_told_by_content_where_the_title_is_wrong():
    sheets = makebook.template("CRT", "2.2", language="Français")
    sheets["Declaration"]["D2"] = "Modèle (CMRT)"
    found = said(makebook.book(sheets))
    assert (found["template"], found["language"]) == ("CRT", "French")
    sheets = makebook.template("EMRT", "1.1", lookup=[])
    assert said(makebook.book(sheets))["template"] == "EMRT"


def test_lists_of_products_and_mines():
    found = template(
        "EMRT", "2.1", mines=[{"metal": "Cobalt", "name": "Pit", "country": "PERU"}],
        products=[{"number": 12345.0, "name": "Part", "requester_number": "R-1"}, {"row": 40,
                  "comments": "late"}],
    )  # fmt: skip
    (mine,) = found["mines"]
    assert (mine[0], mine[1], mine[2]["name"], mine[2]["country"]) == (
        "Mine List", 5, "Pit", "PERU")  # fmt: skip
    assert [(line[1], line[2]["number"]) for line in found["products"]] == [(6, "12345"), (40, "")]
    assert found["products"][0][2]["requester_number"] == "R-1"


def test_tables_of_a_folder_hold_each_file_once_and_in_order(tmp_path: Path):
    for supplier, version in (("b", "5.12"), ("a", "6.22")):
        (tmp_path / supplier).mkdir()
        data = makebook.book(makebook.template(
            "CMRT", version, smelters=[{"metal": "Gold", "lookup": "Aurum Works"}]))  # fmt: skip
        (tmp_path / supplier / "x.xlsx").write_bytes(data)
    (tmp_path / "stray.txt").write_text("hello")
    found = intake.read_folder(tmp_path)
    files = found.files
    assert files["file"].tolist() == ["a/x.xlsx", "b/x.xlsx", "stray.txt"]
    assert files["supplier_id"].tolist() == ["a", "b", ""]
    assert files["readable"].tolist() == [True, True, False]
    assert files["smelters_reported"].tolist() == [1, 1, 0]
    # Every entry of the look-ups once, from the newest revision that has it.
    assert set(found.lookups["version"]) == {"6.22"} and len(found.lookups) == 5
    assert found.rows["file"].tolist() == ["a/x.xlsx", "b/x.xlsx"]
    assert len(found.answers) == 40 + 37


@pytest.mark.parametrize(("version", "header", "alike"), [
    ("1.3", {"C4": "製錬業者名 (*)", "D4": "製錬業者名 (*)"}, "D"),
    ("1.31", {"C4": "Nombre de la fundidora", "D4": "Nombre de la fundidora (*)"}, "D"),
    ("1.3", {"F4": "Smelter ID", "G4": "Smelter ID"}, "F")])  # fmt: skip
def test_of_two_columns_whose_published_headings_read_alike_each_keeps_its_place(
    version, header, alike
):
    sheets = makebook.template("AMRT", version, smelters=[
        {"metal": "Zinc", "lookup": "Smelter not listed", "name": "Zinkhuette Beispiel GmbH",
         "country": "GERMANY", "id": "CID900901", "source": "EX"}])  # fmt: skip
    sheets["Smelter List"] |= {**header, "B4": "Metal (*)"}
    (row,) = smelters(found := said(makebook.book(sheets)))
    assert alike and [row[name] for name in ("name_reported", "country_reported", "id_shown")] == [
        "Zinkhuette Beispiel GmbH", "GERMANY", "CID900901"]  # fmt: skip
    assert "columns-unknown" not in rules(found)


@pytest.mark.parametrize("words", [
    {"D1004": "English", "E1004": "Chinese"}, {"E1006": "COUNTRY 001", "F1006": "C01"},
    {"B1010": "Metal (*)", "C1010": "Label"}, {"N1020": "Comments"}])  # fmt: skip
@pytest.mark.parametrize("version", ["2.0", "2.01"])
def test_words_that_an_old_template_keeps_below_its_list_are_no_rows(version, words):
    sheets = makebook.template("CMRT", version, smelters=[{"metal": "Tin", "lookup": "X"}])
    sheets["Smelter List"] |= words
    found = said(makebook.book(sheets))
    assert [row["row"] for row in smelters(found)] == [5] and found["problems"] == []


@pytest.mark.parametrize(("version", "row", "label", "blamed"), [
    ("2.2", 26, "Tantale (*)", []), ("2.2", 32, "タンタル (*)", []),
    ("2.2", 38, "Tantal", ["metal-moved"]), ("2.21", 26, "Gold", ["metal-moved"])])  # fmt: skip
def test_a_template_of_one_metal_asks_of_no_other_whatever_its_label_says(
    version, row, label, blamed
):
    sheets = makebook.template("CRT", version)
    sheets["Declaration"] |= {f"B{row}": label, f"D{row}": "Yes"}
    found = said(makebook.book(sheets))
    assert [line[2] for line in found["answers"] if line[3]] == ["Cobalt"]
    assert rules(found) == blamed


@pytest.mark.parametrize(("cell", "metal", "expected"), [
    ("Tin, Tungsten", "Tin", "a line each for Tin and Tungsten"),
    ("Gold\nTantalum", "Gold", "a line each for Gold and Tantalum"),
    ("W / Sn", "Tungsten", "a line each for Tungsten and Tin"),
    ("锡、金", "Tin", "a line each for Tin and Gold"),
    ("Gold (Au)", "Gold", ""), ("Tin (*)", "Tin", "")])  # fmt: skip
def test_a_metal_cell_that_names_several_metals_is_said(cell, metal, expected):
    found = template("CMRT", "6.5", smelters=[{"metal": cell, "lookup": "X"}])
    several = [p for p in found["problems"] if p[0] == "metal-names-several"]
    assert [problem[5] for problem in several] == ([expected] if expected else [])
    assert smelters(found)[0]["metal"] == metal


_SHEET = "xl/worksheets/sheet3.xml"
_TIN = [{"metal": "Tin", "lookup": "A"}, {"lookup": "B"}, {"lookup": "C"},
        {"comments": "see above"}]  # fmt: skip


@pytest.mark.parametrize("spelling", [Spelling(), Spelling(inline=True), Spelling(prefix="x:")])
def test_a_merged_cell_of_the_list_holds_for_the_rows_that_say_something(spelling):
    data = makebook.book(makebook.template("CMRT", "6.5", smelters=_TIN), spelling)
    p = spelling.prefix
    after = f'<{p}mergeCells count="2"><{p}mergeCell ref="B5:B8"/><{p}mergeCell ref="D1:E3"/>'
    found = said(makebook.edited(
        data, _SHEET, f"</{p}sheetData>", f"</{p}sheetData>{after}</{p}mergeCells>"))
    assert [(row["row"], row["metal"]) for row in smelters(found)] == [
        (5, "Tin"), (6, "Tin"), (7, "Tin")]  # fmt: skip
    merged = [p[3:] for p in found["problems"] if p[0] == "cells-merged"]
    assert merged == [["B5", "Tin", "in each of the rows 5 to 7"]]


@pytest.mark.parametrize("spelling", [Spelling(), Spelling(inline=True)])
@pytest.mark.parametrize("mark", [' hidden="1"', ' ht="15" hidden="true"', ' ht="0"'])
def test_hidden_rows_of_the_list_are_counted_and_said(spelling, mark):
    lines = [{"metal": "Tin", "lookup": name} for name in "ABC"]
    data = makebook.book(makebook.template("CMRT", "6.5", smelters=lines), spelling)
    for row in (6, 7, 900):
        if row < 900:
            data = makebook.edited(data, _SHEET, f'<row r="{row}"', f'<row r="{row}"{mark}')
    found = said(data)
    assert len(found["rows"]) == 3
    assert [p[3:5] for p in found["problems"]] == [["B6", "6, 7"]]


def test_hidden_rows_and_merged_cells_of_an_old_workbook_are_seen_too():
    sheets = makebook.template("CMRT", "6.5", smelters=_TIN)
    found = said(makexls.container({"Workbook": makexls.stream(
        sheets, merged=("B5:B7",), hidden=(6,))}))
    assert [(row["row"], row["metal"]) for row in smelters(found)] == [
        (5, "Tin"), (6, "Tin"), (7, "Tin")]  # fmt: skip
    told = {p[0]: p[3] for p in found["problems"]}
    assert told["cells-merged"] == "B5" and told["rows-hidden"] == "B6"


@pytest.mark.parametrize("spelling", [Spelling(), Spelling(inline=True)])
def test_a_second_block_of_cells_is_said_and_the_first_is_read(spelling):
    lines = [{"metal": "Tin", "lookup": "A"}]
    data = makebook.book(makebook.template("CMRT", "6.5", smelters=lines), spelling)
    more = '<sheetData><row r="5"><c r="B5" t="str"><v>Gold</v></c></row></sheetData>'
    found = said(makebook.edited(data, _SHEET, "</sheetData>", f"</sheetData>{more}"))
    assert [row["metal"] for row in smelters(found)] == ["Tin"]
    assert rules(found) == ["sheet-data-twice"]


@pytest.mark.parametrize("name", ["Smelter List (2)", "Tabelle1", "smelter list alt"])
def test_a_filled_copy_of_the_list_under_another_name_is_said(name):
    lines = [{"metal": "Tin", "lookup": "A"}, {"metal": "Gold", "lookup": "B"}]
    sheets = makebook.template("CMRT", "6.4", smelters=lines)
    filled = sheets["Smelter List"]
    sheets["Smelter List"] = {at: value for at, value in filled.items() if int(at[1:]) < 5}
    found = said(makebook.book({**sheets, name: filled}))
    copies = [p[2:] for p in found["problems"] if p[0] == "sheet-of-same-form"]
    assert copies == [[name, "B5", "2 filled lines", "the sheet Smelter List"]]


def test_a_filled_copy_of_the_declaration_is_said_and_a_blank_copy_is_not():
    sheets = makebook.template("CMRT", "6.4", answers={("1", "Tin"): "Yes", ("A", ""): "No"})
    blank = makebook.template("CMRT", "6.4")["Declaration"]
    blank = {at: value for at, value in blank.items() if at[0] != "D"}
    found = said(makebook.book(
        {**sheets, "Declaration (2)": sheets["Declaration"], "Declaration (3)": blank}))
    assert [p[2:5] for p in found["problems"]] == [["Declaration (2)", "B25", "2 filled lines"]]


@pytest.mark.parametrize("second", ["Smelter List", "SMELTER  LIST"])
def test_two_sheets_of_one_name_are_said(second):
    lines = [{"metal": "Tin", "lookup": "A"}]
    data = makebook.book(makebook.template("CMRT", "6.4", smelters=lines))
    found = said(makebook.edited(
        data, "xl/workbook.xml", 'name="Product List"', f'name="{second}"'))
    assert len(found["rows"]) == 1 and "sheet-named-twice" in rules(found)


def test_a_damaged_sheet_of_the_suppliers_own_does_not_keep_the_template_from_being_read():
    sheets = makebook.template("CMRT", "6.4", smelters=[{"metal": "Tin", "lookup": "A"}])
    data = makebook.book({**sheets, "Own notes": {"A1": "x"}})
    part = f"xl/worksheets/sheet{len(sheets) + 1}.xml"
    found = said(makebook.edited(data, part, "</sheetData>", "</wrong>"))
    assert found["readable"] and len(found["rows"]) == 1 and found["problems"] == []


@pytest.mark.parametrize("family", layouts.FAMILIES)
def test_each_column_of_a_layout_is_a_known_revision_and_they_stand_in_order(family):
    columns = list(library.table(f"layouts/{family}"))[2:-1]
    assert set(columns) <= set(layouts.known_versions(family))
    assert columns == sorted(columns, key=versions.key)


def test_an_unreadable_revision_is_taken_for_the_newest_within_bounds():
    assert versions.within("", ">=6.0") and not versions.within("draft", "<3.0")
    assert versions.within("3.02", ">=3.0,<4.0") and not versions.within("4.0", ">=3.0,<4.0")
    assert versions.within("2.03a", "<3.0") and versions.within("7.1", "")
