"""Sign-off: whose, of what is printed, and void when a word or figure of it changes."""

import pandas as pd
import pytest

from conflict_minerals.ground.errors import InputError
from conflict_minerals.year import signoff

DIGEST = "a1" * 32
COLUMNS = ["role", "name", "signed_on", "digest", "conformed", "authentication", "note"]


def lines(*rows):
    return pd.DataFrame([(*row, "", "", "")[:7] for row in rows], columns=COLUMNS).astype("str")


EVERYONE = [
    ("preparer", "P. One", "2019-05-20", DIGEST),
    ("counsel", "C. Three", "2019-05-22", DIGEST[:12]),
    ("officer", "O. Four", "2019-05-23", DIGEST),
]


def test_draft_until_every_role_has_signed_what_is_printed():
    for missing in range(3):
        some = EVERYONE[:missing] + EVERYONE[missing + 1 :]
        state = signoff.status(lines(*some), DIGEST)
        assert signoff.draft(state)
        assert state["state"].tolist()[missing] == "open"
    everyone = signoff.status(lines(*EVERYONE), DIGEST)
    assert not signoff.draft(everyone)
    assert everyone["name"].tolist() == ["P. One", "C. Three", "O. Four"]


def test_another_digest_makes_the_signoff_void_and_says_so():
    state = signoff.status(lines(*EVERYONE), "b2" * 32)
    assert signoff.draft(state)
    assert set(state["state"]) == {"void"}
    assert state["note"].str.contains("what is printed is not what").all()


def test_the_last_line_of_a_role_counts():
    again = [*EVERYONE, ("officer", "O. Five", "2019-05-24", "c3" * 32)]
    state = signoff.status(lines(*again), DIGEST).set_index("role")
    assert state.loc["officer", ["name", "state"]].tolist() == ["O. Five", "void"]


def test_signing_ones_own_work_is_noted():
    rows = [EVERYONE[0], ("counsel", "p. one", "2019-05-21", DIGEST)]
    state = signoff.status(lines(*rows), DIGEST).set_index("role")
    assert state.at["counsel", "note"] == "the counsel is also the preparer"


def test_the_roles_are_those_of_the_year():
    assert signoff.roles({"signers": {}}) == ("preparer", "counsel", "officer")
    own = signoff.roles({"signers": {"Counsel": "A", "auditor": ""}})
    assert own == ("counsel", "auditor")
    state = signoff.status(lines(("auditor", "A", "2019-05-20", DIGEST)), DIGEST, own)
    assert state["state"].tolist() == ["open", "signed"]


def test_a_conformed_signature_is_printed_only_where_its_page_is_kept_and_all_have_signed():
    def printed(*officer, others=EVERYONE[:2]):
        given = lines(*others, (*EVERYONE[2], *officer))
        return signoff.conformed(given, signoff.status(given, DIGEST))[0]

    assert printed("/s/ O. Four", "legal vault, box 7", "") == ("/s/ O. Four", "2019-05-23")
    assert printed("/s/ O. Four", "", "") == ("", "")
    assert printed("", "legal vault, box 7", "") == ("", "")
    assert printed("/s/ O. Four", "legal vault, box 7", "", others=EVERYONE[:1]) == ("", "")


@pytest.mark.parametrize(
    "row, word",
    [
        (("auditor", "A", "2019-05-20", DIGEST), "no role"),
        (("counsel", "", "2019-05-20", DIGEST), "name and a date"),
        (("counsel", "A", "", DIGEST), "name and a date"),
        (("counsel", "A", "2019-05-20", "a1"), "too short"),
        (("counsel", "A", "2019-05-20", "see the front door"), "no digest"),
        (("counsel", "A", "2019-05-20", DIGEST + "a1"), "no digest"),
        (("counsel", "A", "03/04/2019", DIGEST), "only one way"),
    ],
)
def test_a_line_that_signs_nothing_is_refused(row, word):
    with pytest.raises(InputError, match=word):
        signoff.status(lines(row), DIGEST)
