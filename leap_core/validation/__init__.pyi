from .comparison import behaviors as behaviors
from .comparison import panels as panels
from .comparison import validate as validate
from .keys import KEYS as KEYS
from .panels import Panels as Panels
from .recording import Recording as Recording
