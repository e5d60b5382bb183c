"""Accepted moments as a file that more than one server writes."""

from concurrent.futures import ThreadPoolExecutor

from leap_core.preprocess.plausibility import Doubt
from leap_core.web.proofread.accepted import Accepted


def moment(first, last=None, animal=0, kind="jump"):
    return Doubt(kind, animal, first, first if last is None else last, 0.5, "")


def test_two_servers_lose_no_moment_of_one_another(tmp_path):
    table = tmp_path / "fly.csv"

    def accept(animal):
        own = Accepted(table, 1000)
        for frame in range(60):
            own.add(moment(10 * frame, animal=animal), [], "")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(accept, (0, 1)))
    found = Accepted(table, 1000)
    found.follow()
    all_of_them = [moment(10 * frame, animal=k) for frame in range(60) for k in (0, 1)]
    assert all(found.covered(all_of_them, []))


def test_a_moment_is_accepted_where_nine_tenths_of_it_were(tmp_path):
    own = Accepted(tmp_path / "fly.csv", 1000)
    for first, last in ((100, 149), (140, 180), (300, 399), (10, 20)):
        own.add(moment(first, last, kind="lost"), [], "")
    asked = {
        (100, 180): True,  # by two that overlap
        (100, 188): True,  # 81 of 89 frames
        (100, 195): False,
        (150, 170): True,
        (5, 9): False,
        (290, 399): True,
        (290, 420): False,
        (400, 400): False,
    }
    moments = [moment(*frames, kind="lost") for frames in asked]
    assert own.covered(moments, []) == list(asked.values())
    assert not any(own.covered([moment(100, 180), moment(100, 180, 1, "lost")], []))
