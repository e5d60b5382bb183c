# REQUIRED INPUTS: results of every stage, and the truth of synthetic videos
# OUTPUTS: validation.json, validation.csv, validation_behaviors.csv, validation.h5


rule validate:
    """Compare every synthetic recording with its truth, on animals that were never labeled."""
    input:
        truth=TRUTHS,
        tracks=[f"{OUT}/tracks/{RECORDINGS[name][0]}.h5" for name in KNOWN],
        poses=expand(f"{OUT}/poses/{{recording}}.h5", recording=KNOWN),
        gait=expand(f"{OUT}/gait/{{recording}}.h5", recording=KNOWN if GAITS else []),
        behavior=expand(f"{OUT}/behavior/{{recording}}.h5", recording=KNOWN),
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
        code=made_by("validate"),
        section=section(
            "labels.truth",
            "labels.truth_videos",
            "crop.size",
            "poses.doubtful",
            "gait.min_speed",
        ),
        recordings={name: RECORDINGS[name] for name in KNOWN},
        labeled=LABELED,
    script:
        "../../scripts/validate.py"
