"""The machine that TensorFlow runs on: quiet start, precision, determinism, description."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leap_core.errors import UserError

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


# written past Python on every start; a missing driver is told where there is a device to drive
_NOISE = ("WARNING: All log messages before absl", "I0000 ", "To enable the following")
_NO_DRIVER = "failed call to cuInit"


def start() -> None:
    """Import TensorFlow and find its devices, without the lines that it writes every time.

    For a command: other lines are passed on once it is there.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            import tensorflow as tf

            tf.config.list_physical_devices()
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            said.seek(0)
            lines = said.read().decode(errors="replace").splitlines()
            driver = Path("/dev/nvidiactl").exists()
            for line in lines:
                if not line.startswith(_NOISE) and (driver or _NO_DRIVER not in line):
                    print(line, file=sys.stderr)


def gpus() -> list[str]:
    """Names of the GPUs that TensorFlow sees; their memory is taken as needed, not at once."""
    import tensorflow as tf

    devices = tf.config.list_physical_devices("GPU")
    for device in devices:
        tf.config.experimental.set_memory_growth(device, True)
    return [
        tf.config.experimental.get_device_details(d).get("device_name", d.name) for d in devices
    ]


def has_bfloat16() -> bool:
    """True where the hardware computes in bfloat16 (CPU, or GPU of compute capability 8)."""
    import tensorflow as tf

    devices = tf.config.list_physical_devices("GPU")
    if devices:
        details = tf.config.experimental.get_device_details(devices[0])
        return tuple(details.get("compute_capability", (0, 0))) >= (8, 0)
    return processor_has_bfloat16()


def processor_has_bfloat16() -> bool:
    """True where the processor computes in bfloat16; told without TensorFlow."""
    cpuinfo = Path("/proc/cpuinfo")
    if not cpuinfo.exists():
        return False
    flags = cpuinfo.read_text(encoding="utf-8", errors="replace")
    return "avx512_bf16" in flags or "amx_bf16" in flags


def policy(precision: str) -> str:
    """Keras dtype policy for "auto", "float32" or "bfloat16"."""
    if precision == "auto":
        precision = "bfloat16" if has_bfloat16() else "float32"
    return "mixed_bfloat16" if precision == "bfloat16" else "float32"


def make_deterministic() -> None:
    """Ask TensorFlow for kernels that give the same bits every time."""
    import tensorflow as tf

    gpus()
    tf.config.experimental.enable_op_determinism()


@contextmanager
def own_settings() -> Iterator[None]:
    """Keras as our networks need it, channels last and in float32; afterwards as it was.

    As a block or a decorator, where a network is built or trained.  A built network keeps its own.

    Raises:
        UserError: Keras was imported with another backend before, by the caller's own code.
    """
    import keras

    if keras.config.backend() != "tensorflow":
        raise UserError(
            f"Keras runs on {keras.config.backend()!r} in this process, but the networks need "
            "TensorFlow; set KERAS_BACKEND=tensorflow and start again"
        )
    axes, number = keras.config.image_data_format(), keras.config.floatx()
    policy = keras.config.dtype_policy()
    keras.config.set_image_data_format("channels_last")
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")
    try:
        yield
    finally:
        keras.config.set_image_data_format(axes)
        keras.config.set_floatx(number)
        keras.config.set_dtype_policy(policy)
