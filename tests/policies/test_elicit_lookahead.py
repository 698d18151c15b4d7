"""Two steps ahead: what one question's value does not see."""

from __future__ import annotations

import numpy as np
import pytest

from penchant.errors import InputError
from penchant.policies.elicit.acquisition import pair_value
from penchant.policies.elicit.gaussian import Gaussian
from penchant.policies.elicit.lookahead import Outlook, after, plan_ahead, question_values


def outlook(mean: list[float], deviations: list[float]) -> Outlook:
    return Outlook(np.array(mean), np.diag(np.square(deviations)))


def test_values_of_pairs_are_those_in_closed_form() -> None:
    rng = np.random.default_rng(0)
    belief = Gaussian.of(rng.normal(size=4), np.eye(4) + 0.2)
    rows = rng.normal(size=(7, 4))
    first, second = np.triu_indices(7, 1)
    x = rows[first] - rows[second]
    found = belief.utility(x)
    closed = pair_value(found.mean, found.sd, belief.covariance(x, rows), rows @ belief.mean)
    seen = Outlook(rows @ belief.mean, belief.covariance(rows))
    questions = np.stack([first, second], axis=1).tolist()
    np.testing.assert_allclose(question_values(seen, questions, range(7)), closed, atol=1e-9)
    assert (question_values(seen, [[0, 1, 2, 3], [1, 2]], range(7)) >= 0.0).all()


def test_a_pick_moves_the_picked_up_and_leaves_less_unsure() -> None:
    before = outlook([0.0, 0.0, 0.0], [2.0, 2.0, 1.0])
    then = after(before, [0, 1], 0)
    assert then.mean[0] > 0 > then.mean[1]
    assert then.mean[2] == 0.0
    assert then.covariance[0, 0] < before.covariance[0, 0]
    chance = 1.0 / (1.0 + np.exp(-(before.mean[0] - before.mean[1])))
    other = after(before, [0, 1], 1)
    np.testing.assert_allclose(chance * then.mean + (1 - chance) * other.mean, before.mean)


def test_two_questions_pay_where_neither_does_alone() -> None:
    # The best is 1.8 ahead; no single answer lifts the unsure thing past it, two do.
    rows = np.array([[0.0, 0.0, 1.0], [1.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0, 0, 0]])
    belief = Gaussian.of(np.array([0.0, 0.0, 1.8]), np.diag([5.0, 5.0, 0.01]))
    seen = Outlook(rows @ belief.mean, belief.covariance(rows))
    questions, candidates = [[2, 4], [3, 4]], [0, 1]
    np.testing.assert_allclose(question_values(seen, questions, candidates), 0.0, atol=1e-12)
    plans = plan_ahead(seen, questions, candidates, costs=[0.01, 0.01], reuses=0.0)
    assert (plans.one < 0).all()
    assert (plans.ask > 0).all()
    assert plans.best is not None
    dear = plan_ahead(seen, questions, candidates, costs=[1.0, 1.0], reuses=0.0)
    assert dear.best is None


def test_answering_teaches_too_so_that_a_dear_question_can_wait() -> None:
    # What is unsure is how the likely best is liked; its reception tells that for nothing.
    seen = outlook([0.3, 0.0, 0.0], [2.0, 0.05, 0.0])
    plans = plan_ahead(seen, [[0, 1]], [0, 1], costs=[0.4], reaction=[2], reuses=1.0)
    silent = plan_ahead(seen, [[0, 1]], [0, 1], costs=[0.4], reuses=1.0)
    assert plans.answer > 0.0
    assert silent.answer == 0.0
    assert silent.best == 0
    assert plans.best is None


def test_what_cannot_be_planned_is_refused() -> None:
    seen = outlook([0.0, 1.0], [1.0, 1.0])
    with pytest.raises(InputError, match="candidate"):
        plan_ahead(seen, [[0, 1]], [], costs=[0.1])
    with pytest.raises(InputError, match="costs"):
        plan_ahead(seen, [[0, 1]], [0, 1], costs=[])
    with pytest.raises(InputError, match="finite"):
        plan_ahead(outlook([np.nan, 0.0], [1.0, 1.0]), [[0, 1]], [0, 1], costs=[0.1])
    nothing = plan_ahead(seen, [], [0, 1], costs=[])
    assert nothing.best is None
