# Python and the packages of the lock, without CUDA. NOT BUILT OR TRIED YET.
#
#   docker build -t leap .
#   docker run --rm --user "$(id -u):$(id -g)" -v "$PWD":/work leap --cores all figures
#
# The checkout is mounted at /work: configs, results and code stay outside of the image, which
# changes only with the lock.
FROM python:3.12-slim-bookworm

# git: the run's manifest names the commit
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && git config --system --add safe.directory /work

# the slow layer, which only another lock makes again
COPY requirements.lock /tmp/requirements.lock
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes \
        -r /tmp/requirements.lock \
    && rm /tmp/requirements.lock

# as pyproject.toml's [project.scripts], for a package that is mounted and not installed
RUN printf '%s\n' '#!/usr/local/bin/python' 'import sys' 'from leap_core.cli import main' \
        'sys.exit(main())' > /usr/local/bin/leap \
    && chmod 755 /usr/local/bin/leap

# no root; any user id may be given, so the home folder is open like /tmp
RUN useradd --create-home leap && chmod 1777 /home/leap
ENV HOME=/home/leap PYTHONPATH=/work PYTHONUNBUFFERED=1 MPLBACKEND=Agg
USER leap
WORKDIR /work
ENTRYPOINT ["snakemake"]
CMD ["--help"]
