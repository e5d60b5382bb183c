# REQUIRED INPUTS: results of every stage
# OUTPUTS: figures/, one rule per figure; all of them stand in the report

FIGURES = ["figS2", "labels", "training", "fig2a", "fig2b", "evaluation", "confidence"]
FIGURES += ["fig3b", "fig3d"] if CFG.gait.enabled else []
FIGURES += ["fig4a", "fig4b", "fig4ch", "ethogram"]


rule figures:
    input:
        expand(f"{OUT}/figures/{{name}}.png", name=FIGURES),
        expand(f"{OUT}/figures/tracking/{{video}}.png", video=VIDEOS),
        expand(f"{OUT}/figures/poses/{{recording}}.png", recording=RECORDINGS),
        expand(f"{OUT}/figures/movie/{{recording}}.mp4", recording=RECORDINGS),


rule figure_tracking:
    input:
        track=f"{OUT}/tracks/{{video}}.h5",
        code=code("figures/tracking", "figures/tracking"),
    output:
        png=report(
            f"{OUT}/figures/tracking/{{video}}.png",
            caption="../report/tracking.rst",
            category="1 Preprocessing",
            labels={"figure": "track", "video": "{video}"},
        ),
        pdf=f"{OUT}/figures/tracking/{{video}}.pdf",
    log:
        f"{OUT}/logs/figures/tracking/{{video}}.log",
    conda:
        "../../envs/leap.yaml"
    script:
        "../../scripts/figures/tracking.py"


rule figure_figS2:
    input:
        sample=f"{OUT}/sampling/frames.h5",
        code=code("figures/figS2", "figures/figS2"),
    output:
        png=report(
            f"{OUT}/figures/figS2.png",
            caption="../report/figS2.rst",
            category="2 Labels and network",
            labels={"figure": "figS2"},
        ),
        pdf=f"{OUT}/figures/figS2.pdf",
    log:
        f"{OUT}/logs/figures/figS2.log",
    conda:
        "../../envs/leap.yaml"
    script:
        "../../scripts/figures/figS2.py"


rule figure_labels:
    input:
        labels=f"{OUT}/labels/labels.h5",
        code=code("figures/labels", "figures/labels"),
    output:
        png=report(
            f"{OUT}/figures/labels.png",
            caption="../report/labels.rst",
            category="2 Labels and network",
            labels={"figure": "labels"},
        ),
        pdf=f"{OUT}/figures/labels.pdf",
    log:
        f"{OUT}/logs/figures/labels.log",
    conda:
        "../../envs/leap.yaml"
    script:
        "../../scripts/figures/labels.py"


rule figure_training:
    input:
        history=f"{RUN}/history.csv",
        code=code("figures/training", "figures/training"),
    output:
        png=report(
            f"{OUT}/figures/training.png",
            caption="../report/training.rst",
            category="2 Labels and network",
            labels={"figure": "training"},
        ),
        pdf=f"{OUT}/figures/training.pdf",
    log:
        f"{OUT}/logs/figures/training.log",
    conda:
        "../../envs/leap.yaml"
    script:
        "../../scripts/figures/training.py"


rule figure_fig2a:
    input:
        table=f"{RUN}/evaluation.csv",
        labels=f"{OUT}/labels/labels.h5",
        code=code("figures/fig2a", "figures/fig2a", "figures/tables"),
    output:
        png=report(
            f"{OUT}/figures/fig2a.png",
            caption="../report/fig2a.rst",
            category="2 Labels and network",
            labels={"figure": "fig2a"},
        ),
        pdf=f"{OUT}/figures/fig2a.pdf",
    log:
        f"{OUT}/logs/figures/fig2a.log",
    conda:
        "../../envs/leap.yaml"
    script:
        "../../scripts/figures/fig2a.py"


rule figure_fig2b:
    input:
        table=f"{RUN}/evaluation.csv",
        metrics=f"{RUN}/evaluation.json",
        skeleton=CFG.skeleton,
        code=code("figures/fig2b", "figures/fig2b", "figures/tables"),
    output:
        png=report(
            f"{OUT}/figures/fig2b.png",
            caption="../report/fig2b.rst",
            category="2 Labels and network",
            labels={"figure": "fig2b"},
        ),
        pdf=f"{OUT}/figures/fig2b.pdf",
    log:
        f"{OUT}/logs/figures/fig2b.log",
    conda:
        "../../envs/leap.yaml"
    script:
        "../../scripts/figures/fig2b.py"


rule figure_evaluation:
    input:
        table=f"{RUN}/evaluation.csv",
        code=code("figures/evaluation", "figures/evaluation"),
    output:
        png=report(
            f"{OUT}/figures/evaluation.png",
            caption="../report/evaluation.rst",
            category="2 Labels and network",
            labels={"figure": "evaluation"},
        ),
        pdf=f"{OUT}/figures/evaluation.pdf",
    log:
        f"{OUT}/logs/figures/evaluation.log",
    conda:
        "../../envs/leap.yaml"
    script:
        "../../scripts/figures/evaluation.py"


rule figure_poses:
    input:
        poses=f"{OUT}/poses/{{recording}}.h5",
        crops=f"{OUT}/crops/{{recording}}.h5",
        code=code("figures/poses", "figures/poses"),
    output:
        png=report(
            f"{OUT}/figures/poses/{{recording}}.png",
            caption="../report/poses.rst",
            category="3 Poses",
            labels={"figure": "poses", "recording": "{recording}"},
        ),
        pdf=f"{OUT}/figures/poses/{{recording}}.pdf",
    log:
        f"{OUT}/logs/figures/poses/{{recording}}.log",
    conda:
        "../../envs/leap.yaml"
    params:
        section=section("prediction"),
    script:
        "../../scripts/figures/poses.py"


