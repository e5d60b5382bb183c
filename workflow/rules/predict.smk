# REQUIRED INPUTS: crops/<recording>.h5, models/<run>/best.keras
# OUTPUTS: poses/<recording>.h5, poses/example.h5 (confidence maps of one image)


rule predict:
    """Predict one chunk of one recording."""
    input:
        crops=f"{OUT}/crops/{{recording}}.h5",
        model=f"{RUN}/best.keras",
        card=f"{RUN}/best.json",
        calibration=f"{RUN}/calibration.json",
    output:
        temp(f"{OUT}/poses/chunks/{{recording}}/{{chunk}}.h5"),
    log:
        f"{OUT}/logs/predict/{{recording}}/{{chunk}}.log",
    benchmark:
        f"{OUT}/logs/benchmarks/predict/{{recording}}/{{chunk}}.tsv"
    conda:
        "../../envs/leap-gpu.yaml"
    threads: 8
    resources:
        gpu=1,
    params:
        code=made_by("predict"),
        section=section("prediction"),
        temporary=True,
    script:
        "../../scripts/predict.py"


rule gather:
    """Join the predicted chunks of one recording."""
    input:
        chunks=chunks_of,
        crops=f"{OUT}/crops/{{recording}}.h5",
    output:
        f"{OUT}/poses/{{recording}}.h5",
    log:
        f"{OUT}/logs/gather/{{recording}}.log",
    benchmark:
        f"{OUT}/logs/benchmarks/gather/{{recording}}.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("gather"),
    script:
        "../../scripts/gather.py"


rule confidence_maps:
    """Confidence maps of one well predicted frame with its legs spread."""
    input:
        poses=EXAMPLE["poses"],
        crops=EXAMPLE["crops"],
        model=f"{RUN}/best.keras",
        card=f"{RUN}/best.json",
        calibration=f"{RUN}/calibration.json",
    output:
        f"{OUT}/poses/example.h5",
    log:
        f"{OUT}/logs/confidence_maps.log",
    benchmark:
        f"{OUT}/logs/benchmarks/confidence_maps.tsv"
    conda:
        "../../envs/leap-gpu.yaml"
    resources:
        gpu=1,
    params:
        code=made_by("confidence_maps"),
        section=section("prediction", "poses"),
    script:
        "../../scripts/confidence_maps.py"
