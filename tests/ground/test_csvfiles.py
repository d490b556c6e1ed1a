"""CSV files as Excel and people leave them: what is read all the same, and what is refused."""

import csv
from datetime import date

import pandas as pd
import pytest

from conflict_minerals.ground import csvfiles
from conflict_minerals.ground.errors import InputError
from conflict_minerals.ground.text import unguarded

PLAIN = "id,name,notes\na,Müller & Co,\nb,Beta,x\n"


def names(path, data):
    path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8"))
    return csvfiles.read(path, ["id", "name"], optional=["notes"])["name"].tolist()


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        PLAIN.encode("cp1252"),
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r"),
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "\t"),
        "sep=;\n" + PLAIN.replace(",", ";"),
        PLAIN.rstrip("\n"),
        PLAIN.replace("\n", ",,,\n") + ",,,,,\n\n",
        PLAIN.replace("Beta", '" Beta "').replace("id,name", "ID, Name "),
        PLAIN.replace("notes\n", "notes\n# id: what it means\n"),
    ],
)
def test_what_excel_does_to_a_file_does_no_harm(tmp_path, data):
    assert names(tmp_path / "x.csv", data) == ["Müller & Co", "Beta"]


def test_a_quoted_value_may_hold_separator_quote_and_line_end(tmp_path):
    assert names(tmp_path / "x.csv", 'id,name\na,"A, ""B""\r\nand C"\n') == ['A, "B" and C']


@pytest.mark.parametrize(
    "data, said",
    [
        (PLAIN + 'c,"Gamma,\nd,Delta,\n', "line 4: a quotation mark opens here and is not closed"),
        (PLAIN + 'c,"' + "y" * 200_000, "line 4: a quotation mark opens"),
        (PLAIN + 'c,"' + "y" * 1_000_000 + '",\n', "line 4: a value of 1,000,000 characters"),
        (PLAIN + "c,Gamma, Ltd,x\n", "line 4: 4 values, 3 columns. Quote .* a comma"),
        (PLAIN.replace(",", ";") + "c;Ga;m;x", "line 4: 4 values, 3 columns. Quote .* semicolon"),
        (PLAIN.replace("name", "nam"), "lacks the column name"),
        (PLAIN.replace("notes", "name"), "names name twice"),
        ("\n\n", "is empty"),
        (PLAIN.encode("utf-16-le"), "is not text"),
        (PLAIN.encode("utf-16") + b"x", "is not text"),
        (b"PK\x03\x04" + bytes(range(256)), "is not text"),
    ],
)
def test_what_would_lose_a_value_is_refused(tmp_path, data, said):
    with pytest.raises(InputError, match=f"x.csv.*{said}"):
        names(tmp_path / "x.csv", data)


def test_a_date_is_read_only_where_it_can_be_read_one_way():
    for text in ("2025-12-25", "2025-12-25 00:00:00", "25-Dec-25", "25 December 2025",
                 "25/12/2025", "12/25/2025", "25.12.2025"):  # fmt: skip
        assert csvfiles.to_date(text) == date(2025, 12, 25), text
    for text in ("03/04/2025", "2025-02-30", "soon", "25/12/25", "around 2025-12-25",
                 "before December 25, 2025"):  # fmt: skip
        with pytest.raises(InputError, match="Write it as YYYY-MM-DD"):
            csvfiles.to_date(text)


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_no_cell_is_a_formula_whatever_sign_a_program_splits_at(sign):
    said = ["=1+1", "＝1+1", "a;=HYPERLINK(1)", 'a; "=1', "b;\t-2", "Ltd; +49 30", "x|=1"]
    text = csvfiles.to_csv(pd.DataFrame({"first": said, "second": said})).decode("utf-8")
    cells = [cell for row in csv.reader(text.splitlines(), delimiter=sign) for cell in row]
    assert not [cell for cell in cells if cell.strip(' "')[:1] in {*"=+-@＝＋－＠"}]
    back = csv.reader(text.splitlines()[1:])
    assert [unguarded(cell) for row in back for cell in row[:1]] == said
