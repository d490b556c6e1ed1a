"""The front door and the rendered notebooks: complete, offline, nothing active in them."""

import re

import pytest

from conflict_minerals.command import rendering
from conflict_minerals.filing.evidence import front_door
from conflict_minerals.ground import pages
from conflict_minerals.store import manifest
from small_year import FIGURE, notebook

HOSTILE = "<script>alert(1)</script>"


def facts(**changed):
    figure = {name: values[0] for name, values in FIGURE.items()}
    return {
        "year": 2018, "registrant": f"Example {HOSTILE}", "illustration": "Made up.",
        "labels": {"conformant": "Compliant", "active": "Active", "indeterminable": "Unknown"},
        "as_of": "2019-05-15", "hindsight": False, "against": None, "digest": "d" * 64,
        "draft": True, "signing": "e" * 64, "deadline": "Due on 31 May 2019.",
        "figures": [figure], "gates": [],
        "signoff": [{"role": "counsel", "name": "", "signed_on": "", "state": "open", "note": ""}],
        "work": [{"what": f"Rows {HOSTILE}", "count": 2, "owner": "analyst",
                  "where": "tables/t.csv"}],
        "know": [], "highest": [], "above": 0, "letters": {"a": "reminder"},
        "changes": None, "published": [], "notes": [], "links": {"facilities": "review/f.html"},
        **changed,
    }  # fmt: skip


@pytest.fixture
def outputs(tmp_path):
    for file in ("tables/t.csv", "report/form-sd.htm", "review/1-ingestion.html", "counsel/g.csv",
                 "letters/a.eml", "odd.bin", manifest.NAME):  # fmt: skip
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text("x")
    return tmp_path


def text(data):
    return data.decode()


def test_the_front_door_links_every_file_and_nothing_that_is_not_there(outputs):
    page = text(front_door.page(facts(), outputs))
    links = {h.split("#")[0] for h in re.findall(r'href="([^"#][^"]*)"', page)}
    there = {f for f in manifest.files_of(outputs)}
    assert there <= links
    assert links - there <= {"review/f.html", "tables/facilities.csv"}


def test_the_front_door_holds_nothing_active_and_seals_itself(outputs):
    data = front_door.page(facts(), outputs)
    body = text(data).partition("<body>")[2]
    assert rendering.problems(body) == [] and HOSTILE not in body
    assert manifest.is_sealed(data) and not manifest.is_sealed(data.replace(b"2018", b"2019"))
    assert manifest.sha256(outputs / manifest.NAME) in text(data)


@pytest.mark.parametrize("active", [
    "<script>x()</script>", "<td onclick=x()>", "<a<td>text <script>", '<p title="<td>" style=x>',
    "<img alt='> x</td>' src=//elsewhere>", "<!-- > a</td> --><iframe>",
    '<a title=">b</td>" href="javascript:x()">', "</td><svg/onload=x()>", "<tr\n onfocus=x()>",
])  # fmt: skip
def test_nothing_active_hides_among_cells(active):
    for before in ("", "<td>", "<tr><td>text", "</td>", "<p>a</p><div>"):
        assert rendering.problems(f"<table>{before}{active}</td></tr></table>")


def test_gates_draft_and_illustration_stand_on_it(outputs):
    gate = {"stage": "filing", "gate": "blank", "subject": "signer", "reason": "not filled"}
    closed = text(front_door.page(facts(gates=[gate]), outputs))
    assert "1 gate is closed" in closed and "1 at stage filing" in closed and "not filled" in closed
    assert "DRAFT, not signed off" in closed and "ILLUSTRATION" in closed
    signed = text(front_door.page(facts(draft=False, illustration=""), outputs))
    assert "DRAFT" not in signed and "READY" in signed and "ILLUSTRATION" not in signed
    assert "HINDSIGHT" in front_door.stamp(facts(hindsight=True))


def test_it_says_first_what_stops_which_stage_then_what_to_do_then_what_to_know(outputs):
    gate = {"stage": "filing", "gate": "claim", "subject": "signer", "reason": "not filled"}
    (outputs / "review/claims.html").write_text("x")
    facility = {"name": "Hub", "metal": "Gold", "tier": "high", "why": "a;b", "suppliers": 2,
                "products": 1, "state": "not_decided", "where": "tables/t.csv"}
    page = text(front_door.page(
        facts(gates=[gate], highest=[facility], above=3, notes=[{"note": "A remark"}]), outputs))
    order = ["What stops the year", "1 gate closed", "At stage filing", 'href="review/claims.html"',
             "What to do next", 'href="tables/t.csv"', "Facilities to look at first",
             "The first 1 of 3 facilities", "What to know", "A remark", "Documents"]
    places = [page.index(one, page.index("<main")) for one in order]
    assert places == sorted(places)
    assert "Survey</strong><span>nothing stops it" in page
    targets = re.findall(r'href="#([^"]*)"', page)
    assert targets and all(f'id="{target}"' in page for target in targets)
    done = text(front_door.page(facts(draft=False, signoff=[], work=[]), outputs))
    assert "No work is open" in done and "hand the documents to the filing agent" in done


