"""Metal: double kick, palm-muted power chords, minor seconds, a wall of sound."""

from musicgenre.synthetic.style import Mix, Part, Style

GALLOP = "9.779.779.779.77"
METAL = Style(
    tempo=(92, 198),
    kits=("metal", "room", "acoustic"),
    grooves=(
        {"kick": "8888888888888888", "snare": "....9.......9...", "crash": "7.......7......."},
        {"kick": "8.888.888.888.88", "snare": "....9.......9...", "hat": "7...7...7...7..."},
        {"kick": "9...9...9...9...", "snare": "..9...9...9...9.", "ride": "7.7.7.7.7.7.7.7."},
        {"kick": "9.99..9.9.99..9.", "snare": "........9.......", "crash": "8...8...8...8..."},
        {"kick": "9.....9.9.9.....", "snare": "....9.......9...", "open_hat": "8...8...8...8..."},
    ),
    players={
        "bass": (
            Part("pick_bass", "bass", ("1.1.1.1.1.1.1.1.", "1.111.111.111.11", "1---1-1-1---1-1-"), 35, 1.0),
            Part("finger_bass", "bass", ("1.1.1.1.1.1.1.1.", "1-----1-1-1-1---"), 35, 0.9),
        ),
        "comp": (
            Part("palm_mute", "power", (GALLOP, "9.7.7.9.7.7.9.7.", "9777977797779777"), 42, 1.0),
            Part(
                "distorted_guitar",
                "power",
                ("9-------8---8---", "9---7.7.9---7.7.", "9-9-....9-9-9-.."),
                43,
                1.0,
            ),
            Part("distorted_guitar", "chord", ("9---------------", "9-----9-9-------"), 50, 0.8),
            Part("palm_mute", "power", ("9.9...9.9.9...9.", "9...9.9.9...9.99"), 40, 1.1),
            Part("crunch_guitar", "power", ("9.8.8.8.9.8.8.8.", "9-8-8.8.9-8-...."), 47, 0.9),
        ),
        "extra": (
            Part("distorted_guitar", "power", ("8---------------", "8-------8-------"), 48, 0.7),
            Part("choir", "chord", ("4---------------",), 62, 0.4),
            Part("lead_guitar", "arp", ("4.3.4.2.4.3.4.2.", "4-------3-------"), 66, 0.5),
            Part("strings", "chord", ("4---------------",), 66, 0.4),
        ),
        "lead": (
            Part("growl", "lead", ("8-8.8---........", "8---8-8-8-------"), 45, 0.7),
            Part("lead_guitar", "lead", ("8888888888888888", "8-7-8-9-8-------", "8.8.8888....8888"), 74, 0.6),
            Part("voice", "lead", ("8---7-8-9-------", "..8-8-8-9-------"), 66, 0.8),
            Part("growl", "lead", ("8.8.8.8-..8.8-..", "88.88.8-........"), 49, 0.7),
        ),
    },
    progressions=(
        "i i bVI bVII",
        "i bII i bII",
        "i i i bIII",
        "i bVII bVI V",
        "i iv bVI V",
        "i,bII i,bIII i i",
    ),
    scales=("minor", "harmonic_minor", "phrygian"),
    neighbours=("rock",),
    mix=Mix(
        loudness=(-13, -10),
        reverb=(0.2, 0.8),
        wet=(0.05, 0.2),
        drive=(1.2, 2.6),
        top=(7000, 11000),
        tilt=(0.0, 1.6),
        crackle=0.0,
    ),
)
