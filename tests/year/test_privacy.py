"""People at suppliers are masked in what goes into tables; companies, smelters and ids stay."""

from types import SimpleNamespace

import pandas as pd
import pytest

from conflict_minerals.survey import checks, verdicts
from conflict_minerals.year import privacy
from conflict_minerals.year.privacy import EMAIL, NAME, PHONE
from declarations import AS_OF, YEAR, Form, inputs, known, read, row

NAMES = privacy.Names(
    ["Ann Tester", "Prober, Ben", "José Müller-Lucas", "王伟", "Johnson Matthey", "Same", "n/a",
     "Quality Dept", "Example Parts", "South Africa"],
    companies=["Example Parts GmbH"], smelters=["Johnson Matthey Inc."], phones=["+49 30/555-0100"])


@pytest.mark.parametrize(("text", "masked"), [
    ("ask Ann Tester about it", f"ask {NAME} about it"),
    ("TESTER, ann", NAME),
    ("Ann B. Tester said", f"{NAME} said"),
    ("Ben Prober/ann tester", f"{NAME}/{NAME}"),
    ("Jose Muller-Lucas", NAME),
    ("请联系王伟确认", f"请联系{NAME}确认"),
    ("ask 王 伟", f"ask {NAME}"),
    ("Please ask Prober, or contact: Ann", f"Please ask {NAME}, or contact: {NAME}"),
    ("Mr. Smith and Frau Weber know", f"Mr. {NAME} and Frau {NAME} know"),
    ("mail to ann.tester+x@sub.example.co.uk, please", f"mail to {EMAIL}, please"),
    ("<a@b.example>;c@d.example", f"<{EMAIL}>;{EMAIL}"),
    ("ann @ parts.example.com", EMAIL),
    ("call +49 30 5550100 or 030 5550100", f"call {PHONE} or {PHONE}"),
    ("(650) 801-6100", PHONE),
    ("650-801-6100 ext", f"{PHONE} ext"),
    ("020 7946 0018", PHONE),
    ("Tel: 5550 1234", f"Tel: {PHONE}"),
    ("手机:13812345678", f"手机:{PHONE}"),
    ("13812345678", PHONE),
    ("49305550100", PHONE),
])
def test_masked(text, masked):
    assert privacy.mask_text(text, NAMES) == masked


@pytest.mark.parametrize("text", [
    "", "CID002345", "CID 002 345", "2018-12-31", "31.12.2018", "12/31/2018", "2017 2018 2019",
    "Revision 6.22 of 2,500 rows", "100 %", "17 CFR 240.13p-1", "1JPN072",
    "Johnson Matthey Inc.", "Example Parts GmbH", "contact Matthey", "ask Example",
    "Ann and the Tester", "Annabel Tester",
    "Gold @ 99.99", "Dr Congo", "Dr. Congo; Rwanda", "South Africa",
    "Same as above", "Quality Department", "3 5 7", "4711", "12345678",
])
def test_left_alone(text):
    assert privacy.mask_text(text, NAMES) == text


def test_masking_again_changes_nothing():
    once = privacy.mask_text("Ann Tester, a@b.example, +49 30 5550100", NAMES)
    assert privacy.mask_text(once, NAMES) == once == f"{NAME}, {EMAIL}, {PHONE}"


def test_company_name_stays_when_the_roster_has_it_and_goes_when_it_is_a_person():
    taken = SimpleNamespace(
        fields=pd.DataFrame({"field": ["contact_name"], "raw": ["Jane Doe"]}),
        rows=pd.DataFrame(), lookups=pd.DataFrame({"lookup_name": [], "standard_name": []}))
    frame = pd.DataFrame({"company_name": ["Jane Doe Refining", "Jane Doe"]})
    with_roster = privacy.known(inputs([("s", "Jane Doe Refining")]), taken)
    without = privacy.known(inputs(["s"]), taken)
    assert privacy.mask_table(frame, "responses", with_roster)["company_name"].tolist() == [
        "Jane Doe Refining", "Jane Doe"], "a firm may be called after a person"
    assert privacy.mask_table(frame, "responses", without)["company_name"].tolist() == [
        f"{NAME} Refining", NAME]


