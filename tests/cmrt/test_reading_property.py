"""What generated workbooks hold is read back, whatever the order, gaps and characters."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import makebook
import makexls
from conflict_minerals.cmrt import cells, reader, rows, workbook
from conflict_minerals.ground import limits, zips
from conflict_minerals.ground.terms import SPECIAL
from conflict_minerals.ground.text import clean
from makebook import Error, Formula, Spelling

LIMITS = limits.default()
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
# Every character that XML can carry; a text that begins with a mark would be taken for filler.
TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="￾￿"), max_size=40
).filter(lambda text: "_x" not in text)
VALUE = st.one_of(
    TEXT.filter(bool), st.floats(-1e9, 1e9).filter(bool), st.booleans(),
    st.sampled_from([Error("#N/A"), Error("#REF!")]),
    TEXT.filter(bool).map(lambda text: Formula("A1", text)),
)  # fmt: skip
CELL = st.builds(cells.address, st.integers(1, 2600), st.integers(1, 30))
SPELLING = st.builds(
    Spelling, prefix=st.sampled_from(["", "x:"]), strict=st.booleans(), inline=st.booleans(),
    addresses=st.booleans(), swap_attributes=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-16"]),
    dimension=st.sampled_from([None, "A1", "A1:XFD1048576"]),
)  # fmt: skip


def plain(value):
    """A value as it must come out of a reader."""
    value = value.saved if isinstance(value, Formula) else value
    if isinstance(value, Error):
        return cells.ErrorValue(value)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


@QUICK
@given(held=st.dictionaries(CELL, VALUE, max_size=40), spelling=SPELLING)
def test_every_cell_comes_back_in_every_spelling(held, spelling):
    data = makebook.book({"Sheet": held}, spelling)
    book = workbook.Xlsx(zips.Package(data, LIMITS), LIMITS)
    found = book.sheet("Sheet").cells
    assert {cells.address(*at): value for at, value in found.items()} == {
        at: plain(value) for at, value in held.items()
    }
    assert all(type(found[cells.position(at)]) is type(plain(v)) for at, v in held.items())


@QUICK
@given(held=st.dictionaries(CELL, VALUE, max_size=30))
def test_every_cell_comes_back_from_the_old_form(held):
    from conflict_minerals.cmrt import ole

    book = ole.open_book(makexls.book({"Sheet": held}), LIMITS)
    found = {cells.address(*at): value for at, value in book.sheet("Sheet").cells.items()}
    assert found == {at: plain(value) for at, value in held.items()}


WORD = TEXT.map(clean).filter(
    lambda text: text and not rows._TRAILER.match(text) and text.casefold() not in SPECIAL
)
ROW = st.fixed_dictionaries(
    {"metal": st.sampled_from(["Gold", "Tin", "Tungsten", "Tantalum"]), "lookup": WORD},
    optional={"name": WORD, "country": WORD, "id": WORD, "mines": WORD, "comments": WORD},
)


@QUICK
@given(
    version=st.sampled_from(["2.03", "3.01", "5.12", "6.22", "6.5"]),
    listed=st.dictionaries(st.integers(5, 2504), ROW, max_size=8),
    answers=st.dictionaries(
        st.tuples(st.sampled_from("12345"), st.sampled_from(["Tantalum", "Tin", "Gold"])), WORD,
        max_size=6,
    ),
    company=WORD, spelling=SPELLING, old_form=st.booleans(),
)  # fmt: skip
def test_a_filled_template_comes_back(version, listed, answers, company, spelling, old_form):
    sheets = makebook.template(
        "CMRT", version, fields={"company_name": company}, answers=answers,
        smelters=[{**row, "row": at} for at, row in listed.items()],
    )  # fmt: skip
    data = makexls.book(sheets) if old_form else makebook.book(sheets, spelling)
    found, _ = reader.read(data, LIMITS)
    assert found["reason"] == "" and found["version"] == version
    lines = [dict(zip(("sheet", "row", *rows.COLUMNS), row, strict=True)) for row in found["rows"]]
    assert [line["row"] for line in lines] == sorted(listed)
    for line in lines:
        row = listed[line["row"]]
        assert line["metal"] == row["metal"] and line["lookup_reported"] == row["lookup"]
        assert line["name_reported"] == row.get("name", row["lookup"])
        assert line["country_reported"] == row.get("country", "")
        assert line["smelter_id_reported"] == row.get("id", "")
        assert line["mines_reported"] == row.get("mines", "")
        assert line["comments"] == row.get("comments", "")
    said = {(line[0], line[2]): line[4] for line in found["answers"]}
    assert {at: said[at] for at in answers} == answers
    assert next(f[2] for f in found["fields"] if f[0] == "company_name") == company
    assert sum(bool(raw) for raw in said.values()) == len(answers)

