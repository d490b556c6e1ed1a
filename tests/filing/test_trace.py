"""Evidence pages: a figure leads to exactly its rows, a facility to who reported it, and back."""

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import PurePosixPath

import pandas as pd
import pytest

import report_year
from conflict_minerals.filing import build
from conflict_minerals.filing.evidence import trace
from conflict_minerals.filing.evidence.trace_base import (
    Trace,
    facility_path,
    figure_path,
    supplier_path,
)
from conflict_minerals.ground import pages, tables
from conflict_minerals.year import record

NASTY = '<script>alert(1)</script>"\'&'


class Page(HTMLParser):
    """The tables (rows of cells), links and places of a page."""

    def __init__(self, data: bytes):
        super().__init__()
        self.tables, self.links, self.places, self.tags = [], [], set(), set()
        self.text, self._cell = "", None
        self.feed(data.decode())

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.add(tag)
        if "id" in attrs:
            self.places.add(attrs["id"])
        if tag == "a":
            self.links.append(attrs["href"])
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self._cell = ""

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.tables[-1][-1].append(self._cell)
            self._cell = None

    def handle_data(self, data):
        self.text += data
        if self._cell is not None:
            self._cell += data


def frames():
    """The example year with a flag, a list's entry and a hostile name on one facility."""
    made = report_year.frames()
    flag = {"metal": "Gold", "smelter_id": "CID000015", "rule": "hub", "severity": "red",
            "axis": "location", "matched": NASTY, "reason": "why it matters", "source": "a source",
            "rule_as_of": "2018-01-01", "evidence": "alder/CMRT.xlsx"}  # fmt: skip
    entry = {"list_id": "conformant-2018", "kind": "conformant", "scheme": "RMAP", "metal": "Gold",
             "as_of": "2018-12-31", "file": "lists/c.xml", "sheet": "S", "row": 7,
             "smelter_id": "CID000015", "name": "Advanced Chemical", "state": "Conformant",
             "reaudit_in_progress": False}  # fmt: skip
    for name, row in (("flags", flag), ("list_entries", entry)):
        blank = {c: "" for c in tables.columns(name)["column"] if c not in row}
        made[name] = tables.shape(pd.DataFrame([{**blank, **row}]), name)
    risk = made["risk"].copy()
    mine = (risk["smelter_id"] == "CID000015") & (risk["metal"] == "Gold")
    risk.loc[mine, ["flags", "tier", "tier_rule"]] = ["hub", "medium", "T6"]
    rows = made["smelter_rows"].copy()
    rows.loc[(rows["smelter_id"] == "CID000015"), "name_reported"] = NASTY
    return made | {"risk": risk, "smelter_rows": rows}


@cache
def made():
    given = report_year.given()
    given.decisions.loc[len(given.decisions)] = {
        **{c: "" for c in given.decisions.columns}, "id": "D-099", "kind": "risk",
        "key": "Gold|CID000015", "value": "engage", "reason": "ask them", "decided_by": "Analyst",
        "decided_on": "2019-05-01"}  # fmt: skip
    held = frames()
    built = build.build(held, given, year=2018, as_of=report_year.AS_OF)
    pages = trace.pages_of(
        held, built, given.decisions, given.program, year=2018, stamp="DRAFT",
        nav=[("Front door", "index.html")],
    )  # fmt: skip
    found = dict(pages.items())
    assert list(pages) == list(found)
    return built, found


def page(path):
    return Page(made()[1][path])


def rows_shown(figure):
    return len(page(figure_path(figure)).tables[-1]) - 1


def test_clicking_on_253_shows_253_rows_and_a_row_names_file_sheet_and_row():
    report = page("review/report.html")
    link = figure_path("conformant").removeprefix("review/")
    assert link in report.links
    shown = page(figure_path("conformant"))
    assert len(shown.tables[-1]) - 1 == 253
    assert {row[3] for row in shown.tables[-1][1:]} == {"conformant"}
    facility = next(href for href in shown.links if "cid000015" in href)
    named = page(f"review/figures/{facility}".replace("figures/../../review/", ""))
    assert "alder/CMRT.xlsx, Smelter List, row 5" in named.text


