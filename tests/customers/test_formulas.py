"""The templates' formulas, worked out as a spreadsheet does."""

import pytest

from conflict_minerals.customers.formulas import Evaluator, Fault
from conflict_minerals.customers.grammar import Unsupported, shift

CELLS = {("S", 1, 1): "Gold", ("S", 2, 1): "tin", ("S", 3, 1): None, ("S", 1, 2): 2.0,
         ("S", 2, 2): Fault("#N/A"), ("My 'own'", 1, 1): "there"}  # fmt: skip


class Held:
    def value(self, sheet, row, column):
        return CELLS.get((sheet, row, column))

    def name(self, word, sheet):
        return {"Metals": "S!$A$1:$A$3"}[word]

    def last_row(self, sheet):
        return 3

    def settled(self, sheet):
        return True


@pytest.mark.parametrize(("formula", "shown"), [
    ('IF(A1="GOLD","yes","no")', "yes"), ("A3", 0.0), ('A3=""', True), ("A3=0", True),
    ('A1&"-"&B1', "Gold-2"), ("1+2*3-4/2", 5.0), ("-B1", -2.0), ('MATCH("TIN",S!$A:$A,0)', 2.0),
    ('MATCH("zinc",Metals,0)', Fault("#N/A")), ('IF(ISERROR(B2),"bad",B2)', "bad"),
    ("B2", Fault("#N/A")), ('COUNTIF(Metals,"?in")', 1.0), ("SUM(B1:B1)", 2.0),
    ("INDEX(S!$A:$A,2)", "tin"), ("OFFSET($A$1,1,0,,)", "tin"), ("ADDRESS(ROW(),COLUMN(),4)", "C7"),
    ("INDIRECT(\"'My ''own'''!A1\")", "there"), ('SUMPRODUCT((A1:A3="tin")*(A1:A3<>""))', 1.0),
    ('IF(AND(LEN(A1)>1,ISNUMBER(SEARCH("ol",A1))),1,0)', 1.0), ('"a ""b"""', 'a "b"'),
    ("IFERROR(NA(),3)", 3.0), ("COUNTBLANK(A1:A3)", 1.0), ("LEFT(A1,2)", "Go"), ("B1>=2", True),
])  # fmt: skip
def test_a_formula_shows_what_a_spreadsheet_shows(formula, shown):
    assert Evaluator(Held()).value(formula, "S", 7, 3) == shown


@pytest.mark.parametrize("formula", ["WEBSERVICE(A1)", "A1#", "{1,2}", "MATCH(A1,A1:A3)"])
def test_what_is_not_known_is_left_alone(formula):
    with pytest.raises(Unsupported):
        Evaluator(Held()).value(formula, "S", 1, 1)


def test_a_shared_formula_reads_on_from_its_first_cell():
    assert shift('IF($A1="A1",B$2&AZ9,0)', 3, 1) == 'IF($A4="A1",C$2&BA12,0)'
