# REQUIRED INPUTS: raw/ videos (or none: synthetic)
# OUTPUTS: synthetic/, audit/, tracks/, crops/, sampling/frames.h5

for line in leap_planning.unused_corrections(CFG):
    say_once(line)


rule synthesize:
    """Render one synthetic video with the truth of each animal in it."""
    input:
        skeleton=CFG.skeleton,
    output:
        **({"camera": f"{OUT}/synthetic/{{video}}.camera.csv"} if FOLLOWED else {}),
        video=f"{OUT}/synthetic/{{video}}.mp4",
        truth=[f"{OUT}/synthetic/{{video}}{of}.truth.h5" for of in OF_ANIMALS],
    log:
        f"{OUT}/logs/synthesize/{{video}}.log",
    benchmark:
        f"{OUT}/logs/benchmarks/synthesize/{{video}}.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("synthesize"),
        section=lambda w: section("synthetic") | of_video(w.video, "synthetic"),
    script:
        "../../scripts/synthesize.py"


rule audit:
    """Decode and count every frame of one video, say what is wrong with it, and keep some frames."""
    input:
        video=as_held(video_file, f"{OUT}/audit/{{video}}.json"),
    output:
        report=f"{OUT}/audit/{{video}}.json",
        stills=f"{OUT}/audit/{{video}}.h5",
    log:
        f"{OUT}/logs/audit/{{video}}.log",
    benchmark:
        f"{OUT}/logs/benchmarks/audit/{{video}}.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("audit"),
        section=section("bits"),
    script:
        "../../scripts/audit.py"


rule track:
    """Find the animal and its heading in every frame of one video."""
    input:
        video=provided(
            leap_planning.check_track,
            as_held(video_file, f"{OUT}/tracks/uncorrected/{{video}}.h5"),
        ),
        audit=f"{OUT}/audit/{{video}}.json",
        stills=f"{OUT}/audit/{{video}}.h5",
        camera=as_held(
            lambda w: CAMERAS.get(w.video, []),
            f"{OUT}/tracks/uncorrected/{{video}}.h5",
        ),
        given=as_held(
            lambda w: GIVEN.get(w.video, []), f"{OUT}/tracks/uncorrected/{{video}}.h5"
        ),
    output:
        f"{OUT}/tracks/uncorrected/{{video}}.h5",
    log:
        f"{OUT}/logs/track/{{video}}.log",
    benchmark:
        f"{OUT}/logs/benchmarks/track/{{video}}.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("track"),
        section=lambda w: section("track") | of_track(w.video),
    script:
        "../../scripts/track.py"


rule correct:
    """Mend the track of one video by what a person found wrong in it."""
    input:
        track=f"{OUT}/tracks/uncorrected/{{video}}.h5",
        corrections=corrections,
    output:
        f"{OUT}/tracks/{{video}}.h5",
    log:
        f"{OUT}/logs/correct/{{video}}.log",
    benchmark:
        f"{OUT}/logs/benchmarks/correct/{{video}}.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("correct"),
    script:
        "../../scripts/correct.py"


rule check_track:
    """Say what is doubtful in the track of one video."""
    input:
        track=f"{OUT}/tracks/{{video}}.h5",
    output:
        f"{OUT}/tracks/{{video}}.doubts.json",
    log:
        f"{OUT}/logs/check_track/{{video}}.log",
    benchmark:
        f"{OUT}/logs/benchmarks/check_track/{{video}}.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("check_track"),
        section=section("crop.size"),
    script:
        "../../scripts/check_track.py"


rule crop:
    """Cut egocentric images of one animal out of one video."""
    input:
        # which frames have no picture, where they are not decoded to be stored
        **({} if CFG.crop.store else {"audit": recording_audit}),
        video=as_held(recording_video, f"{OUT}/crops/{{recording}}.h5"),
        track=recording_track,
    output:
        f"{OUT}/crops/{{recording}}.h5",
        **({"masked": f"{OUT}/crops/masked/{{recording}}.h5"} if MASKED else {}),
    log:
        f"{OUT}/logs/crop/{{recording}}.log",
    benchmark:
        f"{OUT}/logs/benchmarks/crop/{{recording}}.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("crop"),
        section=section("crop", "bits"),
        animal=lambda w: RECORDINGS[w.recording][1],
    script:
        "../../scripts/crop.py"


rule sample:
    """Choose diverse frames for labeling."""
    input:
        crops=each_recording("crops/{recording}.h5"),
    output:
        f"{OUT}/sampling/frames.h5",
    log:
        f"{OUT}/logs/sample.log",
    benchmark:
        f"{OUT}/logs/benchmarks/sample.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("sample"),
        section=section("sampling", "seed"),
    script:
        "../../scripts/sample.py"
