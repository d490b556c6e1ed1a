"""The one language of conditions: what its page says of each operator, and what is refused."""

import re
from pathlib import Path

import pytest

from conflict_minerals.ground import conditions, library
from conflict_minerals.ground.errors import InputError

PAGE = Path(__file__).parents[2] / "docs" / "conditions.md"
EXAMPLES = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \| `([^`]+)` \|$", PAGE.read_text("utf-8"), re.M)


def row(text):
    """``a: x, b: y;z`` as a row: a value with ``;`` is several."""
    cells = (part.partition(":") for part in text.split(","))
    cells = {name.strip(): value.strip() for name, _, value in cells}
    cells = {name: value.split(";") if ";" in value else value for name, value in cells.items()}
    return {n: int(v) if isinstance(v, str) and v.isdigit() else v for n, v in cells.items()}.get


def in_table(name, value):
    return value in set(library.table(name)["iso3"])


@pytest.mark.parametrize(("text", "holds", "does_not"), EXAMPLES)
def test_each_example_of_the_page_holds_as_it_says(text, holds, does_not):
    condition = conditions.parse(text)
    assert condition.met(row(holds), in_table) is not None
    assert condition.met(row(does_not), in_table) is None


def test_the_page_has_an_example_of_each_operator():
    shown = {clause.operator for text, *_ in EXAMPLES for clause in conditions.parse(text).clauses}
    assert shown == set(conditions.OPERATORS)


def test_every_condition_of_a_shipped_table_stands_on_the_page_and_can_be_read():
    table_of = re.findall(r"^\| (`\w+\.csv`.*?) \| (.+?) \|", PAGE.read_text("utf-8"), re.M)
    read = 0
    for names, columns in table_of:
        for name in re.findall(r"`(\w+)\.csv`", names):
            for column in re.findall(r"`(\w+)`", columns):
                for text in set(library.table(name)[column]):
                    read += len(conditions.parse(re.sub(r"[{}]", "", text), name).clauses)
    assert read > 100


@pytest.mark.parametrize("text", [
    "colour", "is red", "a is", "a is blank now", "a is in the table", "a is above many",
    "version is within 6.0", "version is within >=6.0;<7", "country is Atlantis", "a has b",
    "a is b or", "a is Yes and country in the table cahra", "a = b", "a is not",
    "country is one of Peru;Atlantis",
])  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_table_line_and_remedy(text):
    with pytest.raises(InputError) as refused:
        conditions.parse(text, "flags.csv", "rule mine")
    said = refused.value
    assert (said.file, said.where) == ("flags.csv", "rule mine") and said.fix


def test_and_binds_before_or_and_a_country_may_hold_an_and():
    text = "a is 1 or a is 2 and country is one of Bosnia and Herzegovina;MLT"
    condition = conditions.parse(text)
    assert condition.holds({"a": 1}.get) and condition.holds({"a": 2, "country": "MLT"}.get)
    assert not condition.holds({"a": 2, "country": "PER"}.get)
    assert condition.clauses[-1].values == ("BIH", "MLT")
    assert conditions.parse("").holds({}.get)


def test_a_column_that_there_is_not_is_refused_by_its_name():
    asked = conditions.parse("county is Peru")
    with pytest.raises(InputError, match="'county'"):
        conditions.check_columns(asked, ["country"], "x.csv", "line 1", "a facility")