PLANTED = ("Ann Tester", "Ben Prober", "Carl Planted", "ann@parts.example.com",
           "carl@smelter.example", "+49 30 5550100", "5550101", "(650) 801-6100")


def test_planted_everywhere_and_found_nowhere(tmp_path):
    everything = " / ".join(PLANTED)
    form = Form()
    form.fields |= {"scope": "C. User defined", "scope_description": everything,
                    "company_name": "Parts, attn Ann Tester", "authorizer": "Ben Prober"}
    form.answers["3", "Gold"] = f"ask {everything}"
    form.comments["A", ""] = form.comments["B", ""] = everything
    form.answers["E", ""] = everything
    form.smelters.append(row(
        "Gold", id=everything, lookup=everything, name=everything, country=everything,
        source=everything, mines=everything, mine_countries=everything, recycled=everything,
        comments=everything, next_steps=everything, contact_name="Carl Planted",
        contact_email="carl@smelter.example", street=everything, city=everything))
    form.smelters.append({"metal": everything, "lookup": everything})
    form.products.append({"number": everything, "name": everything, "comments": everything})
    taken = read({"s/a.xlsx": form.bytes()}, tmp_path)
    year = inputs(["s"])
    found = checks.find(taken, year, reference=known(taken), as_of=AS_OF)
    responses, more = verdicts.judge(taken, found, year, year=YEAR, as_of=AS_OF)
    people = privacy.known(year, taken)
    saved = {
        "findings": verdicts.all_findings(found, more, responses),
        "responses": privacy.mask_table(responses, "responses", people),
        "answers": privacy.mask_table(taken.answers, "answers", people),
        "reported_rows": privacy.mask_table(taken.rows, "reported_rows", people),
    }
    assert len(saved["findings"]) > 5
    for name, frame in saved.items():
        whole = "\n".join(map(str, frame.to_numpy().ravel()))
        for secret in PLANTED:
            assert secret not in whole, (name, secret)


def test_cost_follows_distinct_texts():
    frame = pd.DataFrame({"comments": ["ask Ann Tester"] * 5000 + ["none"] * 5000}, dtype="str")
    calls = []

    class Counting(privacy.Names):
        def spans(self, text):
            calls.append(text)
            return super().spans(text)

    masked = privacy.mask(frame, ["comments"], Counting(["Ann Tester"]))
    assert masked["comments"].value_counts().to_dict() == {f"ask {NAME}": 5000, "none": 5000}
    assert len(calls) == 2 and frame["comments"].iloc[0] == "ask Ann Tester"


@pytest.mark.parametrize(
    "unit", ["a", "@", "a.", "1", "a@", "a@b.", "1/1/", "电话", "+1", "Ł ", "@a＠"]
)
def test_masking_takes_time_in_proportion_to_the_text(unit):
    """In the square of its length any of these would take longer than a test may."""
    people = privacy.Names(["Ł Bo Chen", "Ana Example"])
    long = unit * (600_000 // len(unit)) + "a"
    masked = privacy.mask_text(f"{long} ana.example@aster.example.com, Ana Example.", people)
    assert masked.endswith(f", {NAME}.") and EMAIL in masked
    assert "example" not in masked.casefold()


def test_an_address_is_withheld_whole_however_many_signs_stand_in_it():
    for text in ("a@b.de@c.fr", "x.y@b.de1@c.fr", "@ana@aster.example.com", "ana ＠ aster.de"):
        assert privacy.mask_text(text, NAMES) == EMAIL, text
    assert privacy.mask_text("a@b.de, c@d.fr;@e.fr", NAMES).count(EMAIL) == 2
    assert privacy.mask_text("@ 5.aa or a@b", NAMES) == "@ 5.aa or a@b"