def test_figures_that_are_zero_are_folded_away(outputs):
    figure = facts()["figures"][0]
    page = text(front_door.page(
        facts(figures=[figure, figure | {"id": "nothing", "text": "0"}]), outputs))
    shown, _, folded = page.rpartition("<details>")
    assert 'id="figure-nothing"' in folded and 'id="figure-nothing"' not in shown


def test_many_files_of_a_folder_are_one_link(outputs):
    for number in range(100):
        (outputs / "letters" / f"{number}.eml").write_text("x")
    page = text(front_door.page(facts(), outputs))
    assert page.count("letters/") == 2 and "the folder letters/" in page


def executed(*sources, **outputs):
    made = notebook(*sources)
    for cell in made.cells:
        if cell.cell_type == "code":
            cell.execution_count = 1
            cell.outputs = []
    return made


def shown(markup):
    made = executed("x")
    made.cells[-1].outputs = [
        {"output_type": "execute_result", "execution_count": 1, "metadata": {},
         "data": {"text/html": markup, "text/plain": "plain"}}
    ]  # fmt: skip
    import nbformat

    return nbformat.from_dict(made)


def test_a_rendered_notebook_folds_its_code_and_drops_what_papermill_put_in():
    made = shown("<p>seen</p>")
    injected = made.cells[1].copy()
    injected.source, injected.metadata = 'raw = "/home/somebody"', {"tags": ["injected-parameters"]}
    made.cells.insert(2, injected)
    page = rendering.render(made, hide=["/secret"])
    assert "somebody" not in page.body and "<p>seen</p>" in page.body
    assert page.body.count('<details class="code">') == 2
    assert page.title == "A notebook" and page.contents == [("Its heading", "its-heading")]
    whole = rendering.page(page, context="Example 2018", stamp="DRAFT")
    assert "<title>A notebook · Example 2018</title>" in whole
    assert whole.index('class="contents"') < whole.index('id="its-heading"')


def test_paths_of_the_machine_are_cut_out():
    page = rendering.render(shown("in /secret/place/x"), hide=["/secret/place"])
    assert "/secret/place" not in page.body and "in …/x" in page.body


@pytest.mark.parametrize(
    "markup",
    [HOSTILE, "<p onclick='x'>", "<p style='color:red'>", "<img src='https://h/x.png'>",
     "<a href='javascript:x'>", "<style>p{}</style>", "<iframe></iframe>", "<svg></svg>"],
)  # fmt: skip
def test_a_notebook_that_shows_something_active_is_refused(markup):
    with pytest.raises(ValueError, match="helpers.show"):
        rendering.render(shown(markup))


def test_prose_is_markdown_and_never_markup():
    made = executed()
    made.cells[0].source = f"# T\n\n{HOSTILE} **bold** [x](javascript:y)\n\n| | |\n|-|-|\n| a | b |"
    body = rendering.render(made).body
    assert "<strong>bold</strong>" in body and "&lt;script&gt;" in body
    assert "javascript" not in re.findall(r'href="([^"]*)"', body)
    assert "<dl" in body and pages.slug("a") == "a"


def test_letters_that_are_due_are_the_drafts_each_with_the_line_that_notes_it(
    example_2024, example_2025, sandbox
):
    for outputs in (example_2024, example_2025):
        told = front_door.load(sandbox / "data" / "processed" / outputs.name)
        due = {line["where"]: line["count"] for line in told["work"]}
        drafts = [path.stem for path in (outputs / "letters").glob("*.eml")]
        assert due["review/suppliers.html#letters"] == len(drafts) > 0
        page = (outputs / "review" / "suppliers.html").read_text(encoding="utf-8")
        assert 'id="letters"' in page
        for supplier in drafts:
            assert f'href="../letters/{supplier}.eml"' in page
            assert re.search(rf"{supplier},YYYY-MM-DD,\w+,", page.replace("<wbr>", ""))
