"""The page has words for every kind of doubt that there is."""

import re

import pytest

from leap_core.preprocess import plausibility


@pytest.mark.parametrize("kind", plausibility.KINDS)
def test_every_kind_of_doubt_has_its_words(root, kind):
    page = root / "leap_core" / "web" / "proofread" / "page"
    sign, words = re.search(
        rf'^  {kind}: \["([\w-]+)", "([^"]+)"', (page / "kinds.js").read_text(), re.MULTILINE
    ).groups()
    assert words and f'id="{sign}"' in (page / "index.html").read_text()
