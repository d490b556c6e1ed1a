"""The pages in a real browser with the network cut: they open, say nothing wrong, and can be used.

Accessibility is judged by axe-core.
"""

import os
import random
import re
from pathlib import Path

import pandas as pd
import pytest

from conflict_minerals.filing.evidence import front_door
from conflict_minerals.filing.evidence.trace_base import figure_path
from conflict_minerals.ground import pages as page_parts

# One page of each kind; there are hundreds of figures and facilities, all from one mould.
KINDS = [
    "index.html", "review/1-*.html", "review/2-*.html", "review/3-*.html", "review/4-*.html",
    "review/report.html", "review/claims.html", "review/figures.html", "review/facilities.html",
    "review/suppliers.html", figure_path("conformant"), figure_path("response_rate"),
    figure_path("facilities_africa"), figure_path("rows_unmatched"),
    "review/facilities/gold-cid000015.html", "review/suppliers/alder.html", "counsel/gaps.html",
]  # fmt: skip
_FITS = "() => document.documentElement.scrollWidth <= window.innerWidth + 1"


@pytest.fixture
def tab(browser):
    """A tab without a network that notes whatever a page asks for or complains about."""
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.asked, page.complaints = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda said: page.complaints.append(said.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield page
    context.close()


def pages(outputs: Path) -> list[Path]:
    return sorted(outputs.rglob("*.html")) + sorted(outputs.rglob("*.htm"))


def part(outputs: Path, path: Path) -> str:
    """The folder when it is one of the large ones, so that workers can share the load."""
    folder = path.parent.relative_to(outputs).as_posix()
    return folder if folder in ("review/figures", "review/facilities") else ""


def one(outputs: Path, pattern: str) -> Path:
    return sorted(outputs.glob(pattern))[0]


@pytest.mark.parametrize("folder", ["", "review/figures", "review/facilities"])
def test_every_page_opens_and_loads_nothing_but_itself(example_2018, tab, folder):
    every = [path for path in pages(example_2018) if part(example_2018, path) == folder]
    assert len(every) > 10
    if "PROOFS" not in os.environ:  # `make prove` opens every one
        every = random.Random(1).sample(every, min(len(every), 40))
    for path in every:
        tab.asked.clear()
        tab.goto(path.as_uri(), wait_until="load")
        assert tab.title().strip(), path
        addresses = {re.sub("#.*", "", url) for url in tab.asked if not url.startswith("data:")}
        assert addresses == {path.as_uri()}, path
    assert tab.complaints == []


def violations(tab) -> list:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(tab).response["violations"]
    return [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in found]


@pytest.mark.parametrize("pattern", KINDS)
def test_no_accessibility_violation(example_2018, example_2025, tab, pattern):
    # Of the long pages the smaller year's, which is made alike; `make prove` takes the larger.
    smaller = "*" in pattern and "PROOFS" not in os.environ
    tab.goto(one(example_2025 if smaller else example_2018, pattern).as_uri())
    assert violations(tab) == []
    assert tab.evaluate("() => document.documentElement.lang") == "en"


def test_the_front_door_of_a_closed_gate_is_as_accessible(example_2018, sandbox, tab, tmp_path):
    facts = front_door.load(sandbox / "data" / "processed" / "2018")
    gate = {"stage": "filing", "gate": "blank", "subject": "signer.name",
            "reason": "is not filled in"}
    facts |= {"gates": [gate], "hindsight": True, "notes": [gate]}
    facts["signoff"][0] |= {"name": "A. B.", "signed_on": "2019-05-20", "state": "void"}
    (tmp_path / "index.html").write_bytes(front_door.page(facts, example_2018))
    tab.goto((tmp_path / "index.html").as_uri())
    assert violations(tab) == []
    tab.get_by_role("link", name="1 gate closed").click()
    assert tab.url.endswith("#gates-filing")
    assert tab.get_by_text("is not filled in").first.is_visible()


@pytest.mark.parametrize("pattern", KINDS)
def test_a_narrow_window_needs_no_sideways_scrolling(example_2018, tab, pattern):
    tab.set_viewport_size({"width": 360, "height": 700})
    tab.goto(one(example_2018, pattern).as_uri())
    assert tab.evaluate(_FITS)
    # Wider letters stand for whatever font a reader has; they are those of WCAG 2.1, 1.4.12.
    tab.evaluate("() => { document.body.style.letterSpacing = '.12em' }")
    assert tab.evaluate(_FITS), "with wider letters"


def test_no_table_is_wider_than_a_window_of_a_usual_laptop(example_2018, tab):
    tab.set_viewport_size({"width": 1400, "height": 900})
    wide = """() => [...document.querySelectorAll(".scroll")]
        .filter(one => one.scrollWidth > one.clientWidth + 1)
        .map(one => one.querySelector("caption").innerText)"""
    for pattern in [*KINDS, "review/decisions.html", "review/differences.html"]:
        tab.goto(one(example_2018, pattern).as_uri())
        assert tab.evaluate(wide) == [], pattern


def test_a_table_of_many_columns_has_as_much_room_as_one_of_sentences(tab, tmp_path):
    tab.set_viewport_size({"width": 1400, "height": 900})
    many = pd.DataFrame({f"column_{n}": ["some words here"] for n in range(6)})
    sentences = pd.DataFrame({"x": ["a"], "why": ["some words here " * 9]})
    rules = pd.DataFrame({"severity": ["error"], "rule": ["authorizer-email-missing"], "files": [1],
                          "suppliers": [1], "meaning": ["what the rule is about " * 6],
                          "action": ["what is to be done now " * 2]})  # fmt: skip
    body = page_parts.Markup().join(page_parts.table(of, "T") for of in (many, sentences, rules))
    (tmp_path / "page.html").write_text(page_parts.page("T", body=body), encoding="utf-8")
    tab.goto((tmp_path / "page.html").as_uri())
    widths = "() => [...document.querySelectorAll('.scroll')].map(one => one.clientWidth)"
    assert len(set(tab.evaluate(widths))) == 1
    rule = tab.get_by_text("authorizer-email-missing")
    lines = "one => { const r = document.createRange(); r.selectNodeContents(one); "
    assert rule.evaluate(lines + "return r.getClientRects().length; }") == 1


def test_clicking_on_a_figure_shows_its_rows_and_a_row_its_cell(example_2018, tab):
    tab.goto((example_2018 / "review" / "report.html").as_uri())
    tab.get_by_role("link", name="253", exact=True).first.click()
    assert tab.locator("tbody tr").count() == 253
    tab.locator("tbody tr a").first.click()
    reported = tab.get_by_role("table", name="Rows of suppliers")
    assert re.search(r"\.xlsx, .+, row \d+", reported.inner_text())


def test_the_keyboard_reaches_the_content_and_shows_where_it_is(example_2018, tab):
    tab.goto((example_2018 / "review" / "facilities.html").as_uri())
    tab.keyboard.press("Tab")
    assert tab.evaluate("() => document.activeElement.textContent") == "Skip to the content"
    assert tab.evaluate("() => document.activeElement.getBoundingClientRect().left >= 0")
    tab.keyboard.press("Enter")
    assert tab.evaluate("() => document.activeElement.id") == "main"
    headings = tab.locator("thead th").count()
    reached = ""
    for _ in range(headings + 4):  # search, table, its sorting headings, its first link
        tab.keyboard.press("Tab")
        style = "() => getComputedStyle(document.activeElement).outlineStyle"
        assert tab.evaluate(style) != "none"
        reached = tab.evaluate("() => document.activeElement.tagName")
        if reached == "A":
            break
    assert reached == "A"
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/review/facilities/*.html")


def test_pages_print_without_their_navigation(example_2018, tab):
    tab.goto((example_2018 / "review" / "facilities.html").as_uri())
    tab.emulate_media(media="print")
    assert not tab.locator(".head nav").is_visible()
    assert tab.locator("tbody tr").count() == 297
    assert tab.pdf(format="Letter").startswith(b"%PDF")


@pytest.mark.parametrize("name", ["form-sd.htm", "conflict-minerals-report.htm"])
def test_what_goes_to_edgar_renders_as_it_should(example_2018, tab, name):
    path = example_2018 / "report" / name
    tab.goto(path.as_uri())
    assert tab.evaluate("() => document.characterSet") in ("windows-1252", "UTF-8", "US-ASCII")
    text = tab.locator("body").inner_text()
    assert "DRAFT" in text and "2018" in text and "\ufffd" not in text and "&#" not in text
    for link in tab.locator("a[href^='#']").all():
        place = link.get_attribute("href")[1:]
        assert tab.locator(f"[id='{place}'], a[name='{place}']").count() == 1
    wide = "() => document.documentElement.scrollWidth <= 1280"
    tab.set_viewport_size({"width": 1280, "height": 900})
    assert tab.evaluate(wide)


def long_page(folder: Path) -> Path:
    """A page with a table of 40 rows that is cut."""
    rows = pd.DataFrame({"name": [f"Refinery {n}" for n in range(50)],
                         "country": ["Chile", "Norway"] * 25, "rows": range(600, 650)})
    body = page_parts.parts().heading("Facilities", 1) + page_parts.table(
        rows, "Facilities", limit=40, csv="tables/facilities.csv")
    path = folder / "long.html"
    path.write_text(page_parts.page("Facilities", body=body), encoding="utf-8")
    return path


def test_a_long_table_is_searched_and_sorted_with_the_keyboard_alone(tab, tmp_path):
    tab.goto(long_page(tmp_path).as_uri())
    tab.get_by_label("Search this table").focus()
    tab.keyboard.type("norway refinery 1")
    shown = tab.locator("tbody tr:visible th")
    assert shown.all_inner_texts() == [f"Refinery {n}" for n in (1, 11, 13, 15, 17, 19, 21, 31)]
    said = tab.get_by_role("status").inner_text()
    assert "8 of 40 rows" in said and "All 50 stand in tables/facilities.csv" in said
    button = tab.get_by_role("button", name="Rows")
    button.focus()
    tab.keyboard.press("Enter")
    tab.keyboard.press("Enter")
    assert button.locator("xpath=..").get_attribute("aria-sort") == "descending"
    assert shown.first.inner_text() == "Refinery 31"
    tab.keyboard.press("Enter")
    assert button.locator("xpath=..").get_attribute("aria-sort") is None
    assert violations(tab) == [] and tab.complaints == []


def test_a_review_page_is_searched_and_sorted_by_keyboard_and_reads_whole_with_scripts_off(
    example_2018, browser, tab
):
    address = (example_2018 / figure_path("conformant")).as_uri()
    tab.goto(address)
    rows = tab.locator("tbody tr:visible")
    whole = rows.all_inner_texts()
    tab.get_by_label("Search this table").focus()
    tab.keyboard.type("japan tin")
    found = rows.all_inner_texts()
    assert 0 < len(found) < 20 and set(found) < set(whole)
    assert all("japan" in row.lower() and "tin" in row.lower() for row in found)
    assert f"{len(found)} of {len(whole)} rows" in tab.get_by_role("status").inner_text()
    heading = tab.get_by_role("button", name="Country")
    place = tab.locator("thead th").all_inner_texts().index(heading.inner_text())
    tab.get_by_label("Search this table").fill("")
    heading.focus()
    tab.keyboard.press("Enter")
    assert sorted(rows.all_inner_texts()) == sorted(whole)
    cells = tab.locator(f"tbody tr > :nth-child({place + 1})").all_inner_texts()
    assert cells == sorted(cells) and len(set(cells)) > 1
    context = browser.new_context(offline=True, java_script_enabled=False)
    plain = context.new_page()
    plain.goto(address)
    assert plain.locator("tbody tr").all_inner_texts() == whole
    assert plain.locator("input, button").count() == 0
    context.close()


def test_a_long_table_reads_as_well_without_the_script(browser, tmp_path):
    context = browser.new_context(offline=True, java_script_enabled=False)
    page = context.new_page()
    page.goto(long_page(tmp_path).as_uri())
    assert page.locator("tbody tr").count() == 40
    assert page.locator("input, button").count() == 0
    assert page.get_by_text("The first 40 of 50 rows").is_visible()
    context.close()
