"""The EDGAR linter: a good document passes, and each rule has an example that trips it."""

import random

import pytest

from conflict_minerals.filing.edgar import lint

GOOD = (
    '<!DOCTYPE html>\n<html lang="en"><head><title>Report</title></head><body>\n'
    '<p align="center"><b>Caf&eacute; &#8212; 5 &lt; 6</b></p>\n'
    '<p><a href="#annex">Annex I</a> and <a href="form-sd.htm">the form</a>, '
    '<a href="https://www.sec.gov/Archives/edgar/data/1/2.htm">a filing</a></p>\n'
    '<h2 id="annex">Annex I</h2><table border="1"><caption>Rows</caption>\n'
    '<tr><th>Metal</th></tr><tr><td style="text-align:left">Tin</td></tr></table>\n'
    '<p><img src="map.jpg" alt="Map of the facilities"></p>\n</body></html>\n'
)
JPEG = b"\xff\xd8\xff\xe0 and so on"
BESIDE = {"form-sd.htm": GOOD.encode(), "map.jpg": JPEG}

BODY = {
    "entity": [
        "<p>&bogus;</p>", "<p>&#150;</p>", "<p>&#xD800;</p>", "<p>&#" + "9" * 9000 + ";</p>"
    ],
    "ampersand": ["<p>A & B</p>", "<p>A &amp B</p>", "<p>5 < 6</p>", "<p>x</p><!-- never ends"],
    "tag": [
        "<span>x</span>",
        "<table><thead><tr><td>x</td></tr></thead></table>",
        "<![foo bar]><p>x</p>",
    ],
    "attribute": [
        '<p data-x="1">x</p>',
        '<table><tr><th scope="col">x</th></tr></table>',
        '<p align="left" align="right">x</p>',
    ],
    "active_content": [
        "<script>x()</script>",
        '<p onclick="x()">x</p>',
        '<a href="javascript:x()">x</a>',
        '<a href="java\nscript:x()">x</a>',
        "<form></form>",
        '<iframe src="x.htm"></iframe>',
    ],
    "style_sheet": ["<style>p {color: red}</style>"],
    "style_value": ['<p style="background:url(x.gif)">x</p>', '<p style="position: fixed">x</p>'],
    "hidden_text": ["<!-- note to self -->", '<p style="display:none">x</p>'],
    "data_uri": ['<img src="data:image/gif;base64,AA" alt="x">'],
    "image_type": ['<img src="map.png" alt="x">', '<img src="map.svg" alt="x">'],
    "image_missing": ['<img src="other.jpg" alt="x">'],
    "image_text": ['<img src="map.jpg">'],
    "nested_table": ["<table><tr><td><table><tr><td>x</td></tr></table></td></tr></table>"],
    "outside_link": [
        '<a href="https://example.com/">x</a>',
        '<a href="mailto:a@example.com">x</a>',
        '<img src="//example.com/x.jpg" alt="x">',
        '<a href="https://www.sec.gov.example.com/Archives/edgar/data/1">x</a>',
        '<a href="https://www.sec.gov/Archives/edgar/data/../../x">x</a>',
    ],
    "link_target": [
        '<a href="#nowhere">x</a>',
        '<a href="missing.htm">x</a>',
        '<a href="form-sd.htm#nowhere">x</a>',
    ],
    "duplicate_id": ['<p id="annex">x</p>'],
    "balance": ["<p><b>x</p>", "</div>"],
    "ascii": ["<p>café</p>", "<p>“quoted”</p>", "<p>\x00</p>"],
}
HEAD = {
    "attribute": '<meta http-equiv="Content-Type" content="text/html">',
    "active_content": '<meta http-equiv="refresh" content="0">',
    "structure": "<title>Report <b>2018</b></title>",
    "outside_link": '<base href="https://example.com/">',
}
WHOLE = {
    "structure": ("report.htm", b"<html><body><p>x</p></body></html>"),
    "file_name": ("Conflict Minerals Report.htm", GOOD.encode()),
    "file_type": ("report.html", GOOD.encode()),
    "size": ("report.htm", GOOD.encode() + b" " * 5_000_001),
    "line_length": ("report.txt", b"x" * 81),
    "table_length": ("report.txt", b"<TABLE>\n" + b"x" * 133 + b"\n</TABLE>"),
}


def rules_of(name, data):
    return set(lint.check(data, name, BESIDE)["rule"])


