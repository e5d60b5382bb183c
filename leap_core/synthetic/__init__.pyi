from .animals import render_animals as render_animals
from .labeling import label as label
from .labeling import of_recording as of_recording
from .movie import render as render
