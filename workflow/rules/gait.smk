# REQUIRED INPUTS: poses/<recording>.h5
# OUTPUTS: gait/model.h5, gait/<recording>.h5 with its tables (.steps.parquet, ...),
# gait/profiles.csv, gait/phases.csv, gait/tripods.csv

PHASES = each_recording("gait/{recording}.phases.parquet")
TRIPODS = each_recording("gait/{recording}.tripods.parquet")


rule gait_model:
    """Fit the hidden Markov model of gait to all recordings."""
    input:
        poses=provided(leap_planning.check_gait, each_recording("poses/{recording}.h5")),
    output:
        f"{OUT}/gait/model.h5",
    log:
        f"{OUT}/logs/gait_model.log",
    benchmark:
        f"{OUT}/logs/benchmarks/gait_model.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("gait_model"),
        section=section("gait", "poses", "seed"),
    script:
        "../../scripts/gait_model.py"


rule gait:
    """Swing, stance and gait mode of one recording, and the tables of its steps."""
    input:
        poses=f"{OUT}/poses/{{recording}}.h5",
        model=f"{OUT}/gait/model.h5",
    output:
        gait=f"{OUT}/gait/{{recording}}.h5",
        steps=f"{OUT}/gait/{{recording}}.steps.parquet",
        swings=f"{OUT}/gait/{{recording}}.swings.parquet",
        bouts=f"{OUT}/gait/{{recording}}.bouts.parquet",
        strides=f"{OUT}/gait/{{recording}}.strides.parquet",
        phases=f"{OUT}/gait/{{recording}}.phases.parquet",
        tripods=f"{OUT}/gait/{{recording}}.tripods.parquet",
    log:
        f"{OUT}/logs/gait/{{recording}}.log",
    benchmark:
        f"{OUT}/logs/benchmarks/gait/{{recording}}.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("gait"),
        section=section("gait", "poses"),
    script:
        "../../scripts/gait.py"


rule gait_profiles:
    """Swing velocity against time from onset, by body speed, over all recordings."""
    input:
        swings=SWINGS,
    output:
        f"{OUT}/gait/profiles.csv",
    log:
        f"{OUT}/logs/gait_profiles.log",
    benchmark:
        f"{OUT}/logs/benchmarks/gait_profiles.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("gait_profiles"),
    script:
        "../../scripts/gait_profiles.py"


rule gait_coordination:
    """Phases between legs and tripod coordination strength by body speed, of all recordings."""
    input:
        phases=PHASES,
        tripods=TRIPODS,
    output:
        phases=f"{OUT}/gait/phases.csv",
        tripods=f"{OUT}/gait/tripods.csv",
    log:
        f"{OUT}/logs/gait_coordination.log",
    benchmark:
        f"{OUT}/logs/benchmarks/gait_coordination.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("gait_coordination"),
    script:
        "../../scripts/gait_coordination.py"
