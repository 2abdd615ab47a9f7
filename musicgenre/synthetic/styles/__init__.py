"""The ten genres, one file each."""

from musicgenre.synthetic.styles.blues import BLUES
from musicgenre.synthetic.styles.classical import CLASSICAL
from musicgenre.synthetic.styles.country import COUNTRY
from musicgenre.synthetic.styles.disco import DISCO
from musicgenre.synthetic.styles.hiphop import HIPHOP
from musicgenre.synthetic.styles.jazz import JAZZ
from musicgenre.synthetic.styles.metal import METAL
from musicgenre.synthetic.styles.pop import POP
from musicgenre.synthetic.styles.reggae import REGGAE
from musicgenre.synthetic.styles.rock import ROCK

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
