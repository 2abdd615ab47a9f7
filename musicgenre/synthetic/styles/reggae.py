"""Reggae: skank off the beat, one drop, a bass that carries the song."""

from musicgenre.synthetic.style import Mix, Part, Style

SKANK = "....7.......7..."
REGGAE = Style(
    tempo=(116, 172),
    swing=(0.5, 0.6),
    kits=("dry", "acoustic", "room", "808"),
    grooves=(
        {"kick": "........9.......", "rim": "........8.......", "hat": "6...7...6...7.5."},
        {"kick": "9.......9.......", "rim": "........8.......", "hat": "6.5.7.5.6.5.7.5."},
        {"kick": "9...9...9...9...", "snare": "........8.......", "hat": "..5.7...5...7.5."},
        {
            "kick": "........9.......",
            "snare": "........8.....3.",
            "open_hat": "....6.......6...",
            "conga": "5..5....5..5..5.",
        },
    ),
    players={
        "bass": (
            Part("dub_bass", "bass", ("1---....3-5-1---", "....1-1-5---3---", "1-1-....8---5-3-"), 36, 1.4),
            Part("finger_bass", "bass", ("1---1-1-....5-3-", "1-..3-..5---...."), 38, 1.3),
            Part("sub_bass", "bass", ("1---....1-5-3---", "....1---....5-1-"), 36, 1.3),
        ),
        "comp": (
            Part("skank_guitar", "chord", (SKANK, "....7.5.....7.5."), 64, 1.1),
            Part("piano", "chord", (SKANK, "....8.......8.6."), 64, 0.9),
            Part("clean_guitar", "chord", (SKANK, "....7-......7-.."), 64, 0.9),
            Part("muted_guitar", "chord", (SKANK, "....7.7.....7.7."), 60, 1.1),
        ),
        "extra": (
            Part("bubble_organ", "chord", ("..5.6.5...5.6.5.", "..6...6...6...6."), 62, 0.6),
            Part("brass", "chord", ("............7-6-", "................6-6-....7---...."), 66, 0.5),
            Part("organ", "chord", ("4---------------", "....5.......5..."), 64, 0.4),
            Part("muted_guitar", "arp", ("1.1.2.2.3.3.2.2.", "1-..3.2.1-......"), 52, 0.9),
        ),
        "lead": (
            Part("voice", "lead", ("....7-7-8---6---", "7---7-6-5---....", "..7-7-7-8-6-...."), 60, 1.0),
            Part("harmonica", "lead", ("7-----6-5-------",), 72, 0.5),
            Part("trumpet", "lead", ("7---8---6-------", "....7-7-6-------"), 66, 0.5),
            Part("rap", "lead", ("7.7.7.8.7.7.7...", "7.7.8.7.7.8....."), 50, 1.0),
        ),
    },
    progressions=("I IV", "i iv", "I V vi IV", "i bVII", "I IV V IV", "i,bVII i,iv"),
    scales=("major", "minor_pentatonic", "minor"),
    neighbours=("pop", "hiphop"),
    mix=Mix(
        loudness=(-19, -15),
        reverb=(0.5, 1.8),
        wet=(0.12, 0.4),
        top=(5000, 8500),
        tilt=(-2.6, -0.9),
        crackle=0.15,
    ),
)
