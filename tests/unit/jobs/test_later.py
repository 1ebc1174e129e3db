"""Orders that are written when they are read."""

import pickle
from collections import UserDict

from plateworks.jobs.later import Later


def test_an_order_is_not_written_before_it_is_read_and_then_once():
    written = []

    def write():
        written.append(1)
        return {"kind": "dark"}

    order = Later(write)
    assert written == []
    assert order["kind"] == "dark"
    assert dict(order) == {"kind": "dark"}
    assert written == [1]


def test_what_reaches_a_script_is_the_order_itself():
    order = pickle.loads(pickle.dumps(Later(lambda: {"lights": [1, 2]})))
    assert type(order) is UserDict
    assert order.data == {"lights": [1, 2]}
