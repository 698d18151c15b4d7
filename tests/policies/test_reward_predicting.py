"""What a description in words predicts of two texts, by measurement alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.memory.inference.prediction import Pair
from penchant.memory.types import PreferenceDraft
from penchant.models.hash_embedder import HashEmbedder
from penchant.policies.feedback import describe_edit
from penchant.policies.reward import TextFeatures
from penchant.policies.reward.predicting import RewardPredictor

if TYPE_CHECKING:
    from penchant.models import OnnxEmbedder

HASHED = RewardPredictor(TextFeatures(HashEmbedder()))

PLAIN = "Take the bus to the old bridge. Get off there and walk north for ten minutes."
FORMAL_MAIL = (
    "Dear Mr. Brown,\n\nI hope you are doing well. I would like to kindly inform you that the "
    "heating has stopped working. Could you perhaps send somebody?\n\nKind regards,\nAna"
)
BLUNT_MAIL = "Send somebody to repair the heating by Friday. It has been off since Monday."

# A description, a text that it fits, and one that it does not.
FITTING = [
    ("short replies", "Rain taps.", "Rain falls on tin roofs all night long, and nobody minds it."),
    ("about 10 words", "One two three four five six seven eight nine ten.", "word " * 60),
    ("at most two sentences", "Yes. Go on.", "Yes. Go on. Then stop. Then go on again. Then stop."),
    ("under 20 words", BLUNT_MAIL, FORMAL_MAIL * 3),
    ("two paragraphs", f"{PLAIN}\n\n{PLAIN}", f"{PLAIN} {PLAIN}\n\nx\n\ny\n\nz\n\nv"),
    ("bullet points", "- tea\n- milk\n- bread", "Buy tea, milk and bread."),
    ("no emoji", "We won the cup.", "We won the cup 🎉🎉"),
    ("emoji", "We won the cup 🎉🎉", "We won the cup."),
    ("without a greeting", "The meeting is at five.", "Hi Ana, the meeting is at five."),
    ("a warm greeting", "Hello Ana, the meeting is at five.", "The meeting is at five."),
    ("no sign-off", "The meeting is at five.", "The meeting is at five.\n\nBest regards,\nTom"),
    ("no hedging", "It breaks at 90 degrees.", "I think it might perhaps break at 90 degrees."),
    ("exact numbers", "Bake 25 minutes at 180 °C with 40 g of fat.", "Bake it with some fat."),
    ("contractions", "It's late and we don't care.", "It is late and we do not care."),
    ("avoids contractions", "It is late and we do not care.", "It's late and we don't care."),
    ("asks questions", "And you? What did you eat?", "I ate soup."),
    ("step by step", "1. Lift it.\n2. Turn it.\n3. Pull.", "Lift it, turn it and pull."),
    ("no exclamation marks", "We won.", "We won!!! Great!!!"),
    ("simple words", "It makes prices go up.", "It precipitates inflationary monetary pressure."),
    ("says “cheers”", "Done. Cheers, Ana", "Done. Regards, Ana"),
    ("no “synergy”", "We work well together.", "We leverage synergy together."),
    ("polite requests", "Please send it, if you could.", "Send it."),
    ("parentheses", "Tea (green) and milk (cold).", "Green tea and cold milk."),
    ("in the first person", "I went home and I made my tea.", "They went home and made tea."),
]  # fmt: skip


def at(description: str | PreferenceDraft, chosen: str, rejected: str) -> float:
    (p,) = HASHED.measure(description, [Pair(chosen=chosen, rejected=rejected)])
    return float(p)


@pytest.mark.parametrize(("description", "fits", "other"), FITTING)
def test_the_text_that_a_description_fits_is_predicted(
    description: str, fits: str, other: str
) -> None:
    assert at(description, fits, other) > 0.6
    assert at(description, other, fits) < 0.4


@pytest.mark.parametrize(("description", "fits", "other"), FITTING)
def test_what_is_disliked_turns_round(description: str, fits: str, other: str) -> None:
    disliked = PreferenceDraft(description=f"style: {description}", polarity="dislike")
    # A "no" says nothing more there.
    denied = description.startswith(("no ", "without", "avoids"))
    assert (at(disliked, fits, other) > 0.5) is denied


EDITS = [
    ("length", PLAIN * 3, "Take the bus north."),
    ("length", "Take the bus.", PLAIN * 2),
    ("format", "Buy tea, milk and bread.", "- tea\n- milk\n- bread"),
    ("format", "- tea for two\n- milk\n- bread", f"Buy tea for two, milk and bread. {PLAIN}"),
    ("headings", f"# Way\n\n{PLAIN} {PLAIN}", f"{PLAIN} {PLAIN}"),
    ("headings", f"{PLAIN} {PLAIN}", f"# Way\n\n{PLAIN} {PLAIN}"),
    ("emoji", "We won the cup 🎉", "We won the cup"),
    ("emoji", "We won the cup", "We won the cup 🎉"),
    ("exclamation", "Try it! It is good!", "Try it. It is good."),
    ("greeting", "Hi Ana,\n\nThe meeting is at 5.", "The meeting is at 5."),
    ("greeting", "The meeting is at 5.", "Hi Ana,\n\nThe meeting is at 5."),
    ("sign-off", "The meeting is at 5.\n\nBest regards,\nTom", "The meeting is at 5."),
    ("sign-off", "The meeting is at 5.", "The meeting is at 5.\n\nBest regards,\nTom"),
    ("bold", f"**Bus** and **bridge**. {PLAIN} {PLAIN}", f"Bus and bridge. {PLAIN} {PLAIN}"),
    ("tone", "You might perhaps try it, I think it could do.", "Try it, it is good for us all."),
    ("tone", "Hey guys, it's super cool, don't worry!", "It is in order, we do not object to it."),
]  # fmt: skip


@pytest.mark.parametrize(("aspect", "before", "after"), EDITS)
def test_what_rules_measure_explains_its_own_edit(aspect: str, before: str, after: str) -> None:
    drafts = {draft.aspect: draft for draft in describe_edit(before, after).drafts}
    assert aspect in drafts
    assert at(drafts[aspect], after, before) > 0.55


@pytest.mark.parametrize("description", ["likes jazz", "is called Ana", "lives in Rome"])
def test_what_says_nothing_of_texts_is_a_guess_at_most(description: str) -> None:
    for _, fits, other in FITTING:
        assert 0.4 <= at(description, fits, other) <= 0.6


def test_texts_that_do_not_differ_are_even() -> None:
    for description, fits, _ in FITTING:
        assert at(description, fits, fits) == pytest.approx(0.5)
    assert HASHED.measure("short", []).shape == (0,)


@given(
    st.sampled_from([each[0] for each in FITTING] + ["warm", "concrete images", "", "!"]),
    st.text(max_size=80),
    st.text(max_size=80),
)
def test_swapping_a_pair_turns_the_probability_round(
    description: str, left: str, right: str
) -> None:
    one, other = at(description, left, right), at(description, right, left)
    assert one + other == pytest.approx(1.0)
    assert 0.04 < one < 0.96


def test_any_length_of_text_and_description() -> None:
    assert 0 < at("short " * 5_000, "word " * 50_000, "x") < 0.5


async def test_it_is_a_predictor() -> None:
    pairs = [Pair(chosen=fits, rejected=other) for _, fits, other in FITTING[:3]]
    found = await HASHED.agreement("short replies", pairs)
    assert np.array_equal(found, HASHED.measure("short replies", pairs))


def test_what_is_noticed_is_what_was_counted() -> None:
    pair = Pair(
        chosen="Bake 25 minutes at 180 °C. Add 40 g of butter.",
        rejected="I think you might perhaps bake it for a while and add a little of the butter!",
    )
    noticed = HASHED.noticed(pair)
    assert {"no hedging", "exact numbers", "no exclamation marks"} <= set(noticed)
    assert len(noticed) <= 4
    assert HASHED.noticed(pair, limit=1) == noticed[:1]
    assert HASHED.noticed(Pair(chosen="a b", rejected="a b")) == ()


def test_what_is_noticed_explains_the_pair_that_it_was_noticed_in() -> None:
    pairs = [Pair(chosen=fits, rejected=other) for _, fits, other in FITTING]
    pairs += [Pair(chosen=after, rejected=before) for _, before, after in EDITS]
    told = [(said, pair) for pair in pairs for said in HASHED.noticed(pair, limit=9)]
    assert len(told) > 50
    wrong = [said for said, pair in told if at(said, pair.chosen, pair.rejected) <= 0.6]
    assert wrong == []


# Written for this; nothing was chosen on it.
MEANT = [
    ("concrete images", "Rain drums the tin roof. A moth folds into the gutter.",
     "Rain brings peace and calm, and washes away our sorrow and pain."),
    ("humour", "Happy birthday, you old goat! No better at parking, I hear.",
     "Happy birthday. I wish you a wonderful day filled with joy."),
    ("a warm, personal tone", "I am so glad you came; you made the whole evening glow for us.",
     "The attendance of all participants was registered at the entrance."),
    ("formal language", "We hereby confirm receipt of the above-mentioned documents.",
     "Got your papers, all good."),
    ("technical vocabulary", "The mutex guards the allocator against concurrent writes.",
     "The lock keeps two people from writing at once."),
    ("everyday comparisons", "It is like a cloakroom: you hand in a coat and get a ticket.",
     "It maps keys to values by means of a hash function."),
]  # fmt: skip


def test_meaning_speaks_where_nothing_is_counted(minilm: OnnxEmbedder) -> None:
    predictor = RewardPredictor(TextFeatures(minilm))
    right = 0
    for description, fits, other in MEANT:
        (p,) = predictor.measure(description, [Pair(chosen=fits, rejected=other)])
        right += p > 0.5
    assert right >= 5
