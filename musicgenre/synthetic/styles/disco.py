"""Disco: four on the floor, open hats off the beat, octave bass, strings."""

from musicgenre.synthetic.style import Mix, Part, Style

FOUR = "9...9...9...9..."
DISCO = Style(
    tempo=(104, 132),
    kits=("acoustic", "909", "dry"),
    grooves=(
        {
            "kick": FOUR,
            "snare": "....8.......8...",
            "open_hat": "..7...7...7...7.",
            "hat": "6...6...6...6...",
        },
        {
            "kick": FOUR,
            "clap": "....8.......8...",
            "hat": "6.776.776.776.77",
            "tambourine": "..5...5...5...5.",
        },
        {
            "kick": FOUR,
            "snare": "....8.......8...",
            "open_hat": "..7...7...7...7.",
            "conga": "5..5..5.5..5..55",
        },
        {"kick": FOUR, "clap": "....7.......7...", "hat": "7676767676767676", "cowbell": "..6...6...6...6."},
    ),
    players={
        "bass": (
            Part("finger_bass", "bass", ("1.8.1.8.1.8.1.8.", "1..18..81..15..8", "1.1.8.1.5.5.8.7."), 40, 1.1),
            Part("slap_bass", "bass", ("1..18.1.5..58.5.", "1.8.1.8.3.5.6.8."), 40, 1.0),
            Part("synth_bass", "bass", ("1.8.1.8.1.8.1.8.", "1111811118118181"), 40, 0.8),
        ),
        "comp": (
            Part("skank_guitar", "chord", ("7.5574.57.5574.5", "..7.6.7...7.667."), 64, 0.9),
            Part("clavinet", "chord", ("7..6..7.7..6..7.", "7.66.6.67.66.6.6"), 58, 0.7),
            Part("electric_piano", "chord", ("7--.7--.7-..6-..", "..7-..7-..7-..7-"), 62, 0.7),
            Part("piano", "chord", ("7..7..7.7..7..7.", "..7...7...7...7."), 64, 0.8),
        ),
        "extra": (
            Part("strings", "chord", ("6---------------", "............6.66", "6-------....5-5-"), 72, 0.6),
            Part("brass", "chord", ("7.......7..7....", "..........6.7-.."), 66, 0.6),
            Part("pad", "chord", ("5---------------",), 66, 0.5),
        ),
        "lead": (
            Part("voice", "lead", ("7-7.8-7.6---....", "..7-7-8-7---6-..", "8-..8-..7-7.6-.."), 63, 0.9),
            Part("strings", "lead", ("7---7-8-7---....", "6666777788886---"), 77, 0.6),
            Part("saw_lead", "lead", ("7.7.8..7..6.7...", "8.8.7.8.6.7....."), 70, 0.5),
            Part("trumpet", "lead", ("..7.8---..6.7---",), 68, 0.5),
        ),
    },
    progressions=("i7 IV7", "i7 i7 iv7 V7", "vi ii V I", "i bVII bVI V", "Imaj7 vi7 ii7 V7", "i7 bVII7"),
    scales=("dorian", "minor_pentatonic", "major"),
    neighbours=("pop", "hiphop"),
    mix=Mix(
        loudness=(-17, -14),
        reverb=(0.3, 0.9),
        wet=(0.1, 0.3),
        top=(8500, 11000),
        tilt=(0.0, 1.6),
        crackle=0.1,
    ),
)
