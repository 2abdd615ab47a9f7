"""Country: train beat and boom-chick, steel and banjo, three chords in a major key."""

from musicgenre.synthetic.style import Mix, Part, Style

COUNTRY = Style(
    tempo=(84, 176),
    swing=(0.5, 0.58),
    kits=("dry", "brushes", "acoustic"),
    grooves=(
        {"kick": "8.......8.......", "snare": "4.354.354.354.35"},
        {"kick": "8.......8.......", "snare": "....7.......7...", "hat": "6.4.6.4.6.4.6.4."},
        {"kick": "8.......8.6.....", "rim": "....8.......8...", "hat": "6.5.6.5.6.5.6.5."},
        {
            "kick": "8.....6.8.......",
            "snare": "....8.......8...",
            "ride": "6.5.6.5.6.5.6.5.",
            "tambourine": "....5.......5...",
        },
    ),
    players={
        "bass": (
            Part("upright_bass", "bass", ("1.......5.......", "1.......5.....9."), 41, 1.2),
            Part("finger_bass", "bass", ("1---....5---....", "1.....1.5.....5."), 41),
            Part("pick_bass", "bass", ("1.......5.......", "1.1.1.1.1.1.1.1."), 41, 0.9),
        ),
        "comp": (
            Part("steel_guitar", "chord", ("....7.......7...", "8-..6-6.8-..6-6.", "7.5.7.5.7.5.7.5."), 58, 0.8),
            Part("steel_guitar", "arp", ("1.3.2.4.1.3.2.4.", "1.34213413421342"), 58, 1.0),
            Part("clean_guitar", "chord", ("....8.......8...", "..7...7...7...7."), 62, 0.8),
            Part("piano", "chord", ("....6.......6...", "..6...6...6...6."), 62, 0.7),
            Part("crunch_guitar", "power", ("8---..6-8---....", "7.7.7.7.7.7.7.7."), 50, 0.5),
        ),
        "extra": (
            Part("banjo", "arp", ("1343234314342343", "1324132413241324"), 66, 0.7),
            Part("pedal_steel", "chord", ("6---------------", "....5-------5---"), 68, 0.55),
            Part("mandolin", "chord", ("....8.......8...", "..7...7...7...7."), 70, 0.7),
            Part("organ", "chord", ("4---------------",), 62, 0.35),
        ),
        "lead": (
            Part("voice", "lead", ("7-7-8-6-7---....", "..7-7.7.8---6-..", "7---6-7-5---...."), 58, 1.0),
            Part("fiddle", "lead", ("8-7-8-7-9---6---", "7777878787776---"), 74, 0.5),
            Part("pedal_steel", "lead", ("7-----6-8-------", "..7---8-6-------"), 69, 0.6),
            Part("clean_guitar", "lead", ("8.7.8.9.7.6.8...", "78787.8.9-......"), 67, 0.9),
        ),
    },
    progressions=("I I IV I V V I I", "I IV I V", "I V IV I", "I I IV IV I V I I", "I vi IV V", "I,IV I V I"),
    scales=("major_pentatonic", "major", "mixolydian"),
    neighbours=("rock", "blues", "pop"),
    mix=Mix(
        tilt=(-0.7, 0.7),
        loudness=(-19, -15),
        reverb=(0.3, 0.9),
        wet=(0.08, 0.25),
        top=(7000, 10500),
        crackle=0.2,
    ),
)