def test_every_count_lists_as_many_rows_as_it_says():
    counts = made()[0].figures
    counts = counts[counts["how"] == "count"]
    assert len(counts) > 200
    for entry in counts.to_dict("records"):
        tables = page(figure_path(entry["id"])).tables
        assert (len(tables[-1]) - 1 if tables else 0) == entry["value"], entry["id"]


def test_a_rate_leads_to_both_its_counts():
    shown = page(figure_path("response_rate"))
    assert "suppliers_responded (8) divided by suppliers_surveyed (8)" in shown.text
    assert "suppliers_surveyed.html" in " ".join(shown.links)


def test_a_facility_is_explained_in_one_page():
    text = page(facility_path("Gold", "CID000015")).text
    for said in (
        "Advanced Chemical Company, gold", "CID000015", "Conformant: on the conformant list",
        "conformant-2018", "lists/c.xml", NASTY, "why it matters", "a source", "2018-01-01",
        "Line T6 of tiers.csv gives the tier medium", "D-099", "ask them", "conformant_gold",
        "alder/CMRT.xlsx, Smelter List, row 5",
    ):  # fmt: skip
        assert said in text, said


def test_links_lead_somewhere_and_both_ways():
    _, pages = made()
    parsed = {path: Page(data) for path, data in pages.items()}
    facility = parsed[facility_path("Gold", "CID000015")]
    assert any("suppliers/alder" in href for href in facility.links)
    assert any("cid000015" in h for h in parsed[supplier_path("alder")].links)
    for path, one in parsed.items():
        for href in one.links:
            target, _, place = href.partition("#")
            where = path
            if target:
                parts = list(PurePosixPath(path).parent.parts)
                for part in PurePosixPath(target).parts:
                    parts.pop() if part == ".." else parts.append(part)
                where = "/".join(parts)
            if where == "index.html" or where.startswith(("tables/", "evidence/")):
                continue
            assert where in parsed, (path, href)
            assert not place or place in parsed[where].places, (path, href)


def test_each_claim_leads_to_its_evidence_and_back():
    built, _ = made()
    register = page("review/claims.html")
    assert len(register.tables[-1]) - 1 == len(built.register.claims)
    report = page("review/report.html")
    places = {href.split("#")[1] for href in report.links if href.startswith("claims.html#")}
    assert len(places) == len(built.register.claims)
    assert places <= register.places
    row = next(r for r in register.tables[-1] if r[0] == "step1-policy")
    assert "code-of-business-conduct" in " ".join(row) and "2018-03-01" in " ".join(row)


def test_strangers_text_is_text_and_nothing_runs():
    own = f"<script>{pages._source('tables.js')}</script>".encode()
    for path, data in made()[1].items():
        assert b"<script" not in data.replace(own, b"", 1), path
        assert not re.search(rb" on\w+=|javascript:", data), path


def test_suppliers_are_listed_with_their_facilities_by_status():
    table = page("review/suppliers.html").tables[0]
    assert table[0][3:7] == ["Facilities", "Conformant", "Active", "Indeterminable"]
    for row in table[1:]:
        assert int(row[3]) == sum(int(n) for n in row[4:7])
    assert table[1][3] == "297"  # every row of the year is alder's


@pytest.mark.parametrize("count, cut", [(2000, False), (2001, True)])
def test_a_long_list_is_cut_and_names_the_csv(count, cut):
    row = report_year.frames()["smelter_rows"].iloc[[0]]
    many = pd.concat([row] * count, ignore_index=True).assign(row=range(count))
    held = Trace(
        frames={"smelter_rows": many}, figures=None, claims=None, claim_figures=None,
        claim_evidence=None, documents={}, decisions=pd.DataFrame(columns=record.COLUMNS),
        labels={}, year=2018,
    )  # fmt: skip
    markup = held.table("smelter_rows", range(count), "Rows", "../../")
    assert markup.count("<tr>") - 1 == 2000
    assert ("The first 2,000 of 2,001 rows" in markup) == cut
    assert ('href="../../tables/smelter_rows.csv"' in markup) == cut
