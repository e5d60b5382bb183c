"""A real Slurm of one node, started in a folder of its own and stopped again (Debian, root).

The node claims more processors than the machine has and a pretend GPU, so that jobs are placed as
on a cluster; jobs of partition `urgent` preempt those of `cpu` and `gpu`.  Configuration, munge's
key and socket, state, spool and logs are in that folder.  Outside it stand only the packages and,
while it runs, a link `/etc/slurm/slurm.conf` to its configuration: Snakemake's Slurm plugin hides
`SLURM_CONF` from the srun inside a job.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

PACKAGES = ("slurmctld", "slurmd", "slurm-client", "munge")
LINK = Path("/etc/slurm/slurm.conf")
CPUS, MEMORY_MB, MINUTES = 16, 32000, 1440

# MinJobAge: `scontrol show job` must still tell of the first job at the end of the tests
CONF = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={daemon}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=5,batch_sched_delay=1
ReturnToService=2
MinJobAge=7200
SlurmdParameters=config_overrides
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
GresTypes=gpu
PreemptMode=REQUEUE
PreemptType=preempt/partition_prio
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} Gres=gpu:1 State=UNKNOWN
PartitionName=cpu Nodes={host} Default=YES MaxTime={minutes} State=UP
PartitionName=gpu Nodes={host} MaxTime={minutes} State=UP
PartitionName=urgent Nodes={host} MaxTime={minutes} PriorityTier=10 PreemptMode=OFF State=UP
"""


def why_not() -> str | None:
    """Why a Slurm cannot be started here, in one line; None where it can.  Installs it if absent.

    Raises nothing: without root, Debian's packages or the network the tests skip.
    """
    if os.geteuid() != 0:
        return "a Slurm of its own needs root"
    if subprocess.run(["pgrep", "-x", "slurmctld|slurmd"], capture_output=True).returncode == 0:
        return "another Slurm runs on this machine"
    if LINK.exists() and not LINK.is_symlink():
        return f"{LINK} is there: this machine belongs to another Slurm"
    if not all(map(shutil.which, ("slurmctld", "slurmd", "sinfo", "munged", "pgrep"))):
        if not shutil.which("apt-get"):
            return "Slurm is not installed, and there is no apt-get to install it"
        settings = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        options = ["-y", "-q", "--no-install-recommends"]
        for words in (["update", "-q"], ["install", *options, *PACKAGES, "procps"]):
            done = subprocess.run(["apt-get", *words], capture_output=True, text=True, env=settings)
            if done.returncode:
                last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
                return f"apt-get {words[0]} failed: {' '.join(last)}"
    return None


def free_ports(n: int) -> list[int]:
    """Numbers of n TCP ports that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Cluster:
    """A running one-node Slurm; every command of Slurm finds it by `environment`."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.host = socket.gethostname().split(".")[0]
        self.environment = {"SLURM_CONF": str(folder / "slurm.conf")}
        self.processes: dict[str, subprocess.Popen] = {}
        controller, daemon = free_ports(2)
        text = CONF.format(
            folder=folder,
            host=self.host,
            controller=controller,
            daemon=daemon,
            cpus=CPUS,
            memory=MEMORY_MB,
            minutes=MINUTES,
        )
        for name in ("state", "spool"):
            (folder / name).mkdir()
        (folder / "slurm.conf").write_text(text)
        (folder / "gres.conf").write_text(f"NodeName={self.host} Name=gpu File=/dev/null\n")
        key = folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)

    def start(self) -> None:
        """Start munged and Slurm; RuntimeError with the end of the logs if the node stays down."""
        own = {"key-file": "munge.key", "socket": "munge.socket", "pid-file": "munge.pid"}
        own |= {"log-file": "munge.log", "seed-file": "munge.seed"}
        options = [f"--{name}={self.folder / file}" for name, file in own.items()]
        # --force: the folder belongs to root, not to the user `munge`
        self._spawn("munged", "--foreground", "--force", *options)
        self._wait((self.folder / "munge.socket").exists, "munged made no socket")
        LINK.parent.mkdir(exist_ok=True)
        LINK.unlink(missing_ok=True)
        LINK.symlink_to(self.folder / "slurm.conf")
        self.start_slurm()

    def start_slurm(self) -> None:
        """Start (or restart) the controller and the node's daemon, keeping state and jobs."""
        self._spawn("slurmctld", "-D")
        self._spawn("slurmd", "-D", "-N", self.host)

        def up() -> bool:
            state = self.command("sinfo", "-h", "-o", "%T", check=False)
            return state in {"idle", "mixed", "allocated"}

        self._wait(up, "the node did not come up")

    def stop_slurm(self) -> None:
        """Stop controller and daemon at once; jobs that run go on."""
        for name in ("slurmctld", "slurmd"):
            self._end(name)

    def stop(self) -> None:
        """Cancel every job, then stop everything that was started."""
        if "slurmctld" in self.processes:
            self.command("scancel", "--user=root", check=False)
            deadline = time.monotonic() + 30
            while self.running() and time.monotonic() < deadline:
                time.sleep(0.5)
        for name in list(self.processes):
            self._end(name)
        if LINK.is_symlink() and LINK.readlink().parent == self.folder:
            LINK.unlink()

    def command(self, *words: str, check: bool = True) -> str:
        """Output of a command of Slurm, stripped."""
        environment = os.environ | self.environment
        done = subprocess.run(words, env=environment, capture_output=True, text=True)
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")
        return done.stdout.strip()

    def running(self) -> list[str]:
        """Ids of jobs that run or wait."""
        return self.command("squeue", "-h", "-o", "%i", check=False).split()

    def jobs(self) -> dict[int, dict[str, str]]:
        """Every job that the controller remembers: id -> fields of `scontrol show job`."""
        text = self.command("scontrol", "show", "job", "--oneliner")
        found = {}
        for line in text.splitlines():
            if match := re.match(r"JobId=(\d+) ", line):
                found[int(match[1])] = dict(re.findall(r"(\S+?)=(\S*)", line))
        return found

    def jobs_since(self, last: int) -> dict[int, dict[str, str]]:
        """Jobs with an id above `last`."""
        return {k: v for k, v in self.jobs().items() if k > last}

    def last_job(self) -> int:
        """The highest job id so far, 0 before the first."""
        return max(self.jobs(), default=0)

    def _spawn(self, name: str, *options: str) -> None:
        log = (self.folder / f"{name}.out").open("ab")
        self.processes[name] = subprocess.Popen(
            [shutil.which(name), *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=os.environ | self.environment,
            start_new_session=True,
        )

    def _end(self, name: str) -> None:
        process = self.processes.pop(name, None)
        if process is None:
            return
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()

    def _wait(self, condition, what: str, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                ends = [p.read_text()[-800:] for p in self.folder.glob("*.log")]
                outs = [p.read_text()[-800:] for p in self.folder.glob("*.out")]
                raise RuntimeError("\n".join([what, *ends, *outs]))
            time.sleep(0.2)
