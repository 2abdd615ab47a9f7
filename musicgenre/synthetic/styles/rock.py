"""Rock: backbeat, crunching guitars, eighths in the bass."""

from musicgenre.synthetic.style import Mix, Part, Style

ROCK = Style(
    tempo=(92, 162),
    kits=("room", "acoustic", "dry"),
    grooves=(
        {"kick": "9.....6.9.......", "snare": "....9.......9...", "hat": "7.6.7.6.7.6.7.6."},
        {"kick": "9.9.....9.9.....", "snare": "....9.......9...", "open_hat": "7...7...7...7..."},
        {"kick": "9......79.7.....", "snare": "....9.......9...", "ride": "7.6.7.6.7.6.7.6."},
        {"kick": "9...9...9...9...", "snare": "....9.......9...", "crash": "6...6...6...6..."},
        {
            "kick": "9.....9...9.....",
            "snare": "....9..3.3..9...",
            "hat": "7...7...7...7...",
            "tambourine": "..5...5...5...5.",
        },
    ),
    players={
        "bass": (
            Part("pick_bass", "bass", ("1.1.1.1.1.1.1.1.", "1---1-1-1---5-8-"), 38, 1.0),
            Part("finger_bass", "bass", ("1.1.1.1.5.5.8.5.", "1-----1-1-..3-5-"), 38, 1.0),
        ),
        "comp": (
            Part(
                "crunch_guitar",
                "power",
                ("8-8-8-8-8-8-8-8-", "9---..8-9---....", "9.8.8.8.9.8.8.8."),
                48,
                0.8,
            ),
            Part("crunch_guitar", "chord", ("8---..8-..8-8---", "9-..9-..8-8-...."), 55, 0.8),
            Part("distorted_guitar", "power", ("9-------8-------", "9---8.8.9---8.8."), 46, 0.8),
            Part("clean_guitar", "arp", ("1-3-4-3-2-3-4-3-", "1.3.2.4.3.2.4.3."), 60, 0.9),
            Part("steel_guitar", "chord", ("8-..6-6..6-66-..", "8-6-8-6-8-6-8-6-"), 57, 0.9),
        ),
        "extra": (
            Part("organ", "chord", ("5---------------", "5-------5---5---"), 62, 0.5),
            Part("clean_guitar", "chord", ("....7.......7...", "7---....7---...."), 64, 0.6),
            Part("piano", "chord", ("7.7.7.7.7.7.7.7.", "7---7---7---7---"), 62, 0.6),
            Part("palm_mute", "power", ("8.8.8.8.8.8.8.8.",), 45, 0.6),
        ),
        "lead": (
            Part("voice", "lead", ("7-7-8---7-6-....", "..8-8-8-9---7-..", "8---7-7-6---...."), 63, 1.0),
            Part("voice", "lead", ("8-8-8-9-7---....", "..7-8---8-7-...."), 58, 1.0),
            Part("lead_guitar", "lead", ("8-7-8-9-8---....", "..8.8.9-7-8-6---", "8888787868688---"), 70, 0.6),
        ),
    },
    progressions=(
        "I bVII IV I",
        "I IV V IV",
        "i bVI bVII i",
        "I V vi IV",
        "vi IV I V",
        "I I IV IV",
        "i bIII IV i",
    ),
    scales=("minor_pentatonic", "mixolydian", "major", "blues"),
    neighbours=("metal", "blues", "country", "pop"),
    mix=Mix(
        tilt=(-1.0, 0.5),
        loudness=(-16, -12),
        reverb=(0.2, 0.9),
        wet=(0.08, 0.25),
        drive=(0.8, 2.0),
        top=(6500, 11000),
        crackle=0.1,
    ),
)
