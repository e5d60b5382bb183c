# REQUIRED INPUTS: crops/<recording>.h5; the map of poses, and the truth of synthetic videos
# OUTPUTS: pixels/basis.h5, pixels/channels/<recording>.h5, pixels/comparison.h5 and .json
# From these channels the rules of behavior.smk make a second map, with `pixels` for `behavior`.


rule pixel_basis:
    """Principal components of the Radon-transformed crops of all recordings."""
    input:
        crops=each_mapped("crops/{recording}.h5"),
    output:
        f"{OUT}/pixels/basis.h5",
    log:
        f"{OUT}/logs/pixels/basis.log",
    benchmark:
        f"{OUT}/logs/benchmarks/pixels/basis.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("pixel_basis"),
        section=section("pixels"),
    script:
        "../../scripts/pixel_basis.py"


rule pixel_channels:
    """Time series of the pixel modes of one recording, ready for spectrograms."""
    input:
        crops=f"{OUT}/crops/{{recording}}.h5",
        basis=f"{OUT}/pixels/basis.h5",
    output:
        f"{OUT}/pixels/channels/{{recording}}.h5",
    log:
        f"{OUT}/logs/pixels/channels/{{recording}}.log",
    benchmark:
        f"{OUT}/logs/benchmarks/pixels/channels/{{recording}}.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("pixel_channels"),
        section=section("pixels.zscore", *of_channels()),
    script:
        "../../scripts/pixel_channels.py"


rule map_comparison:
    """The map of pixels beside the map of poses: how their regions coincide, how sharp both are."""
    input:
        pose_map=f"{OUT}/behavior/map.h5",
        pixel_map=f"{OUT}/pixels/map.h5",
        poses=BEHAVIORS,
        pixels=each_recording("pixels/{recording}.h5"),
        truth=TRUTHS_BY_NAME,
    output:
        comparison=f"{OUT}/pixels/comparison.h5",
        summary=f"{OUT}/pixels/comparison.json",
    log:
        f"{OUT}/logs/pixels/comparison.log",
    benchmark:
        f"{OUT}/logs/benchmarks/pixels/comparison.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("map_comparison"),
    script:
        "../../scripts/map_comparison.py"
