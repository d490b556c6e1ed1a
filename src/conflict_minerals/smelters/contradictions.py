"""What contradicts an id, or a chosen name, beside a name that no source has; and near twins.

A name in no source is compared with the names of every facility of its metal; the reported country
lifts those that lie there. It contradicts when it is clearly more like another facility's than like
the named one's: as a whole, by what stands before a bracket, an address or an earlier name, word by
word, or by anything at all where nothing of it is the named one's. A name that is like nobody's
contradicts nothing, unless the country is another too.
"""

import numpy as np

from conflict_minerals.ground import names
from conflict_minerals.smelters import evidence
from conflict_minerals.smelters.evidence import Index
from conflict_minerals.smelters.likeness import CHUNK, Block, Likeness

# What the reported country adds for a facility that lies there, and takes from one that does not.
COUNTRY = 8
# A whole name: so like another's, and leading by half of what that one still lacks. Where the
# beginning of a name is liker the named one's, the whole has to be this like another's.
LIKE, VERY_LIKE = 70, 85
# So like another's, and by so much more than like the named one's: the beginning of a name; its
# words; and anything, where less than UNLIKE is like the named one's.
HEAD, WORDS, ANYTHING, UNLIKE = (75, 15), (64, 20), (52, 15), 55
# How like its id's facility a name must be that is to confirm a number without "CID".
CONFIRMS = 80
# A name less like its id's facility than this does not speak for it: a country may deny it then.
SPEAKS = 72
# Names this like each other are twins; a name wholly contained in another needs be less like it.
TWIN, TWIN_WITHIN = 88, 60


def check_names(answers: list, rows: list[tuple], index: Index, likeness: Likeness) -> None:
    """Refuses, in place, answers that ask for it and whose unknown name contradicts them.

    Args:
        answers: of ``matching``, one a row.
        rows: ``matching.COLUMNS`` of each.
    """
    by_metal: dict[str, list[tuple[int, str]]] = {}
    for i, answer in enumerate(answers):
        if answer.check in ("id", "bare", "alias"):
            metal, _, lookup, name, _ = rows[i]
            for spelling in evidence.names_of(lookup, name):
                if not index.name(metal, spelling).found:
                    by_metal.setdefault(metal, []).append((i, spelling))
    for metal, asked in sorted(by_metal.items()):
        block = likeness.block(metal)
        for start in range(0, len(asked), CHUNK):
            part = asked[start : start + CHUNK]
            own, nearer = _weigh(part, answers, rows, index, block)
            for (i, spelling), alike, other in zip(part, own, nearer, strict=True):
                if answers[i].smelter_id:
                    why = _why(answers[i], rows[i], spelling, alike, other, index, block)
                    answers[i] = _refused(answers[i], why) if why else answers[i]


def _refused(answer, why: str):
    return answer._replace(smelter_id="", match="none", reason=why, source="", check="",
                           fault="name")


def _weigh(asked: list[tuple[int, str]], answers: list, rows: list[tuple], index: Index,
           block: Block) -> tuple[np.ndarray, np.ndarray]:
    """How like the named facility's each name is, and which other's it is clearly more like.

    The other is a row number of the block's facilities, -1 for none.
    """
    compared = block.compare([spelling for _, spelling in asked])
    every = np.arange(len(asked))
    at = np.array([block.row_of.get(answers[i].smelter_id, 0) for i, _ in asked])
    whole, headed = _headed([spelling for _, spelling in asked], compared.whole, at, block)
    codes = [evidence.country(rows[i][4]) for i, _ in asked]
    lift = COUNTRY * block.agrees(codes).astype(np.float32)
    # The named facility may lie where any of its sources says.
    lift[every, at] = [COUNTRY * {"same": 1, "different": -1, "unknown": 0}[
        index.country_of(answers[i].smelter_id, code)]
        for (i, _), code in zip(asked, codes, strict=True)]
    own = np.maximum(compared.best, headed)[every, at]
    nearer = np.zeros(compared.best.shape, dtype=bool)
    by_words = np.where(headed[every, at][:, None] < compared.best, compared.best, 0)
    anything = np.where((own < UNLIKE)[:, None], compared.best, 0)
    for scores, of_named, least, lead in (
            (compared.whole, compared.whole, VERY_LIKE, (100 - compared.whole) / 2),
            (whole, whole, LIKE, (100 - whole) / 2),
            (headed, headed, *HEAD), (by_words, compared.best, *WORDS),
            (anything, compared.best, *ANYTHING)):
        named = (of_named + lift)[every, at][:, None]
        nearer |= (scores >= least) & (scores + lift - named > lead)
    nearer |= _other_form([spelling for _, spelling in asked], compared.whole, at, block)
    nearer[every, at] = False
    best = np.where(nearer, np.maximum(compared.best, headed) + lift, -1).argmax(axis=1)
    return own, np.where(nearer.any(axis=1), best, -1)


