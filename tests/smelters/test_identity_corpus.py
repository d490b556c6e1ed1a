"""A corpus of misreported rows with known truth: what matches by itself is right."""

import pytest

import identity_corpus
from conflict_minerals.smelters import evidence, matching, reference, suggestions

# Kinds that name no facility for certain; a person decides.
OPEN = ("noisy", "more", "unknown_id_noisy", "wrong_id", "wrong_id_more", "wrong_metal")


@pytest.fixture(scope="module")
def corpus():
    return identity_corpus.make(24_000)


@pytest.fixture(scope="module")
def answered(corpus):
    known = reference.build(corpus.lookups, corpus.list_entries)
    rows = matching.match(corpus.rows, known)
    found = suggestions.suggest(rows, known, workers=2)
    best = found.groupby(["metal", "name_reported", "country_reported"])["smelter_id"].agg(list)
    best = best.to_dict()
    called = [evidence.reported_as(*cells) for cells in zip(
        rows["lookup_reported"], rows["name_reported"], rows["smelter_id_reported"], strict=True)]
    rows["suggested"] = [best.get(key, []) for key in
                         zip(rows["metal"], called, rows["country_reported"], strict=True)]
    rows["right"] = (rows["smelter_id"] != "") & (rows["smelter_id"] == rows["truth"])
    rows["wrong"] = (rows["smelter_id"] != "") & (rows["smelter_id"] != rows["truth"])
    rows["among"] = [truth in three for truth, three in
                     zip(rows["truth"], rows["suggested"], strict=True)]
    return rows


def test_figures_of_the_corpus(answered, capsys):
    with capsys.disabled():
        print(f"\n{len(answered):,} rows with known truth")
        for kind, rows in answered.groupby("kind"):
            open_rows = rows[(rows["match"] == "none") & (rows["truth"] != "")]
            among = f", {open_rows['among'].mean():.2%} of {len(open_rows)} open ones suggested" \
                if len(open_rows) else ""
            print(f"  {kind:17} {len(rows):5}: {rows['right'].mean():7.2%} right, "
                  f"{rows['wrong'].sum()} wrong{among}")
    assert len(answered) >= 20_000


def test_nothing_is_matched_wrongly_where_the_row_decides(answered):
    sure = answered[~answered["kind"].isin(["wrong_id_noisy"])]
    wrong = sure[sure["wrong"]]
    assert wrong.empty, wrong[["kind", "name_reported", "match_reason"]].head().to_string()


def test_rows_with_right_id_or_exact_name_match_by_themselves(answered):
    ids = answered[answered["kind"].str.startswith("right_id")]
    names = answered[answered["kind"].isin(["exact", "unknown_id"])]
    assert ids["right"].mean() >= 0.99
    assert names["right"].mean() >= 0.99
    assert set(names.loc[names["right"], "match"]) == {"alias"}


def test_rest_is_not_matched_and_the_right_one_is_suggested(answered):
    rest = answered[answered["kind"].isin(OPEN)]
    # A misspelling may come out as another name that a source has for the same facility.
    assert rest["right"].mean() < 0.03
    unmatched = rest[rest["match"] == "none"]
    assert unmatched["among"].mean() >= 0.95
    assert unmatched.groupby("kind")["among"].mean().min() >= 0.95


def test_foreign_id_beside_a_misspelt_name_is_refused(answered):
    """The id is another's, the name nobody's to the letter: only the likeness of names tells."""
    rows = answered[answered["kind"] == "wrong_id_noisy"]
    assert rows["wrong"].mean() < 0.003
    refused = rows[rows["match"] == "none"]
    assert refused["match_reason"].str.startswith("Contradiction").all()
    assert refused["among"].mean() >= 0.95


def test_strangers_and_gaps_stay_what_they_are(answered):
    strangers = answered[answered["kind"] == "stranger"]
    assert set(strangers["match"]) == {"none"}
    gaps = answered[answered["kind"] == "not_identified"]
    assert set(gaps["match"]) == {"not_identified"}
    assert not gaps["suggested"].astype(bool).any()


def test_answers_do_not_depend_on_the_form_of_the_columns(corpus, answered):
    """Dictionary columns, as large years have them, give the same answers."""
    known = reference.build(corpus.lookups, corpus.list_entries)
    some = corpus.rows.head(5000)
    coded = some.astype({column: "category" for column in matching.COLUMNS})
    out = matching.match(coded, known)
    assert out["match_reason"].dtype == "category"
    for column in ("smelter_id", "match", "match_reason", "list_source"):
        assert out[column].astype("str").tolist() == answered[column].head(5000).tolist()
