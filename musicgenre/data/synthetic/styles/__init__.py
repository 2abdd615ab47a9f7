"""The ten genres, one file each."""

from musicgenre.data.synthetic.styles.blues import BLUES
from musicgenre.data.synthetic.styles.classical import CLASSICAL
from musicgenre.data.synthetic.styles.country import COUNTRY
from musicgenre.data.synthetic.styles.disco import DISCO
from musicgenre.data.synthetic.styles.hiphop import HIPHOP
from musicgenre.data.synthetic.styles.jazz import JAZZ
from musicgenre.data.synthetic.styles.metal import METAL
from musicgenre.data.synthetic.styles.pop import POP
from musicgenre.data.synthetic.styles.reggae import REGGAE
from musicgenre.data.synthetic.styles.rock import ROCK

STYLES = {
    "blues": BLUES,
    "classical": CLASSICAL,
    "country": COUNTRY,
    "disco": DISCO,
    "hiphop": HIPHOP,
    "jazz": JAZZ,
    "metal": METAL,
    "pop": POP,
    "reggae": REGGAE,
    "rock": ROCK,
}