def _other_form(spellings: list[str], whole: np.ndarray, at: np.ndarray,
                block: Block) -> np.ndarray:
    """Facilities as like a name as the named one is, whose legal form it has, and not that one's.
    """
    found = np.zeros(whole.shape, dtype=bool)
    own = whole[np.arange(len(at)), at][:, None]
    for i, j in np.argwhere((whole >= VERY_LIKE) & (whole >= own) & (own > 0)).tolist():
        form = names.keys(spellings[i]).forms
        if form and j != at[i]:
            found[i, j] = (not any(names.compatible(form, one) for one in block.forms[at[i]])
                           and any(one and names.compatible(form, one) for one in block.forms[j]))
    return found


def _headed(spellings: list[str], whole: np.ndarray, at: np.ndarray,
            block: Block) -> tuple[np.ndarray, np.ndarray]:
    """Likeness of each name or of a beginning of it: of what is likest the named one's; of any."""
    heads = [(i, head) for i, one in enumerate(spellings) for head in names.heads(one)]
    if not heads:
        return whole, whole
    likest, any_of_it = whole.copy(), whole.copy()
    for (i, _), scores in zip(heads, block.whole([head for _, head in heads]), strict=True):
        if scores[at[i]] > likest[i, at[i]]:
            likest[i] = scores
        any_of_it[i] = np.maximum(any_of_it[i], scores)
    return likest, any_of_it


def _why(answer, row: tuple, spelling: str, alike: float, other: int, index: Index,
         block: Block) -> str:
    """Why the name contradicts the answer, ``""`` where it does not."""
    one, metal = answer.smelter_id, row[0]
    named = block.records[block.row_of[one]][2]
    if other >= 0:
        nearest, _, name, _ = block.records[other]
        return (f"Contradiction: {one} ({named}) is named, but the name is nearer to {nearest} "
                f"({name})")
    today = index.name(metal, names.today(spelling)).found
    if today and one not in today:
        return (f"Contradiction: {one} ({named}) is named, but the name before the earlier one is "
                f"that of {' or '.join(today)}")
    if alike < SPEAKS and answer.match == "id" and index.country_of(
            one, evidence.country(row[4])) == "different":
        return f"Contradiction: neither name nor country is that of {one} ({named})"
    if answer.check == "bare" and alike < CONFIRMS:
        return f"A number without CID, and the name does not confirm {one}"
    elsewhere = index.other_metals(metal, spelling)
    if elsewhere and alike < CONFIRMS:
        return (f"Contradiction: {one} is named, but the name is known under "
                f"{' and '.join(elsewhere)} alone")
    return ""


def check_twins(answers: list, rows: list[tuple], index: Index, likeness: Likeness) -> None:
    """Refuses a name where a facility that is called nearly so fits the rest of the row better.

    That is one of the reported country, where the name's own is of another; or any, where the
    row writes another legal form than the name's own facility.
    """
    by_metal: dict[str, list[int]] = {}
    for i, answer in enumerate(answers):
        if answer.check == "twin":
            by_metal.setdefault(rows[i][0], []).append(i)
    for metal, asked in sorted(by_metal.items()):
        block = likeness.block(metal)
        words = [set(name.split()) for name in block.loose]
        for start in range(0, len(asked), CHUNK):
            part = asked[start : start + CHUNK]
            spellings = [evidence.names_of(rows[i][2], rows[i][3])[-1] for i in part]
            scores = block.whole(spellings)
            for i, spelling, row in zip(part, spellings, scores, strict=True):
                why = _twin(answers[i], rows[i], spelling, row, block, words, index)
                answers[i] = _refused(answers[i], why) if why else answers[i]


def _twin(answer, row: tuple, spelling: str, scores, block: Block, words: list[set],
          index: Index) -> str:
    """Which near twin fits better, in words; ``""`` for none."""
    code, said = evidence.country(row[4]), set(names.loose(spelling).split())
    moved = index.country_of(answer.smelter_id, code) == "different"
    within = {int(owner) for owner, held in zip(block.owner, words, strict=True) if said <= held}
    for j, (one, _, name, _) in enumerate(block.records):
        near = scores[j] >= TWIN or (j in within and scores[j] >= TWIN_WITHIN)
        if one == answer.smelter_id or not near:
            continue
        if not moved or index.country_of(one, code) == "same":
            what = "country" if moved else "legal form"
            return (f"Contradiction: the name is that of {answer.smelter_id}, the {what} that of "
                    f"{one} ({name}), which is called nearly the same")
    return ""
