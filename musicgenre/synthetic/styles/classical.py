"""Classical: no drums to speak of, held strings, arpeggios, a bending tempo, a hall."""

from musicgenre.synthetic.style import Mix, Part, Style

CLASSICAL = Style(
    tempo=(58, 138),
    rubato=(0.02, 0.1),
    kits=("orchestra",),
    grooves=({}, {}, {"timpani": "6.......................3.4.5.6."}, {"timpani": "7.......5......."}),
    players={
        "bass": (
            Part("cello", "bass", ("1-------5-------", "1-------1---5---"), 43, 0.8),
            Part("piano", "bass", ("1---------------", "1-----1-5-------"), 41, 0.9),
            Part("church_organ", "bass", ("1-------5-------", "1-------8---5---"), 41, 0.6),
            Part("pizzicato", "bass", ("1.......5.......", "1...5...1...5..."), 43, 1.2),
        ),
        "comp": (
            Part("strings", "chord", ("6---------------", "6-------5-------"), 60, 0.7),
            Part("piano", "arp", ("1323132314231423", "1.3.2.3.1.3.2.3.", "1234323212343232"), 58, 0.8),
            Part("harpsichord", "arp", ("1.2.3.4.3.2.3.4.", "1234123412341234"), 62, 0.8),
            Part("church_organ", "chord", ("6-------6-------", "5---6---5---6---"), 60, 0.5),
            Part("harp", "arp", ("12341234........", "1.2.3.4.3.2.3.4."), 62, 1.0),
            Part("nylon_guitar", "arp", ("1-3-2-3-4-3-2-3-", "1323432313234323"), 57, 1.1),
        ),
        "extra": (
            Part("strings", "chord", ("................4---------------", "4-------5-------"), 72, 0.5),
            Part("horn", "chord", ("4---------------", "....5-------4---"), 55, 0.6),
            Part("choir", "chord", ("4---------------",), 64, 0.5),
            Part("pizzicato", "chord", ("..5...5...5...5.", "5...4...5...4..."), 64, 0.8),
        ),
        "lead": (
            Part("fiddle", "lead", ("6---5-6-7-------", "6-7-8-7-6---5---", "7777666655557777"), 74, 0.6),
            Part("flute", "lead", ("7---....6-5-6---", "7-6-7-8-6-------", "6666777766665---"), 77, 0.7),
            Part("piano", "lead", ("7---6-7-8-------", "7.6.7.8.7-------", "7676767676767676"), 74, 0.8),
            Part("clarinet", "lead", ("6-----5-7-------", "6-6-7---5-------"), 68, 0.7),
            Part("horn", "lead", ("7-----6-7-------",), 62, 0.8),
            Part("voice", "lead", ("7-------6---7---", "6---7-8-7-------"), 68, 0.9),
        ),
    },
    progressions=(
        "I V vi iii IV I IV V",
        "I IV V I",
        "i iv V i",
        "i bVI III bVII i iv V V",
        "I ii V I vi ii V I",
        "i V7 i iv i V7 i i",
    ),
    scales=("major", "harmonic_minor", "major"),
    neighbours=("jazz",),
    mix=Mix(
        loudness=(-30, -23),
        reverb=(1.0, 2.2),
        wet=(0.25, 0.6),
        drive=(0.2, 0.5),
        floor=(-70, -46),
        tilt=(-2.6, -0.8),
        crackle=0.25,
        top=(6000, 11000),
    ),
)
