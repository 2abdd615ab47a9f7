"""Jazz: swung ride, walking bass, sevenths in ii-V-I, a soloing horn."""

from musicgenre.synthetic.style import Mix, Part, Style

JAZZ = Style(
    tempo=(86, 216),
    swing=(0.58, 0.67),
    kits=("brushes", "acoustic", "dry"),
    grooves=(
        {
            "ride": "7...7..57...7..5",
            "hat": "....5.......5...",
            "kick": "3.......3.....4.",
            "snare": ".......3......3.",
        },
        {"ride": "7...7.5.7...7.5.", "hat": "....6.......6...", "snare": "..........4....."},
        {"swish": "6...7...6...7...", "hat": "....5.......5...", "kick": "3...3...3...3..."},
        {"rim": "7.....7.....7...", "ride": "6.5.6.5.6.5.6.5.", "kick": "6.....5.6.....5."},
    ),
    players={
        "bass": (
            Part("upright_bass", "bass", ("1...3...5...9...", "1...5...3...9...", "1...8...5...9..."), 41, 1.2),
            Part("upright_bass", "bass", ("1.......5.......", "1.....1.5.....9."), 41, 1.2),
            Part("finger_bass", "bass", ("1...3...5...9...", "1..15...3..95..."), 41, 1.0),
        ),
        "comp": (
            Part("piano", "chord", ("..6-......6.....", "......6-......5.", "6-....6.....5..."), 62, 0.8),
            Part("jazz_guitar", "chord", ("6...6...6...6...", "..6-......6-...."), 58, 0.9),
            Part("electric_piano", "chord", ("6-----....5-....", "......6-----...."), 62, 0.8),
            Part("organ", "chord", ("....5-........5.", "5-----....5-...."), 62, 0.45),
            Part("vibraphone", "chord", ("6-------....5---", "..6---......5---"), 65, 0.8),
        ),
        "extra": (
            Part("brass", "chord", ("..6.........6...", "6-..6.....6-....", "............6.7-"), 64, 0.5),
            Part("strings", "chord", ("4---------------",), 67, 0.4),
            Part("clarinet", "arp", ("................4.3.2.4.3.2.1...",), 68, 0.5),
        ),
        "lead": (
            Part("saxophone", "lead", ("7.6.7.8.7.6.7-..", "..7.8.6.7---....", "7-8.7.6.8.7.6.7."), 63, 0.8),
            Part("trumpet", "lead", ("..7.8-7.6---....", "7.8.7.6.7-....6."), 69, 0.6),
            Part("muted_trumpet", "lead", ("7---..6-7-------", "..7-8---6-------"), 68, 0.6),
            Part("piano", "lead", ("7.8.7.6.7.8.9.7.", "..8.7.8...6.7..."), 74, 0.9),
            Part("jazz_guitar", "lead", ("7.8.7.6.7.8.7...", "..7.7.8.6.7.8.6."), 65, 1.1),
            Part("voice", "lead", ("7-----6-8---....", "..7---7-6-------"), 60, 0.9),
        ),
    },
    progressions=(
        "ii7 V7 Imaj7 Imaj7",
        "Imaj7 vi7 ii7 V7",
        "ii7,V7 Imaj7 ii7,V7 Imaj7",
        "i7 i7 iv7 iv7 bVI7 V7 i7 V7",
        "iii7 vi7 ii7 V7 Imaj7 IV7 iii7,vi7 ii7,V7",
        "I7 IV7 I7 I7 IV7 IV7 I7 vi7 ii7 V7 I7 V7",
    ),
    scales=("major", "dorian", "bebop", "blues"),
    neighbours=("blues", "classical"),
    mix=Mix(
        loudness=(-25, -19),
        reverb=(0.4, 1.4),
        wet=(0.12, 0.35),
        drive=(0.3, 0.9),
        floor=(-68, -44),
        top=(6000, 10000),
        tilt=(-2.2, -0.5),
        crackle=0.35,
    ),
)
