"""A pattern of names matches them and no others, and stays short."""

import random
import re

import pytest

from leap_core.planning.patterns import one_of


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["fly"],
        ["fly", "fly1", "fly12", "fly2"],
        ["a-b", "a.b", "a^b", "a]b", "a b", "a+b", "[a]", "-", "^"],
        ["männchen", "mäuse", "鼠1", "鼠2"],
    ],
)
def test_every_name_and_no_other_matches(names):
    found = re.compile(one_of(names))
    assert all(found.fullmatch(name) for name in names)
    near = {name[:-1] for name in names} | {name + "1" for name in names} | {"aXb", "", "c", "1"}
    assert not [name for name in near - set(names) if found.fullmatch(name)]


def test_random_names_are_told_apart():
    choose = random.Random(3)
    pool = {"".join(choose.choices("ab0.-_", k=choose.randint(1, 5))) for _ in range(2000)}
    names, others = set(sorted(pool)[::2]), set(sorted(pool)[1::2])
    found = re.compile(one_of(names))
    assert {name for name in pool if found.fullmatch(name)} == names and len(others) > 400


def test_a_thousand_numbered_names_take_little_text():
    names = [f"fly{k:04d}" for k in range(1000)]
    assert len(one_of(names)) < len("|".join(names)) / 4
