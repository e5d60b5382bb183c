# REQUIRED INPUTS: the raw files that the config names, on disk or by url
# OUTPUTS: raw/


rule source:
    input:
        file=on_disk,
        code=code("source"),
    output:
        f"{OUT}/raw/{{source}}",
    log:
        f"{OUT}/logs/source/{{source}}.log",
    conda:
        "../../envs/leap.yaml"
    params:
        section=lambda w: {"source": leap_sources.origin(SOURCES[w.source])},
    script:
        "../../scripts/source.py"
