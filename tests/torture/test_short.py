"""A short part of the campaign, by a seed that stays: no promise is broken."""

import numpy as np
import pytest

from torture.kinds import KINDS


@pytest.mark.parametrize("name", KINDS)
def test_no_promise_is_broken(name, tmp_path):
    kind = KINDS[name]
    trials = list(kind.make(tmp_path, np.random.default_rng(15), kind.short))
    assert len(trials) >= kind.short
    assert any(trial.struck for trial in trials)
    assert {trial.what: trial.broken for trial in trials if trial.broken} == {}
