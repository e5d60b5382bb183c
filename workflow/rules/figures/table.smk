# What all figures share, and the table that paper.smk and quality.smk fill.

LABELING, EXPERIMENTS, POSES, GAIT, MAP = (
    "2 Labels and network",
    "2b Experiments",
    "3 Poses",
    "4 Gait",
    "5 Behavior",
)
LABELS = f"{OUT}/labels/labels.h5"
BROWSER_LABELS = f"{OUT}/labels/browser.h5"
ERRORS = f"{RUN}/evaluation.csv"
METRICS = f"{RUN}/evaluation.json"
# Figure 6's second row
MASKED_RUN = f"{OUT}/models/{leap_names.MASKED}"
MASKED_ROW = {
    "table": [f"{MASKED_RUN}/evaluation.csv"] * MASKED,
    "metrics": [f"{MASKED_RUN}/evaluation.json"] * MASKED,
    "labels": [f"{OUT}/labels/masked.h5"] * MASKED,
}
MAP_FILE = f"{OUT}/behavior/map.h5"
STATISTICS = f"{OUT}/behavior/statistics.h5"
REGIONS = f"{OUT}/behavior/regions.csv"

# files of the page that explores the map: a script reads them, and no import tells
EXPLORED = sorted(
    str(file)
    for folder in ("web/page", "web/explore/page")
    for file in (CHECKOUT / "leap_core" / folder).iterdir()
    if file.suffix in (".html", ".css", ".js", ".svg")
)

# figure -> category in the report, inputs, sections of the config that it depends on
FIGURES = {}
