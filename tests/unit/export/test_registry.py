"""The table of formats: what it says is what the config takes and what the modules have."""

from typing import get_args

import pytest

from leap_core.config.names import ExportFormat
from leap_core.errors import UserError
from leap_core.export import registry


def test_the_config_takes_every_format_and_no_other():
    assert tuple(registry.FORMATS) == get_args(ExportFormat)


@pytest.mark.parametrize("name", registry.FORMATS)
def test_every_format_writes_what_it_holds(name):
    made = registry.FORMATS[name]
    assert made.holds and set(made.holds) <= set(registry.CONTENTS)
    assert set(made.folder) <= set(made.holds)
    module = made.load()
    for content in made.holds:
        assert callable(getattr(module, f"write_{content}"))


def test_a_content_that_a_format_lacks_is_refused_with_those_that_have_it():
    assert registry.format_of("slp", "poses", "x.h5") is registry.FORMATS["slp"]
    with pytest.raises(UserError, match="^x.h5: movement holds no labels; .* slp, dlc, coco$"):
        registry.format_of("movement", "labels", "x.h5")
