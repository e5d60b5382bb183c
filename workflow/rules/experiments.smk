# REQUIRED INPUTS: labels/labels.h5 with a test split
# OUTPUTS: experiments/<experiment>/<setting>/<replicate>.h5 (one training each),
#          experiments/summary.csv, and the figures of EXPERIMENT_FIGURES (figures/paper.smk)


rule experiment:
    """One training of an experiment, judged on the test images."""
    input:
        labels=provided(leap_planning.check_judgment, f"{OUT}/labels/labels.h5"),
        start=provided(leap_planning.check_start, START),
    output:
        f"{OUT}/experiments/{{experiment}}/{{setting}}/{{replicate}}.h5",
    log:
        f"{OUT}/logs/experiments/{{experiment}}/{{setting}}/{{replicate}}.log",
    benchmark:
        f"{OUT}/logs/benchmarks/experiments/{{experiment}}/{{setting}}/{{replicate}}.tsv"
    conda:
        "../../envs/leap-gpu.yaml"
    threads: 8
    resources:
        gpu=1,
    params:
        code=made_by("experiment"),
        section=lambda w: section("model", "training", "prediction", "seed")
        | of_experiment(w.experiment),
    script:
        "../../scripts/experiment.py"


rule experiment_table:
    """Mean errors of all experiments in one table."""
    input:
        trials=trials("epochs", "labels", "rotations", "networks"),
    output:
        f"{OUT}/experiments/summary.csv",
    log:
        f"{OUT}/logs/experiment_table.log",
    benchmark:
        f"{OUT}/logs/benchmarks/experiment_table.tsv"
    conda:
        "../../envs/leap.yaml"
    params:
        code=made_by("experiment_table"),
    script:
        "../../scripts/experiment_table.py"
