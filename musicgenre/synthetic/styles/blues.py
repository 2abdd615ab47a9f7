"""Blues: twelve bars, dominant sevenths, a shuffle."""

from musicgenre.synthetic.style import Mix, Part, Style

SHUFFLE = "7.6.7.6.7.6.7.6."
BLUES = Style(
    tempo=(62, 128),
    swing=(0.6, 0.67),
    kits=("acoustic", "dry", "room"),
    grooves=(
        {"kick": "8.......8.5.....", "snare": "....8.......8..3", "hat": "7.5.7.5.7.5.7.5."},
        {"kick": "8.....6.8.......", "snare": "....8.......8...", "ride": "7..46..47..46..4"},
        {"kick": "7...7...7...7...", "snare": "..3.8.3...3.8.3.", "hat": "..6...6...6...6."},
        {"kick": "6.......6.......", "rim": "....7.......7...", "hat": "6...6...6...6..."},
        {},
    ),
    players={
        "bass": (
            Part("upright_bass", "bass", ("1.1.3.3.5.5.6.6.", "1...3...5...6..."), 40, 1.1),
            Part("finger_bass", "bass", ("1.1.5.5.6.6.5.5.", "1..18..65..53..1"), 40),
            Part("pick_bass", "bass", ("1.1.1.1.5.5.5.5.", "1...5...6...5..."), 40, 0.9),
        ),
        "comp": (
            Part("crunch_guitar", "power", (SHUFFLE, "8-7.8-7.8-7.8-7."), 50, 0.6),
            Part("steel_guitar", "arp", ("1.3.2.4.1.3.2.3.", "1-3-4-3-2-3-4-3-"), 56, 0.9),
            Part("piano", "chord", ("..6...7-..6...5.", "6-......6-..5..."), 60, 0.7),
            Part("organ", "chord", ("5---------------", "5-----....6-...."), 62, 0.5),
            Part("clean_guitar", "chord", ("....7.......7...", "......6-......6-"), 60, 0.8),
        ),
        "extra": (
            Part("honky_piano", "arp", ("4.4.3.4.4.4.3.2.", "..................4.3.4.2.4.3.2."), 68, 0.6),
            Part("harmonica", "chord", ("......................6---5-----",), 68, 0.4),
            Part("brass", "chord", ("............7.6-", "..6.........6..."), 62, 0.45),
        ),
        "lead": (
            Part(
                "lead_guitar",
                "lead",
                ("..8-6.7---......8.7.6-5---......", "....7-8.9---6-..5-7-............"),
                70,
                0.6,
            ),
            Part("harmonica", "lead", ("8---6-7-5---....", "..7-8---....6-5-"), 69, 0.6),
            Part("voice", "lead", ("..7-7.8-6---....7-6-5---........", "7-7.8---7-6-...."), 57, 0.9),
            Part("clean_guitar", "lead", ("..8.7.9-..6.8-..", "8.8.8.7-6---...."), 69, 0.9),
        ),
    },
    progressions=(
        "I7 IV7 I7 I7 IV7 IV7 I7 I7 V7 IV7 I7 V7",
        "I7 I7 I7 I7 IV7 IV7 I7 I7 V7 V7 I7 V7",
        "i7 i7 i7 i7 iv7 iv7 i7 i7 bVI7 V7 i7 V7",
        "I7 I7 IV7 I7",
    ),
    scales=("blues", "minor_pentatonic", "mixolydian"),
    neighbours=("rock", "jazz", "country"),
    mix=Mix(loudness=(-22, -18), top=(5000, 8500), floor=(-64, -44), crackle=0.35, tilt=(-2.0, -0.4)),
)
