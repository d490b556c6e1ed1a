"""What notebooks and pages show: escaped, labelled, the same every time."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from conflict_minerals.ground import live, pages, show
from conflict_minerals.ground.text import number_of

HOSTILE = "Acme <script>alert(1)</script>\" onload='x' \u202e&amp;"


class Tags(HTMLParser):
    def __init__(self, markup):
        super().__init__()
        self.seen = []
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


def tags(markup):
    return Tags(markup).seen


def html(shown):
    return shown._repr_mimebundle_()["text/html"]


@pytest.mark.parametrize(
    "markup",
    [
        html(show.table(pd.DataFrame({HOSTILE: [HOSTILE]}), HOSTILE, csv=HOSTILE)),
        html(show.sentence("{name} answered", name=HOSTILE)),
        html(show.facts([(HOSTILE, HOSTILE)])),
        html(show.note(HOSTILE)),
        pages.page(HOSTILE, body=pages.parts().heading(HOSTILE), stamp=HOSTILE,
                   nav=[(HOSTILE, "")]),
        pages.link(HOSTILE, "x.html\" onclick='y"),
        pages.parts().items([HOSTILE, pages.Link(HOSTILE, "#a")]),
    ],
)
def test_strangers_text_never_becomes_markup(markup):
    for tag, attributes in tags(markup):
        assert tag != "script"
        assert not [name for name in attributes if name.startswith("on")]
    assert "\u202e" not in markup


@pytest.mark.parametrize("href", ["javascript:alert(1)", "data:text/html,x", "//host/x", "file:///"])
def test_links_lead_nowhere_but_to_pages(href):
    assert pages.link("text", href) == "text"


def test_a_table_has_caption_scopes_and_numbers_on_the_right():
    frame = pd.DataFrame({"smelter_id": ["CID1"], "rows": [12345], "counted": [True]})
    markup = pages.table(frame, "Rows by smelter")
    assert "<caption>Rows by smelter</caption>" in markup
    assert [a.get("scope") for t, a in tags(markup) if t == "th"] == ["col", "col", "col", "row"]
    assert '<td class="number">12,345</td><td>yes</td>' in markup
    assert "Smelter ID" in markup


def test_readers_get_plain_headings_and_words_and_the_table_keeps_its_own():
    frame = pd.DataFrame({"verdict": ["accepted_with_findings", "accepted", ""],
                          "country_name": ["Peru"] * 3, "last_audit": [""] * 3})  # fmt: skip
    said = pages.plain(frame)
    assert said["verdict"].tolist() == ["accepted with findings", "accepted", ""]
    assert frame["verdict"].iloc[0] == "accepted_with_findings"
    markup = pages.table(said, "Files")
    assert "Country</th>" in markup and "Last audit</th>" in markup


def test_a_list_in_a_cell_may_stand_on_lines_of_its_own():
    markup = pages.table(pd.DataFrame({"of": ["x;y"], "flags": [f"a;{HOSTILE}"]}), "t",
                         lines=("flags",))
    assert '<th scope="row">x;<wbr>y</th><td>a<br>Acme &lt;script&gt;' in markup
    assert "script" not in {tag for tag, _ in tags(markup)}


def test_a_list_in_a_cell_may_break_and_a_sentence_keeps_its_blanks():
    assert pages.cell("Tin;Gold") == "Tin;<wbr>Gold"
    assert pages.cell("for 2018; single rows") == "for 2018; single rows"
    assert pages.cell("a & b;c") == "a &amp; b;<wbr>c"


def test_a_long_table_is_cut_says_so_and_names_its_csv():
    frame = pd.DataFrame({"n": range(2001)})
    markup = html(show.table(frame, "Numbers", limit=5000, csv="tables/numbers.csv"))
    assert markup.count("<tr>") == 2001  # the heading and 2,000 rows
    assert "The first 2,000 of 2,001 rows" in markup and "tables/numbers.csv" in markup


def test_an_empty_table_is_one_sentence_and_has_no_heads():
    assert pages.table(pd.DataFrame({"a": []}), "Gates") == "<p>Gates: none.</p>"


def test_a_notebook_says_the_same_words_as_the_evidence_pages():
    shown = show.table(pd.DataFrame({"state": ["not_provided"], "n": [1]}), "Lists")
    assert "not provided" in html(shown) and "not_provided" not in html(shown) + repr(shown)


@pytest.mark.parametrize(
    "item, text",
    [(2018, "2018"), (12345, "12,345"), (0.5, "0.5"), (np.int64(7), "7"), (np.bool_(True), "yes"),
     (float("nan"), ""), (None, ""), (3.0, "3"), (1234567.25, "1,234,567.25")],
)  # fmt: skip
def test_values_as_text(item, text):
    assert pages.value(item) == text


@pytest.mark.parametrize("count, text", [(0, "0 days"), (1, "1 day"), (2400, "2,400 days")])
def test_a_number_stands_with_its_noun(count, text):
    assert number_of(count, "day", "days") == text


def test_a_page_lets_nothing_run_or_load_and_its_own_style_in():
    markup = pages.page("Title", body="x")
    attributes = [a for t, a in tags(markup) if t == "meta" and "http-equiv" in a][0]
    assert attributes["content"].startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in attributes["content"]
    assert not re.search(r"(src|href)=\"https?:", markup)
    assert dict(tags(markup))["html"] == {"lang": "en"}


def test_slugs_are_stable_and_apart():
    assert pages.slug("Gold", "CID1") != pages.slug("Gold CID1")
    assert pages.slug("東京", "x") != pages.slug("大阪", "x")
    assert re.fullmatch(r"[a-z0-9-]+", pages.slug(HOSTILE))


def test_a_figure_carries_its_words_and_is_the_same_twice():
    from matplotlib import pyplot

    def draw():
        figure, axes = pyplot.subplots(figsize=(2, 1))
        axes.bar(["a"], [1])
        return show.figure(figure, "One bar <b>", "A bar", pd.DataFrame({"a": [1]}))

    first, second = html(draw()), html(draw())
    assert first == second
    image = [a for t, a in tags(first) if t == "img"][0]
    assert image["alt"] == "One bar <b>"
    assert base64.b64decode(image["src"].partition(",")[2])[:4] == b"\x89PNG"
    assert "<details>" in first and "<caption>A bar</caption>" in first
    assert pyplot.get_fignums() == []


def test_plain_text_is_short_and_says_how_much_is_left():
    plain = repr(show.table(pd.DataFrame({"n": range(100)}), "Numbers"))
    assert plain.splitlines()[0] == "Numbers (100 rows)"
    assert plain.splitlines()[-1] == "… 88 more"


def test_a_table_in_lab_can_be_worked_with_and_nowhere_else_differs(monkeypatch):
    pytest.importorskip("itables")
    frame = pd.DataFrame({"country": ["CHE"], "country_name": [HOSTILE], "rows": [3]})
    monkeypatch.delenv("HELPERS_LAB", raising=False)
    static = show.table(frame, "Facilities")
    assert live.script() == ""
    monkeypatch.setenv("HELPERS_LAB", "1")
    worked = show.table(frame, "Facilities")
    assert worked.plain == static.plain and worked.markup != static.markup
    assert "alert(1)</script>" not in worked.markup.replace("&lt;", "")
    assert "Country name" in worked.markup  # two headings that are alike would be one column
    assert "cdn." not in live.script() + worked.markup
    frame = pd.DataFrame({"needed": [True], "tiers": ["high;low"], "why": ["said " * 20]})
    said = show.table(frame, "Facilities").markup
    assert '["yes' in said.replace("\\", "") and "high; low" in said  # as a page says them
    assert '{"className": "wide", "targets": 2}' in said


@pytest.fixture
def in_lab(monkeypatch):
    pytest.importorskip("itables")
    monkeypatch.setenv("HELPERS_LAB", "1")


def test_in_lab_tiers_statuses_and_severities_sort_by_their_weight(in_lab):
    frame = pd.DataFrame({"tier_before": ["high", "low", ""], "status": ["active"] * 3,
                          "severity": ["info", "red", "hard"], "name": ["low", "x", "y"]})
    said = show.table(frame, "Facilities").markup.replace("\\", "")
    assert '["critical", "high", "medium", "low"]' in said
    assert '["needs a decision", "red flag", "noted", "for information"]' in said
    assert '[[2, 2, 4, "low"], [4, 2, 2, "x"], [0, 2, 1, "y"]]' in said


def test_in_lab_dates_stay_on_one_line_sentences_have_room_and_long_words_break(in_lab):
    frame = pd.DataFrame({"as_of": ["2026-01-31", ""],
                          "file": ["a/CMRT_6.5_of_a_long_name.xlsx"] * 2,
                          "message": ["Tantalum is declared, and every line of it is open", ""],
                          "cell": ["F9", "F10"]})
    said = show.table(frame, "Findings").markup
    assert ('[{"className": "date", "targets": 0}, {"className": "path", "targets": 1}, '
            '{"className": "said", "targets": 2}]') in said
    assert "td.date { white-space: nowrap; }" in live.script()


def test_in_lab_a_short_table_too_has_its_search_and_every_filter_its_name(in_lab):
    for rows in (1, 11):
        said = show.table(pd.DataFrame({"a": range(rows)}), "Numbers").markup
        assert '"topEnd": "search"' in said and "aria-label" in said


def test_in_lab_the_table_beneath_a_picture_can_be_worked_with_too(in_lab):
    from matplotlib import pyplot

    said = html(show.figure(pyplot.figure(), "alt", "A bar", pd.DataFrame({"a": [1]})))
    assert "</summary>" in said and "column_filters" in said.partition("</summary>")[2]


def test_a_page_with_a_long_table_has_the_one_script_that_its_policy_names():
    short, long = (pages.page("T", body=pages.table(pd.DataFrame({"a": ["x"] * n}), "C"))
                   for n in (30, 31))  # fmt: skip
    assert "<script" not in short and "script-src" not in short
    script = re.findall("<script>(.*?)</script>", long, re.S)
    digest = base64.b64encode(hashlib.sha256(script[0].encode()).digest()).decode()
    assert len(script) == 1 and f"script-src 'sha256-{digest}'; img-src" in long
    forged = pages.page("T", body='<div class="scroll long">')
    assert "<script" not in forged
