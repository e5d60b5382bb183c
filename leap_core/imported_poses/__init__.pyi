from .egocentric import align as align
from .stage import import_file as import_file
from .stage import read as read
from .stage import summary as summary
