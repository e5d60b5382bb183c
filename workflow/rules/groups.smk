# REQUIRED INPUTS: behavior/<recording>.h5, behavior/map.h5, poses/<recording>.h5 and gait/<recording>.*
# of the recordings in groups
# OUTPUTS: groups/measures.csv, groups/comparison.csv

MEASURES = f"{OUT}/groups/measures.csv"
COMPARISON_TABLE = f"{OUT}/groups/comparison.csv"


rule group_measures:
    """One number per recording and measure: occupancy, dwell times, steps, phases, ..."""
    input:
        map=f"{OUT}/behavior/map.h5",
        behavior=each_compared("behavior/{recording}.h5"),
        poses=each_compared("poses/{recording}.h5"),
        gait=each_walker("gait/{recording}.h5"),
        steps=each_walker("gait/{recording}.steps.parquet"),
        phases=each_walker("gait/{recording}.phases.parquet"),
        tripods=each_walker("gait/{recording}.tripods.parquet"),
    output:
        MEASURES,
    log:
        f"{OUT}/logs/groups/measures.log",
    benchmark:
        f"{OUT}/logs/benchmarks/groups/measures.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("group_measures"),
        section=section(
            "behavior.max_break_s", "behavior.max_between_s", "groups.min_events"
        ),
        members=COMPARED,
    script:
        "../../scripts/group_measures.py"


rule group_comparison:
    """Groups of recordings compared: effects, permutation tests, false discovery rate."""
    input:
        measures=MEASURES,
    output:
        COMPARISON_TABLE,
    log:
        f"{OUT}/logs/groups/comparison.log",
    benchmark:
        f"{OUT}/logs/benchmarks/groups/comparison.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("group_comparison"),
        section=section(
            "groups.permutations", "groups.bootstrap", "groups.level", "seed"
        ),
    script:
        "../../scripts/group_comparison.py"