def test_good_document_has_no_finding():
    findings = lint.check(GOOD.encode(), "report.htm", BESIDE)
    assert findings.empty, findings


@pytest.mark.parametrize("rule, body", [(r, b) for r, bodies in BODY.items() for b in bodies])
def test_example_in_the_body_trips_its_rule(rule, body):
    document = GOOD.replace("</body>", f"{body}</body>").encode()
    assert rule in rules_of("report.htm", document)


@pytest.mark.parametrize("rule", sorted(HEAD))
def test_example_in_the_head_trips_its_rule(rule):
    document = GOOD.replace("<title>Report</title>", HEAD[rule]).encode()
    assert rule in rules_of("report.htm", document)


@pytest.mark.parametrize("rule", sorted(WHOLE))
def test_whole_document_trips_its_rule(rule):
    name, data = WHOLE[rule]
    assert rule in rules_of(name, data)


def test_every_rule_of_the_table_has_an_example_and_a_source():
    assert set(lint.rules().index) == set(BODY) | set(WHOLE)
    assert (lint.rules()["source"] != "").all()


def test_wide_lines_are_allowed_in_a_text_table_only():
    wide = b"<TABLE>\n" + b"x" * 120 + b"\n</TABLE>\n"
    assert lint.check(wide, "report.txt").empty
    assert rules_of("report.txt", wide + b"x" * 120) == {"line_length"}


@pytest.mark.parametrize("end", [b"\r\n", b"\r"])
def test_line_ends_of_other_systems_are_line_ends(end):
    document = GOOD.replace("</body>", "<p>A & B</p></body>").encode()
    findings = lint.check(document.replace(b"\n", end), "report.htm", BESIDE)
    assert findings[["line", "rule"]].values.tolist() == [[8, "ampersand"]]


@pytest.mark.parametrize("name", ["x.pdf", "x.png", "x.jpeg", "x"])
def test_what_is_not_sent_is_not_read_as_markup(name):
    assert rules_of(name, b"\x89%PDF & <html>") == {"file_type"}


def test_no_file_makes_it_stop():
    """Pieces of documents in any order: each is looked at to its end."""
    rng = random.Random(2018)
    pieces = """< > <! <![ ]]> <!-- --> <? & &# &#x ; </ /> <p title=" ' = \x00 \ufeff é <script>
    <title> </title> <table> <style> <plaintext> <!DOCTYPE javascript: x""".split(" ")
    for _ in range(400):
        text = "".join(rng.choices(pieces, k=30))
        for data in (text.encode(), text.encode("utf-16"), GOOD.replace("Rows", text).encode()):
            assert set(rules_of("report.htm", data)) <= set(lint.rules().index)


def test_a_graphic_that_is_not_what_it_is_called():
    assert lint.check(JPEG, "map.jpg").empty
    assert rules_of("map.gif", JPEG) == {"image_type"}


def test_findings_name_the_line_and_close_the_gate():
    document = GOOD.replace("</body>", "\n<p>A & B</p></body>").encode()
    findings = lint.check(document, "report.htm", BESIDE)
    assert findings["line"].tolist() == [9]
    gates = lint.gates(findings)
    assert gates.to_dict("records") == [
        {"gate": "lint", "subject": "report.htm",
         "reason": "line 9: a '&' that begins no entity (ampersand)"}
    ]


def test_command_reads_any_file_and_says_how_it_went(tmp_path, capsys):
    good, bad = tmp_path / "form-sd.htm", tmp_path / "report.htm"
    good.write_text(GOOD.replace("form-sd.htm", "report.htm"))
    (tmp_path / "map.jpg").write_bytes(JPEG)
    assert lint.main([str(good)]) == 1  # it leads to a report that is not there yet
    bad.write_text(GOOD.replace("</b>", ""))
    assert lint.main([str(good)]) == 0
    assert lint.main([str(good), str(bad)]) == 1
    out = capsys.readouterr().out
    assert f"{bad}:3: balance" in out
    assert out.endswith("1 finding in 2 files\n")
    assert lint.main([str(tmp_path / "none.htm")]) == 2


@pytest.mark.parametrize("year", ["example_2018", "example_2025"])
def test_what_the_workbook_writes_has_no_finding(year, request, capsys):
    report = request.getfixturevalue(year) / "report"
    documents = sorted(str(path) for path in report.glob("*.htm"))
    assert len(documents) == 2
    assert lint.main(documents) == 0, capsys.readouterr().out
