# REQUIRED INPUTS: raw/ videos (or none: synthetic)
# OUTPUTS: synthetic/, audit/, tracks/, crops/, sampling/frames.h5


rule synthesize:
    input:
        skeleton=CFG.skeleton,
        code=code("synthesize"),
    output:
        **({"camera": f"{OUT}/synthetic/{{video}}.camera.csv"} if FOLLOWED else {}),
        video=f"{OUT}/synthetic/{{video}}.mp4",
        truth=f"{OUT}/synthetic/{{video}}.truth.h5",
    log:
        f"{OUT}/logs/synthesize/{{video}}.log",
    conda:
        "../../envs/leap.yaml"
    params:
        section=lambda w: section("synthetic") | of_video(w.video, "synthetic"),
    script:
        "../../scripts/synthesize.py"


rule audit:
    input:
        video=lambda w: RAW[w.video],
        code=code("audit"),
    output:
        f"{OUT}/audit/{{video}}.json",
    log:
        f"{OUT}/logs/audit/{{video}}.log",
    conda:
        "../../envs/leap.yaml"
    script:
        "../../scripts/audit.py"


rule track:
    input:
        video=lambda w: RAW[w.video],
        audit=f"{OUT}/audit/{{video}}.json",
        camera=lambda w: CAMERAS.get(w.video, []),
        corrections=lambda w: CFG.video(w.video).corrections or [],
        code=code("track"),
    output:
        f"{OUT}/tracks/{{video}}.h5",
    log:
        f"{OUT}/logs/track/{{video}}.log",
    conda:
        "../../envs/leap.yaml"
    params:
        section=lambda w: section("track") | of_video(w.video),
    script:
        "../../scripts/track.py"


rule crop:
    input:
        video=recording_video,
        track=recording_track,
        code=code("crop"),
    output:
        f"{OUT}/crops/{{recording}}.h5",
        **({"masked": f"{OUT}/crops/masked/{{recording}}.h5"} if MASKED else {}),
    log:
        f"{OUT}/logs/crop/{{recording}}.log",
    conda:
        "../../envs/leap.yaml"
    params:
        section=section("crop"),
        animal=lambda w: RECORDINGS[w.recording][1],
    script:
        "../../scripts/crop.py"


rule sample:
    input:
        crops=each_recording("crops/{recording}.h5"),
        code=code("sample"),
    output:
        f"{OUT}/sampling/frames.h5",
    log:
        f"{OUT}/logs/sample.log",
    conda:
        "../../envs/leap.yaml"
    params:
        section=section("sampling", "seed"),
    script:
        "../../scripts/sample.py"