rule figure_confidence:
    input:
        poses=each_recording("poses/{recording}.h5"),
        code=code("figures/confidence", "figures/confidence"),
    output:
        png=report(
            f"{OUT}/figures/confidence.png",
            caption="../report/confidence.rst",
            category="3 Poses",
            labels={"figure": "confidence"},
        ),
        pdf=f"{OUT}/figures/confidence.pdf",
    log:
        f"{OUT}/logs/figures/confidence.log",
    conda:
        "../../envs/leap.yaml"
    params:
        section=section("prediction"),
    script:
        "../../scripts/figures/confidence.py"


rule figure_movie:
    input:
        poses=f"{OUT}/poses/{{recording}}.h5",
        crops=f"{OUT}/crops/{{recording}}.h5",
        code=code("figures/movie", "figures/movie"),
    output:
        report(
            f"{OUT}/figures/movie/{{recording}}.mp4",
            caption="../report/movie.rst",
            category="3 Poses",
            labels={"figure": "movie", "recording": "{recording}"},
        ),
    log:
        f"{OUT}/logs/figures/movie/{{recording}}.log",
    conda:
        "../../envs/leap.yaml"
    params:
        section=section("prediction", "figures"),
    script:
        "../../scripts/figures/movie.py"


rule figure_fig3b:
    input:
        gait=each_recording("gait/{recording}.h5"),
        steps=each_recording("gait/{recording}.steps.parquet"),
        code=code("figures/fig3b", "figures/fig3b", "figures/tables"),
    output:
        png=report(
            f"{OUT}/figures/fig3b.png",
            caption="../report/fig3b.rst",
            category="4 Gait",
            labels={"figure": "fig3b"},
        ),
        pdf=f"{OUT}/figures/fig3b.pdf",
    log:
        f"{OUT}/logs/figures/fig3b.log",
    conda:
        "../../envs/leap.yaml"
    params:
        section=section("figures", "prediction"),
    script:
        "../../scripts/figures/fig3b.py"


rule figure_fig3d:
    input:
        model=f"{OUT}/gait/model.h5",
        gait=each_recording("gait/{recording}.h5"),
        code=code("figures/fig3d", "figures/fig3d", "figures/tables"),
    output:
        png=report(
            f"{OUT}/figures/fig3d.png",
            caption="../report/fig3d.rst",
            category="4 Gait",
            labels={"figure": "fig3d"},
        ),
        pdf=f"{OUT}/figures/fig3d.pdf",
    log:
        f"{OUT}/logs/figures/fig3d.log",
    conda:
        "../../envs/leap.yaml"
    params:
        section=section("prediction"),
    script:
        "../../scripts/figures/fig3d.py"


rule figure_fig4a:
    input:
        map=f"{OUT}/behavior/map.h5",
        code=code("figures/fig4a", "figures/fig4a"),
    output:
        png=report(
            f"{OUT}/figures/fig4a.png",
            caption="../report/fig4a.rst",
            category="5 Behavior",
            labels={"figure": "fig4a"},
        ),
        pdf=f"{OUT}/figures/fig4a.pdf",
    log:
        f"{OUT}/logs/figures/fig4a.log",
    conda:
        "../../envs/leap.yaml"
    script:
        "../../scripts/figures/fig4a.py"


rule figure_fig4b:
    input:
        map=f"{OUT}/behavior/map.h5",
        code=code("figures/fig4b", "figures/fig4b"),
    output:
        png=report(
            f"{OUT}/figures/fig4b.png",
            caption="../report/fig4b.rst",
            category="5 Behavior",
            labels={"figure": "fig4b"},
        ),
        pdf=f"{OUT}/figures/fig4b.pdf",
    log:
        f"{OUT}/logs/figures/fig4b.log",
    conda:
        "../../envs/leap.yaml"
    script:
        "../../scripts/figures/fig4b.py"


rule figure_fig4ch:
    input:
        map=f"{OUT}/behavior/map.h5",
        code=code("figures/fig4ch", "figures/fig4ch"),
    output:
        png=report(
            f"{OUT}/figures/fig4ch.png",
            caption="../report/fig4ch.rst",
            category="5 Behavior",
            labels={"figure": "fig4ch"},
        ),
        pdf=f"{OUT}/figures/fig4ch.pdf",
    log:
        f"{OUT}/logs/figures/fig4ch.log",
    conda:
        "../../envs/leap.yaml"
    script:
        "../../scripts/figures/fig4ch.py"


rule figure_ethogram:
    input:
        behavior=each_recording("behavior/{recording}.h5"),
        map=f"{OUT}/behavior/map.h5",
        code=code("figures/ethogram", "figures/ethogram"),
    output:
        png=report(
            f"{OUT}/figures/ethogram.png",
            caption="../report/ethogram.rst",
            category="5 Behavior",
            labels={"figure": "ethogram"},
        ),
        pdf=f"{OUT}/figures/ethogram.pdf",
    log:
        f"{OUT}/logs/figures/ethogram.log",
    conda:
        "../../envs/leap.yaml"
    script:
        "../../scripts/figures/ethogram.py"
