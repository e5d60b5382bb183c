"""Two clean runs of one config on one machine give the same bytes."""

from fixtures.checkout import TINY, digests, snakemake


def test_two_clean_runs_give_the_same_bytes(fresh, expected):
    """Everything but logs: videos, crops, models, poses, tables, maps, figures, records."""
    result = snakemake(fresh, "--cores", "2", *TINY)
    assert result.returncode == 0, result.stderr[-5000:]
    found = digests(fresh / "results" / "tiny")
    assert {name for name in expected if expected[name] != found.get(name)} == set()
    assert found.keys() == expected.keys()
