"""Pop: four chords, backbeat or dance beat, synths, a tune on top."""

from musicgenre.synthetic.style import Mix, Part, Style

POP = Style(
    tempo=(86, 132),
    kits=("909", "acoustic", "808", "dry"),
    grooves=(
        {"kick": "9..9....9..9....", "clap": "....8.......8...", "shaker": "7676767676767676"},
        {"kick": "9.....9...9.....", "clap": "....8.......8..5", "open_hat": "..6...6...6...6."},
        {"kick": "9...9...9...9...", "clap": "....8.......8...", "hat": "..7...7...7...7."},
        {"kick": "9.....6.9.......", "snare": "....8.......8...", "hat": "7.6.7.6.7.6.7.6."},
        {
            "kick": "9.......9.9.....",
            "snare": "....8.......8...",
            "hat": "7676767676767676",
            "tambourine": "....5.......5...",
        },
    ),
    players={
        "bass": (
            Part("synth_bass", "bass", ("1.1.1.1.1.1.1.1.", "1--1--1-1--1--1-", "..1...1...1...1."), 40, 0.8),
            Part("finger_bass", "bass", ("1-----1-1-------", "1.1.1.1.5.5.1.1."), 40, 1.0),
            Part("sub_bass", "bass", ("1-------1-------", "1--1----1--1----"), 38, 1.0),
        ),
        "comp": (
            Part("synth_pluck", "arp", ("1.2.3.4.1.2.3.4.", "1234123412341234", "1..3..2.4..3..2."), 66, 0.8),
            Part("saw_lead", "chord", ("8--8--8-8--8--8-", "..8...8...8...8."), 62, 0.5),
            Part("piano", "chord", ("7---7---7---7---", "7--7--7-7--7--7-"), 62, 0.9),
            Part("clean_guitar", "arp", ("1.3.2.3.4.3.2.3.", "1-3-4-3-2-3-4-3-"), 62, 0.9),
            Part("steel_guitar", "chord", ("8-..6-6..6-66-..", "7.5.7.5.7.5.7.5."), 58, 0.8),
        ),
        "extra": (
            Part("pad", "chord", ("5---------------",), 66, 0.7),
            Part("strings", "chord", ("5---------------", "............5-5-"), 70, 0.5),
            Part("bell", "arp", ("4...3...4...2...", "4.3.4.......3..."), 76, 0.5),
            Part("skank_guitar", "chord", ("7.5574.57.5574.5",), 64, 0.5),
        ),
        "lead": (
            Part("voice", "lead", ("7-7.8-7.6---....", "7.7.7-8---6-....", "8---7-6-7---...."), 66, 1.0),
            Part("voice", "lead", ("..7.7.8-7-6-....", "7-7-8-8-7---...."), 60, 1.0),
            Part("saw_lead", "lead", ("8.8.7-8.6-..7-..", "7--8--7-6--7--8-"), 72, 0.5),
            Part("square_lead", "lead", ("7.8.7.6.7---....",), 72, 0.4),
        ),
    },
    progressions=("I V vi IV", "vi IV I V", "I vi IV V", "IV I V vi", "i bVII bVI bVII", "I IV vi V"),
    scales=("major", "major_pentatonic", "minor"),
    neighbours=("disco", "rock", "hiphop"),
    mix=Mix(
        loudness=(-14, -11),
        reverb=(0.3, 1.0),
        wet=(0.1, 0.3),
        drive=(0.8, 1.8),
        top=(8000, 11000),
        tilt=(-0.5, 1.0),
        crackle=0.0,
        floor=(-78, -58),
    ),
)
