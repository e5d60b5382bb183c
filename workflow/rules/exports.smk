# REQUIRED INPUTS: poses/, tracks/ and crops/ (not of poses of another tool), labels/labels.h5,
# behavior/ and gait/, as far as a format holds them
# OUTPUTS: exports/<format>/{poses,labels,tracks,behavior}/, of the formats that `exports` names

# labels are exported where something is labeled
WITH_LABELS = (
    not TRACKED and leap_planning.missing_labels(CFG, bool(labeled_videos())) is None
)
EXPORTED = exports_of("poses", VIDEOS)
EXPORTED += [] if TRACKED else exports_of("tracks", VIDEOS)
EXPORTED += exports_of("behavior", RECORDINGS)
LABEL_EXPORTS = [
    f"{OUT}/exports/{made.name}/labels"
    for made in FORMATS.values()
    if WITH_LABELS and "labels" in made.holds
]
EXPORTED += LABEL_EXPORTS


rule exports:
    """Write results as files of other programs."""
    input:
        provided(leap_planning.check_exports, lambda w: EXPORTED),


if FORMATS:

    rule export_poses:
        """Poses of one video (or one animal, where a format holds no more) in one format."""
        input:
            poses=lambda w: expand(
                f"{OUT}/poses/{{recording}}.h5", recording=animals_of(w.name)
            ),
            crops=lambda w: crops_of(animals_of(w.name)),
            track=lambda w: [] if TRACKED else f"{OUT}/tracks/{video_of(w.name)}.h5",
        output:
            f"{OUT}/exports/{{format}}/poses/{{name}}{{ending}}",
        log:
            f"{OUT}/logs/exports/{{format}}/poses/{{name}}{{ending}}.log",
        benchmark:
            f"{OUT}/logs/benchmarks/exports/{{format}}/poses/{{name}}{{ending}}.tsv"
        wildcard_constraints:
            format="|".join(FORMATS),
            name=leap_patterns.one_of([*VIDEOS, *RECORDINGS]),
            ending=leap_patterns.one_of(made.suffix for made in FORMATS.values()),
        conda:
            "../../envs/leap.yaml"
        params:
            code=lambda w: exporting("export_poses", w.format),
            section=section("exports.reference", "exports.scorer", "crop.size"),
            film=lambda w: None if TRACKED else RAW[video_of(w.name)],
            video=lambda w: video_of(w.name),
            animals=lambda w: animals_of(w.name),
        script:
            "../../scripts/export_poses.py"


if LABEL_EXPORTS:

    rule export_labels:
        """All labels in one format, with their images where it needs them: a folder."""
        input:
            labels=f"{OUT}/labels/labels.h5",
            crops=crops_of(RECORDINGS),
            tracks=expand(f"{OUT}/tracks/{{video}}.h5", video=VIDEOS),
            # crops change when a film does
            films=[ancient(RAW[video]) for video in VIDEOS],
        output:
            directory(f"{OUT}/exports/{{format}}/labels"),
        log:
            f"{OUT}/logs/exports/{{format}}/labels.log",
        benchmark:
            f"{OUT}/logs/benchmarks/exports/{{format}}/labels.tsv"
        wildcard_constraints:
            format="|".join(FORMATS),
        conda:
            "../../envs/leap.yaml"
        params:
            code=lambda w: exporting("export_labels", w.format),
            section=section("exports.reference", "exports.scorer", "bits"),
            videos=VIDEOS,
            recordings=RECORDINGS,
        script:
            "../../scripts/export_labels.py"


if {"csv", "parquet"} & set(FORMATS) and not TRACKED:

    rule export_track:
        """Where the animals of one video are, as a table."""
        input:
            track=f"{OUT}/tracks/{{video}}.h5",
        output:
            f"{OUT}/exports/{{format}}/tracks/{{video}}.{{format}}",
        log:
            f"{OUT}/logs/exports/{{format}}/tracks/{{video}}.log",
        benchmark:
            f"{OUT}/logs/benchmarks/exports/{{format}}/tracks/{{video}}.tsv"
        wildcard_constraints:
            format="csv|parquet",
        conda:
            "../../envs/leap.yaml"
        params:
            code=lambda w: exporting("export_track", w.format),
            section=section("exports.reference"),
            animals=lambda w: animals_of(w.video),
        script:
            "../../scripts/export_track.py"


if any("behavior" in made.holds for made in FORMATS.values()):

    rule export_behavior:
        """What one animal does, frame by frame, as a table or intervals."""
        input:
            files=lambda w: [
                f"{OUT}/behavior/{w.recording}.h5",
                *[f"{OUT}/gait/{w.recording}.h5"] * bool(GAITS),
            ],
            names=f"{OUT}/behavior/regions.csv",
        output:
            f"{OUT}/exports/{{format}}/behavior/{{recording}}.{{format}}",
        log:
            f"{OUT}/logs/exports/{{format}}/behavior/{{recording}}.log",
        benchmark:
            f"{OUT}/logs/benchmarks/exports/{{format}}/behavior/{{recording}}.tsv"
        wildcard_constraints:
            format="csv|parquet|nwb",
        conda:
            "../../envs/leap.yaml"
        params:
            code=lambda w: exporting("export_behavior", w.format),
        script:
            "../../scripts/export_behavior.py"
