# REQUIRED INPUTS: poses/<recording>.h5
# OUTPUTS: behavior/embedding.h5, behavior/map.h5, behavior/<recording>.h5,
# behavior/statistics.h5, behavior/regions.csv


rule behavior_sample:
    input:
        poses=f"{OUT}/poses/{{recording}}.h5",
        code=code("behavior_sample", "behavior/importance"),
    output:
        f"{OUT}/behavior/samples/{{recording}}.h5",
    log:
        f"{OUT}/logs/behavior_sample/{{recording}}.log",
    conda:
        "../../envs/leap.yaml"
    params:
        section=section("behavior", "prediction", "seed"),
        points=max(1, CFG.behavior.total // len(RECORDINGS)),
    script:
        "../../scripts/behavior_sample.py"


rule behavior_embed:
    input:
        samples=each_recording("behavior/samples/{recording}.h5"),
        code=code("behavior_embed", "behavior/embedding"),
    output:
        f"{OUT}/behavior/embedding.h5",
    log:
        f"{OUT}/logs/behavior_embed.log",
    conda:
        "../../envs/leap.yaml"
    params:
        section=section("behavior", "seed"),
    script:
        "../../scripts/behavior_embed.py"


rule behavior_project:
    input:
        poses=f"{OUT}/poses/{{recording}}.h5",
        embedding=f"{OUT}/behavior/embedding.h5",
        code=code("behavior_project", "behavior/embedding"),
    output:
        f"{OUT}/behavior/projected/{{recording}}.h5",
    log:
        f"{OUT}/logs/behavior_project/{{recording}}.log",
    conda:
        "../../envs/leap.yaml"
    params:
        section=section("behavior", "prediction"),
    script:
        "../../scripts/behavior_project.py"


rule behavior_map:
    input:
        embedding=f"{OUT}/behavior/embedding.h5",
        projected=each_recording("behavior/projected/{recording}.h5"),
        code=code("behavior_map", "behavior/regions"),
    output:
        f"{OUT}/behavior/map.h5",
    log:
        f"{OUT}/logs/behavior_map.log",
    conda:
        "../../envs/leap.yaml"
    params:
        section=section("behavior"),
    script:
        "../../scripts/behavior_map.py"


rule behavior_regions:
    input:
        projected=f"{OUT}/behavior/projected/{{recording}}.h5",
        map=f"{OUT}/behavior/map.h5",
        code=code("behavior_regions", "behavior/regions"),
    output:
        f"{OUT}/behavior/{{recording}}.h5",
    log:
        f"{OUT}/logs/behavior_regions/{{recording}}.log",
    conda:
        "../../envs/leap.yaml"
    script:
        "../../scripts/behavior_regions.py"


rule behavior_statistics:
    input:
        map=f"{OUT}/behavior/map.h5",
        behavior=each_recording("behavior/{recording}.h5"),
        poses=each_recording("poses/{recording}.h5"),
        gait=GAITS,
        code=code("behavior_statistics", "behavior/statistics", "behavior/evidence"),
    output:
        statistics=f"{OUT}/behavior/statistics.h5",
        table=f"{OUT}/behavior/regions.csv",
    log:
        f"{OUT}/logs/behavior/statistics.log",
    conda:
        "../../envs/leap.yaml"
    params:
        section=section("behavior", "gait", "prediction"),
    script:
        "../../scripts/behavior_statistics.py"
