# REQUIRED INPUTS: results of every stage, and the truth of synthetic videos
# OUTPUTS: validation.json, validation.csv, validation_behaviors.csv, validation.h5


rule validate:
    """Compare every synthetic recording with its truth, on animals that were never labeled."""
    input:
        truth=TRUTHS,
        tracks=expand(f"{OUT}/tracks/{{video}}.h5", video=SYNTHETIC),
        poses=expand(f"{OUT}/poses/{{video}}.h5", video=SYNTHETIC),
        gait=expand(f"{OUT}/gait/{{video}}.h5", video=SYNTHETIC if GAITS else []),
        behavior=expand(f"{OUT}/behavior/{{video}}.h5", video=SYNTHETIC),
        code=code("validate"),
    output:
        summary=f"{OUT}/validation.json",
        table=f"{OUT}/validation.csv",
        behaviors=f"{OUT}/validation_behaviors.csv",
        panels=f"{OUT}/validation.h5",
    log:
        f"{OUT}/logs/validate.log",
    benchmark:
        f"{OUT}/logs/benchmarks/validate.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        section=section("labels.truth", "labels.truth_videos", "crop.size"),
    script:
        "../../scripts/validate.py"
