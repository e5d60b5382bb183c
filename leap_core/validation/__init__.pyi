from .comparison import behaviors as behaviors
from .comparison import make_panels as make_panels
from .comparison import validate as validate
from .keys import KEYS as KEYS
from .recording import Recording as Recording
