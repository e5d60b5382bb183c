# REQUIRED INPUTS: the raw files that the config names, on disk or by url
# OUTPUTS: raw/


rule source:
    """Link or download one raw file and check it."""
    output:
        f"{OUT}/raw/{{source}}",
    log:
        f"{OUT}/logs/source/{{source}}.log",
    benchmark:
        f"{OUT}/logs/benchmarks/source/{{source}}.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("source"),
        section=lambda w: {"source": leap_sources.origin(SOURCES[w.source])},
        state=raw_state,
    script:
        "../../scripts/source.py"
