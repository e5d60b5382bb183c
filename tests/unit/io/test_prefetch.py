"""Items made ahead in a thread: all of them, in order, and never many more than are used."""

import threading

import pytest

from leap_core.io import prefetch


@pytest.mark.parametrize("most", [1, 2, 5, 16])
def test_all_items_come_in_order_and_few_wait(most):
    made = []

    def items():
        for k in range(100):
            made.append(k)
            yield k

    found = []
    for item in prefetch.drawn_ahead(items(), most):
        found.append(item)
        assert len(made) <= len(found) + most + 1
    assert found == list(range(100))


def test_an_error_comes_after_the_items_before_it():
    def items():
        yield from range(7)
        raise ValueError("broken")

    found = []
    with pytest.raises(ValueError, match="broken"):
        for item in prefetch.drawn_ahead(items(), 16):
            found.append(item)
    assert found == list(range(7))


def test_who_stops_early_leaves_no_thread_behind():
    before = threading.active_count()
    drawn = prefetch.drawn_ahead(iter(range(1000)), 4)
    assert [next(drawn), next(drawn)] == [0, 1]
    assert threading.active_count() == before + 1
    drawn.close()
    assert threading.active_count() == before
