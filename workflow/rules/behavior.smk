# REQUIRED INPUTS: poses/<recording>.h5; crops/<recording>.h5 for the map of pixels
# OUTPUTS: behavior/settings.json where `behavior.auto` is set; <atlas>/embedding.h5,
# <atlas>/map.h5, <atlas>/<recording>.h5, and of the map of poses behavior/statistics.h5,
# behavior/regions.csv, behavior/dynamics.h5 with its tables, behavior/stability/<cut>.h5,
# behavior/refits.h5
# An atlas is one map and what leads to it: `behavior` is that of the poses.


rule behavior_settings:
    """Choose what `behavior.auto` leaves open, from the recordings' frame rate and length."""
    input:
        poses=provided(leap_planning.check_map, each_mapped("poses/{recording}.h5")),
    output:
        f"{OUT}/behavior/settings.json",
    log:
        f"{OUT}/logs/behavior/settings.log",
    benchmark:
        f"{OUT}/logs/benchmarks/behavior/settings.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("behavior_settings"),
        section=section("poses.min_confidence", *of_choice()),
    script:
        "../../scripts/behavior_settings.py"


rule behavior_channels:
    """Time series of the parts of one recording, ready for spectrograms."""
    input:
        poses=provided(leap_planning.check_map, f"{OUT}/poses/{{recording}}.h5"),
        settings=SETTINGS,
    output:
        f"{OUT}/behavior/channels/{{recording}}.h5",
    log:
        f"{OUT}/logs/behavior/channels/{{recording}}.log",
    benchmark:
        f"{OUT}/logs/benchmarks/behavior/channels/{{recording}}.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("behavior_channels"),
        section=section(
            "poses",
            *of_channels("center", "max_lost", "fmin", "fmax", "omega0"),
        ),
    script:
        "../../scripts/behavior_channels.py"


rule behavior_sample:
    """Choose representative time points of one recording."""
    input:
        channels=f"{OUT}/{{atlas}}/channels/{{recording}}.h5",
        settings=SETTINGS,
    output:
        f"{OUT}/{{atlas}}/samples/{{recording}}.h5",
    log:
        f"{OUT}/logs/{{atlas}}/sample/{{recording}}.log",
    benchmark:
        f"{OUT}/logs/benchmarks/{{atlas}}/sample/{{recording}}.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("behavior_sample"),
        section=section("seed", behavior="embedded"),
        recordings=len(MAPPED),
    script:
        "../../scripts/behavior_sample.py"


rule behavior_embed:
    """Embed the samples of all recordings in one map."""
    input:
        samples=each_mapped("{{atlas}}/samples/{recording}.h5"),
        settings=SETTINGS,
    output:
        f"{OUT}/{{atlas}}/embedding.h5",
    log:
        f"{OUT}/logs/{{atlas}}/embed.log",
    benchmark:
        f"{OUT}/logs/benchmarks/{{atlas}}/embed.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("behavior_embed"),
        section=section("seed", behavior="embedded"),
    script:
        "../../scripts/behavior_embed.py"


rule behavior_project:
    """Project every frame of one recording into the map."""
    input:
        channels=f"{OUT}/{{atlas}}/channels/{{recording}}.h5",
        embedding=f"{OUT}/{{atlas}}/embedding.h5",
        settings=SETTINGS,
    output:
        f"{OUT}/{{atlas}}/projected/{{recording}}.h5",
    log:
        f"{OUT}/logs/{{atlas}}/project/{{recording}}.log",
    benchmark:
        f"{OUT}/logs/benchmarks/{{atlas}}/project/{{recording}}.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("behavior_project"),
        section=section(behavior="mapped"),
    script:
        "../../scripts/behavior_project.py"


rule behavior_map:
    """Density of all frames over the map, and its regions as a person has edited them."""
    input:
        embedding=f"{OUT}/{{atlas}}/embedding.h5",
        projected=each_mapped("{{atlas}}/projected/{recording}.h5"),
        edits=region_edits,
        settings=SETTINGS,
    output:
        f"{OUT}/{{atlas}}/map.h5",
    log:
        f"{OUT}/logs/{{atlas}}/map.log",
    benchmark:
        f"{OUT}/logs/benchmarks/{{atlas}}/map.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("behavior_map"),
        section=section(behavior="mapped"),
    script:
        "../../scripts/behavior_map.py"


rule behavior_regions:
    """Region of every frame of one recording."""
    input:
        projected=f"{OUT}/{{atlas}}/projected/{{recording}}.h5",
        map=f"{OUT}/{{atlas}}/map.h5",
    output:
        f"{OUT}/{{atlas}}/{{recording}}.h5",
    log:
        f"{OUT}/logs/{{atlas}}/regions/{{recording}}.log",
    benchmark:
        f"{OUT}/logs/benchmarks/{{atlas}}/regions/{{recording}}.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("behavior_regions"),
    script:
        "../../scripts/behavior_regions.py"


rule behavior_statistics:
    """What happens in each region of the behavior map, in numbers and as a table."""
    input:
        map=f"{OUT}/behavior/map.h5",
        behavior=each_recording("behavior/{recording}.h5"),
        poses=each_recording("poses/{recording}.h5"),
        gait=GAITS,
        refits=REFITS,
        settings=SETTINGS,
    output:
        statistics=f"{OUT}/behavior/statistics.h5",
        table=f"{OUT}/behavior/regions.csv",
    log:
        f"{OUT}/logs/behavior/statistics.log",
    benchmark:
        f"{OUT}/logs/benchmarks/behavior/statistics.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("behavior_statistics"),
        section=section("gait.min_speed", "poses", behavior="described"),
    script:
        "../../scripts/behavior_statistics.py"


rule behavior_dynamics:
    """How long each region of the behavior map lasts, and what follows it."""
    input:
        behavior=each_recording("behavior/{recording}.h5"),
        map=f"{OUT}/behavior/map.h5",
    output:
        dynamics=f"{OUT}/behavior/dynamics.h5",
        bouts=f"{OUT}/behavior/bouts.parquet",
        transitions=f"{OUT}/behavior/transitions.csv",
        dwell=f"{OUT}/behavior/dwell.csv",
    log:
        f"{OUT}/logs/behavior/dynamics.log",
    benchmark:
        f"{OUT}/logs/benchmarks/behavior/dynamics.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("behavior_dynamics"),
        section=section(behavior="described"),
    script:
        "../../scripts/behavior_dynamics.py"


rule behavior_stability:
    """Two maps, each from its own part of every recording, and how far they agree."""
    input:
        channels=each_mapped("behavior/channels/{recording}.h5"),
        projected=each_mapped("behavior/projected/{recording}.h5"),
        settings=SETTINGS,
    output:
        f"{OUT}/behavior/stability/{{cut}}.h5",
    log:
        f"{OUT}/logs/behavior/stability/{{cut}}.log",
    benchmark:
        f"{OUT}/logs/benchmarks/behavior/stability/{{cut}}.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("behavior_stability"),
        section=section("seed", behavior="mapped"),
    script:
        "../../scripts/behavior_stability.py"


rule behavior_refits:
    """The map made again from half of the data: which regions come back, which are one."""
    input:
        channels=each_mapped("behavior/channels/{recording}.h5"),
        projected=each_mapped("behavior/projected/{recording}.h5"),
        settings=SETTINGS,
    output:
        f"{OUT}/behavior/refits.h5",
    log:
        f"{OUT}/logs/behavior/refits.log",
    benchmark:
        f"{OUT}/logs/benchmarks/behavior/refits.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("behavior_refits"),
        section=section("seed", behavior="refitted"),
    script:
        "../../scripts/behavior_refits.py"
