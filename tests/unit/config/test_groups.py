"""Groups of videos in a config: who is compared, and what is refused."""

import pytest

from leap_core import config
from leap_core.errors import UserError


def resolve(*videos):
    """A config of videos a, b, ... with these keys."""
    films = [{"id": f"{k:c}", "path": f"{k:c}.mp4"} | keys for k, keys in enumerate(videos, 97)]
    return config.from_dict({"dataset": "d", "skeleton": "s.yaml", "videos": films}, "my.yaml")


def test_every_recording_of_a_group_is_compared():
    found = resolve(
        {"group": "wild type", "block": "day 1", "unit": "cage 7", "animals": 2},
        {},
        {"group": "mutant", "block": "day 1"},
    )
    assert found.compared == [
        ("a_animal0", "a", "cage 7", "wild type", "day 1"),
        ("a_animal1", "a", "cage 7", "wild type", "day 1"),
        ("c", "c", "c", "mutant", "day 1"),
    ]


def test_one_group_is_no_comparison():
    assert resolve({"group": "mutant"}, {}, {"group": "mutant"}).compared == []
    assert resolve({}, {}).compared == []


@pytest.mark.parametrize(
    ("videos", "words"),
    [
        ([{"block": "1"}], "video 'a': `block` is about groups; name its `group`"),
        ([{"unit": "1"}], "video 'a': `unit` is about groups"),
        (
            [{"group": "x", "block": "1"}, {"group": "y"}],
            "video 'b' has a `group` and no `block`, but video 'a' has one; give every video",
        ),
        (
            [{"group": "x", "unit": "7"}, {"group": "y", "unit": "7"}],
            "videos 'a' and 'b' are one `unit` in two `group`s; .* name it as `block`",
        ),
        (
            [{"group": "x", "unit": "7", "block": "1"}, {"group": "x", "unit": "7", "block": "2"}],
            "one `unit` in two `block`s",
        ),
        ([{"group": " x"}], "does not match"),
        ([{"group": "$x$"}], "does not match"),
        ([{"group": 1}], "1 is not of type 'string'"),
    ],
)
def test_mistakes_are_named(videos, words):
    with pytest.raises(UserError, match=words):
        resolve(*videos)
