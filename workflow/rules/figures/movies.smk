# REQUIRED INPUTS: crops/<recording>.h5, models/<run>/best.keras, poses and gait of one recording
# OUTPUTS: figures/movie/<recording or stretch>.mp4, figures/movie_<bout>.mp4, figures/movie_masked.mp4

# movies of the bouts in fig1d and fig1e
BOUTS = ["walking", "grooming"]


rule figure_movie:
    """Movie of one recording, or of a stretch that the config names: raw, confidence maps, tracked."""
    input:
        crops=movie_crops,
        model=f"{RUN}/best.keras",
        card=f"{RUN}/best.json",
        calibration=f"{RUN}/calibration.json",
    output:
        report(
            f"{OUT}/figures/movie/{{movie}}.mp4",
            caption="../../report/movie.rst",
            category="3 Poses",
            labels={"figure": "movie", "recording": "{movie}"},
        ),
    log:
        f"{OUT}/logs/figures/movie/{{movie}}.log",
    benchmark:
        f"{OUT}/logs/benchmarks/figures/movie/{{movie}}.tsv"
    wildcard_constraints:
        movie=leap_patterns.one_of([*RECORDINGS, *MOVIES]),
    conda:
        "../../../envs/leap.yaml"
    threads: 4
    params:
        code=made_by("figures/movie"),
        section=lambda w: section("prediction", "poses") | of_movie(w.movie),
    script:
        "../../../scripts/figures/movie.py"


rule figure_movie_bout:
    """Movie of the bout of walking or grooming that Figures 1d and 1e show."""
    input:
        **EXAMPLE,
        model=f"{RUN}/best.keras",
        card=f"{RUN}/best.json",
        calibration=f"{RUN}/calibration.json",
    output:
        report(
            f"{OUT}/figures/movie_{{bout}}.mp4",
            caption="../../report/movie_bout.rst",
            category="3 Poses",
            labels={"figure": "movie of {bout}"},
        ),
    log:
        f"{OUT}/logs/figures/movie_{{bout}}.log",
    benchmark:
        f"{OUT}/logs/benchmarks/figures/movie_{{bout}}.tsv"
    wildcard_constraints:
        bout="|".join(BOUTS),
    conda:
        "../../../envs/leap.yaml"
    threads: 4
    params:
        code=made_by("figures/movie_bout"),
        section=lambda w: section("prediction", "poses") | of_movie(w.bout),
    script:
        "../../../scripts/figures/movie_bout.py"


if MASKED:

    rule figure_movie_masked:
        """Movie of one stretch with and without its background, each seen by its own network."""
        input:
            crops=EXAMPLE["crops"],
            masked=each_recording("crops/masked/{recording}.h5")[-1],
            model=f"{RUN}/best.keras",
            card=f"{RUN}/best.json",
            calibration=f"{RUN}/calibration.json",
            masked_model=f"{MASKED_RUN}/best.keras",
            masked_card=f"{MASKED_RUN}/best.json",
            masked_calibration=f"{MASKED_RUN}/calibration.json",
        output:
            report(
                f"{OUT}/figures/movie_masked.mp4",
                caption="../../report/movie_masked.rst",
                category="3 Poses",
                labels={"figure": "movie with and without background"},
            ),
        log:
            f"{OUT}/logs/figures/movie_masked.log",
        benchmark:
            f"{OUT}/logs/benchmarks/figures/movie_masked.tsv"
        conda:
            "../../../envs/leap.yaml"
        threads: 4
        params:
            code=made_by("figures/movie_masked"),
            section=section("prediction", "poses") | of_movie(list(RECORDINGS)[-1]),
        script:
            "../../../scripts/figures/movie_masked.py"
