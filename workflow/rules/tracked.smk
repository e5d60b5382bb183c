# REQUIRED INPUTS: raw/<file> of parts tracked by another tool (`videos[].poses`)
# OUTPUTS: poses/<recording>.h5

say_once(leap_planning.unused_labels(CFG, len(browser_labels().labeled)))


rule import_poses:
    """Import the poses of one recording that another tool tracked."""
    input:
        source=provided(
            leap_planning.check_pose_import,
            as_held(recording_video, f"{OUT}/poses/{{recording}}.h5"),
        ),
        skeleton=CFG.skeleton,
    output:
        f"{OUT}/poses/{{recording}}.h5",
    log:
        f"{OUT}/logs/import_poses/{{recording}}.log",
    benchmark:
        f"{OUT}/logs/benchmarks/import_poses/{{recording}}.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("import_poses"),
        section=lambda w: of_video(RECORDINGS[w.recording][0])
        | {
            "crop": {"size": CFG.crop.size},
            "behavior": {"max_gap_s": CFG.behavior.max_gap_s},
            "poses": {"min_confidence": CFG.poses.min_confidence},
        },
        video=lambda w: RECORDINGS[w.recording][0],
        animal=lambda w: RECORDINGS[w.recording][1],
    script:
        "../../scripts/import_poses.py"
