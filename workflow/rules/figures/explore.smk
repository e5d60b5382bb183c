# REQUIRED INPUTS: behavior/map.h5, behavior/statistics.h5, behavior/, poses/ and crops/ (not of poses of
# another tool)
# OUTPUTS: explore.html

if VIDEOS:

    rule explore:
        """The map of behavior to look into, in one page: frames, regions, clips, ethogram."""
        input:
            map=MAP_FILE,
            statistics=STATISTICS,
            behavior=BEHAVIORS,
            poses=each_recording("poses/{recording}.h5"),
            crops=crops_of(RECORDINGS),
            page=EXPLORED,
        output:
            f"{OUT}/explore.html",
        log:
            f"{OUT}/logs/explore.log",
        benchmark:
            f"{OUT}/logs/benchmarks/explore.tsv"
        conda:
            "../../../envs/leap.yaml"
        params:
            code=made_by("explore"),
            section=section(
                "dataset", "crop.size", "poses.doubtful", "figures.movie_fps"
            ),
            groups={name: group for name, _, _, group, _ in COMPARED},
        script:
            "../../../scripts/explore.py"
