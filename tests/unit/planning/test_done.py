"""What jobs took: exact where the log tells it, else what the benchmark file sampled."""

from leap_core.planning import done

HEAD = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"


def log(root, name, text):
    path = root / "logs" / f"{name}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def benchmark(root, name, cpu):
    path = root / "logs" / "benchmarks" / f"{name}.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{HEAD}9.62\t0:00:09\t127.49\t1\t1\t1\t1\t1\t76.57\t{cpu}\n")


def test_the_last_line_of_a_log_counts(tmp_path):
    root = tmp_path / "results" / "d"
    line = "crop: peak memory 132 MB, 140.8 s, 22.9 s of processor time\n"
    log(root, "crop/a", "crop: peak memory 9 MB, 1.0 s, 1.0 s of processor time\nagain\n" + line)
    (took,) = done.read(root).values()
    assert (took.rule, took.cpu, took.wall, took.memory) == ("crop", 22.9, 140.8, 132)
    assert took.exact and took.log.as_posix() == "results/d/logs/crop/a.log"


def test_logs_of_earlier_versions_go_by_the_benchmark_file(tmp_path):
    root = tmp_path / "results" / "d"
    log(root, "audit/a", "audit: peak memory 132 MB, 9.6 s\n")
    benchmark(root, "audit/a", "7.67")
    log(root, "audit/b", "audit: peak memory 132 MB, 9.6 s\n")
    benchmark(root, "audit/b", "NA")
    log(root, "audit/c", "no end: it was killed\n")
    (took,) = done.read(root).values()
    assert (took.cpu, took.exact) == (7.67, False)
