"""Files: atomic writing, HDF5, tables, YAML, video, and reading what comes from outside."""
