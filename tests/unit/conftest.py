"""Workers that share the cores keep to one thread each in numerical libraries.

The threads of BLAS and OpenMP wait for one another by spinning: two workers with as many threads
as there are cores cost several times the processor time.  TensorFlow's own threads do not.  Tests
of threads ask for theirs themselves.
"""

import os

if "PYTEST_XDIST_WORKER" in os.environ:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
