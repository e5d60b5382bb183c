# REQUIRED INPUTS: figures/<name>.png and .pdf of the paper's panels, figures/movie*.mp4
# OUTPUTS: paper/Figure<number>.pdf and .png, paper/Movie<number>.mp4, paper/panels.csv
from leap_core.figures.paper import panels as leap_panels

PAPER = f"{OUT}/paper"
DRAWN = [*FIGURES, *OVERVIEW, *(EXPERIMENT_FIGURES if CFG.experiments.enabled else [])]
LACKED = leap_panels.missing(CFG, SKELETON, DRAWN, labeled_here=LABELED_HERE)
# the paper's movie -> ours
SHOWN_RECORDING = f"figures/movie/{list(RECORDINGS)[-1]}.mp4" if RECORDINGS else ""
PAPER_MOVIES = {
    "Movie1": SHOWN_RECORDING,
    "Movie2": "figures/movie_walking.mp4",
    "Movie3": "figures/movie_grooming.mp4",
    "Movie4": "figures/movie_masked.mp4",
    "Movie5": SHOWN_RECORDING,
}
PAPER_MOVIES = {name: file for name, file in PAPER_MOVIES.items() if name not in LACKED}


# pictures of the panels that this dataset has
COMPOSED = [
    leap_panels.WITH.get(name, name)
    for name in leap_panels.by_picture()
    if name not in LACKED
]
COMPOSED = list(dict.fromkeys(COMPOSED))


rule paper_pages:
    """Every figure of the paper, its panels on one page, and the list of panels and movies."""
    input:
        pdfs=expand(f"{OUT}/figures/{{name}}.pdf", name=COMPOSED),
        pngs=expand(f"{OUT}/figures/{{name}}.png", name=COMPOSED),
    output:
        pdfs=expand(f"{PAPER}/{{page}}.pdf", page=leap_panels.PAGES),
        pngs=expand(f"{PAPER}/{{page}}.png", page=leap_panels.PAGES),
        table=f"{PAPER}/panels.csv",
    log:
        f"{OUT}/logs/paper_pages.log",
    benchmark:
        f"{OUT}/logs/benchmarks/paper_pages.tsv"
    conda:
        "../../../envs/leap.yaml"
    params:
        code=made_by("figures/paper_pages"),
        missing=LACKED,
        movies=PAPER_MOVIES,
    script:
        "../../../scripts/figures/paper_pages.py"


if PAPER_MOVIES:

    rule paper_movies:
        """The paper's movies under their numbers."""
        input:
            movies=expand(f"{OUT}/{{file}}", file=PAPER_MOVIES.values()),
        output:
            expand(f"{PAPER}/{{movie}}.mp4", movie=PAPER_MOVIES),
        log:
            f"{OUT}/logs/paper_movies.log",
        benchmark:
            f"{OUT}/logs/benchmarks/paper_movies.tsv"
        conda:
            "../../../envs/leap.yaml"
        params:
            code=made_by("figures/paper_movies"),
        script:
            "../../../scripts/figures/paper_movies.py"


rule paper_figures:
    """Figures 1 to 6, S1 to S6 and the movies of the paper, as far as this dataset has them."""
    input:
        rules.paper_pages.output,
        rules.paper_movies.output if PAPER_MOVIES else [],
