"""Names that tell runs apart: their data, their split, and the settings that differ."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from musicgenre.errors import MusicGenreError
from musicgenre.runs.asked import asked_of
from musicgenre.runs.identity import OTHER_RUNS, REPEATED, number_text, override_key, says_where, value_text
from musicgenre.runs.run import UNRECORDED, Run

Settings = tuple[tuple[str, str], ...]
_DELETED = "~"  # stands for the value of a setting that was deleted, `~mix`
_NOTHING = (_DELETED, "null")  # as typed
_IGNORED = "(no effect)"  # stands for the value of a setting that a run ignores
_FOLDERS = {"run": "evaluated", "runs": "ensemble"}  # keys that name run folders, and the property of `Run` for each


def settings_of(runs: Sequence[Run], over: Sequence[str] = REPEATED) -> list[Settings]:
    """Return each run's settings, for all keys that were typed for any of them, and the number of processes.

    A setting that was typed in one sweep and left at its default in another is compared by its value, and another run's
    folder by whether it was used; that of a tested run by what it is and was trained on, as far as known. Data, split
    and the keys in `over` are left out; what a run ignores or inherits does not tell it from others.

    Args:
        runs: The runs.
        over: Keys that tell equal runs apart.
    """
    return [
        tuple((key, value if _counts(run, key) else _IGNORED) for key, value in each)
        for run, each in zip(runs, _all_settings(runs, over), strict=True)
    ]


def _all_settings(runs: Sequence[Run], over: Sequence[str]) -> list[Settings]:
    """Return each run's settings, also those that it ignores."""
    typed = [_typed(run, over) for run in runs]
    keys = list(dict.fromkeys(key for each in typed for key in each))
    return [tuple((key, _compared(run, key, each)) for key in keys) for run, each in zip(runs, typed, strict=True)]


def names_of(runs: Sequence[Run], settings: Sequence[Settings], over: Sequence[str] = REPEATED) -> dict[Settings, str]:
    """Return a name for each of the settings: what was typed and differs between them, with the experiment first.

    A setting that was deleted is named as typed, `~mix`, and so is one that was set to nothing, `mix=null`. Where
    nothing that was typed differs, the name is of all that was typed, or else "defaults".

    Args:
        runs: The runs.
        settings: The runs' settings, from `settings_of`.
        over: Keys that tell equal runs apart.
    """
    typed: dict[Settings, dict[str, str]] = {}
    for run, each in zip(runs, settings, strict=True):
        typed[each] = _heeded(run, over) | typed.get(each, {})
    values = {key: {dict(each)[key] for each in typed} - {_IGNORED} for key in dict(settings[0])} if settings else {}
    differing = {key for key, found in values.items() if len(found) > 1}
    others = {each: _of_others(run, over) for run, each in zip(runs, settings, strict=True)}
    # Those with other data or another split are in other tables: folders need to be named only within one table.
    where = {
        each: (data_of(run, over), split_of(run, over)) if others[each] else None
        for run, each in zip(runs, settings, strict=True)
    }
    told = {each: _with_nothing(each, asked) for each, asked in typed.items()}
    named = differing | {"experiment", "run"}
    shown = {each: asked.keys() & named - hidden_keys(others[each]) for each, asked in typed.items()}
    alone = {each: _name(told[each], {*asked}, others[each]) for each, asked in typed.items()}
    names = {each: _name(told[each], keys, others[each]) or alone[each] for each, keys in shown.items()}
    for quoted in (False, True):  # with settings typed for others; then quoted, as values may look like keys
        counts = Counter((name, where[each]) for each, name in names.items())
        longer = {each: _name(told[each], differing, others[each], quoted) or alone[each] for each in names}
        names = {each: name if counts[(name, where[each])] == 1 else longer[each] for each, name in names.items()}
    return {each: name or "defaults" for each, name in names.items()}


def shared_settings(runs: Sequence[Run], over: Sequence[str] = REPEATED) -> str:
    """Return what was typed for any of the trained runs and is the same in all, in words; empty if there is nothing.

    Args:
        runs: The runs; ensembles and evaluations do not count.
        over: Keys that tell equal runs apart.
    """
    trained = [run for run in runs if not _of_others(run)]
    if not trained:
        return ""
    typed: dict[str, str] = {}
    for run in trained:
        typed |= _heeded(run, over)
    settings = list(map(dict, settings_of(trained, over)))
    values = {key: {each[key] for each in settings} - {_IGNORED} for key in settings[0]}
    shared = tuple((key, next(iter(found))) for key, found in values.items() if len(found) == 1)
    return _name(_with_nothing(shared, typed), set(values))


def _of_others(run: Run, over: Sequence[str] = REPEATED) -> str:
    """Return the runs behind an ensemble or an evaluation, in words; empty for a trained run."""
    if run.ensemble:
        return f"ensemble of {run.ensemble}"
    of = run.evaluated if run.tested is None else _asked(run.tested, (*REPEATED, *over))
    return f"evaluated {of}" if of else ""


def hidden_keys(others: str) -> set[str]:
    """Return the keys that an ensemble or an evaluation need not show once its name says which runs it is of.

    Args:
        others: These runs in words, such as "evaluated net5_bilstm"; empty for a trained run.
    """
    folders = () if others == f"evaluated {UNRECORDED}" else _FOLDERS
    return {*folders, *_FOLDERS.values(), "deform"} if others else set()


def settings_besides(runs: Sequence[Run], but: str) -> list[dict[str, str]]:
    """Return what each run may differ in from the others: "data", "split", and settings that were typed, by name.

    Args:
        runs: The runs.
        but: A key that does not count; nor do the seed, the fold, the milestones and where an evaluation's run is.
    """
    over = (*REPEATED, "milestones", "run", but)
    groups = {} if but in ("data.root", "data.table") else {"data": data_of}  # the name includes its folder or file
    groups |= {"split": split_of}
    hidden = _FOLDERS.get(but)  # of others, "evaluated" is how they were trained, as of an evaluation
    return [
        {name: text_of(run, over) for name, text_of in groups.items() if name != but}
        | {key: value or (_asked(run, over) if key == "evaluated" else "") for key, value in each if key != hidden}
        for run, each in zip(runs, _all_settings(runs, over), strict=True)
    ]


def differing(pairs: Sequence[tuple[Run, Run]], but: str) -> list[str]:
    """Return what differs within any of the pairs: "data", "split", and settings that were typed and both heed.

    Args:
        pairs: Two runs each.
        but: A key that does not count; nor do the seed, the fold and the milestones.
    """
    found = settings_besides([run for pair in pairs for run in pair], but)
    both = [*zip(pairs, found[::2], found[1::2], strict=True)]
    return [
        name
        for name in (found[0] if found else ())
        if any(a[name] != b[name] and not (one.ignores(name) or other.ignores(name)) for (one, other), a, b in both)
    ]


def check_over(runs: Sequence[Run], over: Sequence[str]) -> None:
    """Make sure that each key to average over is a setting of one of the runs.

    Raises:
        MusicGenreError: No run has such a key.
    """
    for key in over:
        if key not in REPEATED and not any(has_setting(run, key) for run in runs):
            raise MusicGenreError(
                f"over names {key}, which no run has: give groups (optimizer) or values (optimizer.lr) that were set."
            )


def has_setting(run: Run, key: str) -> bool:
    """Return whether a run has a setting, or it was typed for it."""
    try:
        run.value(key)
    except MusicGenreError:
        return key in map(override_key, run.overrides) or key in map(_split_key, run.split.split(" "))
    return True


def data_of(run: Run, over: Sequence[str] = REPEATED) -> str:
    """Return the data's name with its settings that are not averaged over, such as "synthetic seconds=10"."""
    asked = {text.lstrip("+"): override_key(text) for text in run.overrides}
    kept = [text for text, key in asked.items() if key.startswith("data.") and not says_where(key) and key not in over]
    return " ".join([run.data, *(_one_text(text.removeprefix("data.")) for text in kept)])


def split_of(run: Run, over: Sequence[str] = REPEATED) -> str:
    """Return the split's name with its settings that are not averaged over, such as "artist_kfold folds=3"."""
    asked = [text for text in run.overrides if override_key(text).startswith("split.")]
    chosen = run.choices.get("split") if run.files.hydra_yaml.is_file() else None
    if not asked and chosen is None:  # an ensemble, or a run tested again
        parts = [part.split(" ") for part in run.split.split(" + ")]
        return " + ".join(
            dict.fromkeys(" ".join(word for word in part if _split_key(word) not in over) for part in parts)
        )
    kept = [_one_text(text.lstrip("+").removeprefix("split.")) for text in asked if override_key(text) not in over]
    return " ".join([run.split.partition(" ")[0], *kept])


def _split_key(word: str) -> str:
    """Return the key of a setting that follows a split's name, such as "fold=2"."""
    return f"split.{word.partition('=')[0]}"


def _one_text(typed: str) -> str:
    key, equals, value = typed.partition("=")
    return key + equals + number_text(value, key)


def setting_text(run: Run, key: str) -> str:
    """Return a run's setting as text, from its config, or else as typed; empty if there is none."""
    return _value(run, key, _values(run.overrides))


def repeat_of(run: Run) -> tuple[str, ...]:
    """Return what tells a run from its repeats: seed and fold, each empty if it has none.

    An evaluation has those of the run that it tested again, or none if it is neither there nor recorded them.
    """
    return tuple(setting_text(run, key) for key in REPEATED)


def _values(overrides: Sequence[str]) -> dict[str, str]:
    return {override_key(text): _DELETED if text[:1] == "~" else text.partition("=")[2] for text in overrides}


def _typed(run: Run, over: Sequence[str]) -> dict[str, str]:
    asked = _values(asked_of(run, over))
    typed = {key: value for key, value in asked.items() if key.partition(".")[0] not in ("data", "split")}
    for key, name in _FOLDERS.items():
        if key in over and (said := getattr(run, name)):  # their folders do not count, but what they are does
            typed[name] = said
    if trained := _trained(run, over):  # the same for its repeats, wherever they are
        typed["evaluated"] = _of_others(run, over).removeprefix("evaluated ")
        checkpoint = re.findall(r"[^/\\]+\.ckpt$", setting_text(run, "run"))
        typed |= {"run": ", ".join([trained, *checkpoint])} if "run" in typed else {}
        typed |= {key: setting_text(run, key) for key in REPEATED if key not in over}
    return typed


def _trained(run: Run, over: Sequence[str]) -> str:
    """Return what the run that an evaluation tested was trained on, as recorded if it is gone; empty if unknown."""
    if run.tested is not None:
        return trained_on(run.tested, over)
    return str(run.metrics.get("trained_on", "")) if run.evaluated and run.is_finished else ""


def trained_on(run: Run, over: Sequence[str] = REPEATED) -> str:
    """Return what else than its settings tells a run from others: its data and its split, without seed and fold."""
    return f"{data_of(run, over)}, {split_of(run, (*REPEATED, *over))}"


def _heeded(run: Run, over: Sequence[str]) -> dict[str, str]:
    return {key: value for key, value in _typed(run, over).items() if _counts(run, key)}


def _counts(run: Run, key: str) -> bool:
    """Return whether a setting can tell a run from others; how a run was trained is part of what was tested again."""
    return not run.ignores(key) and (key in (*REPEATED, *_FOLDERS.values()) or not run.inherits(key))


def _compared(run: Run, key: str, typed: Mapping[str, str]) -> str:
    if key in ("run", *_FOLDERS.values()):
        return typed.get(key, "")
    if key not in OTHER_RUNS:
        return _value(run, key, typed)
    return "yes" if key in typed or _value(run, key, typed) else ""


def _value(run: Run, key: str, typed: Mapping[str, str]) -> str:
    try:
        value = run.value(key)
        return "" if value is None else value_text(value, key)
    except MusicGenreError:  # a run of another kind, or of a version without this setting
        found = "" if run.inherits(key) else typed.get(key, "")
        return "" if found in _NOTHING else number_text(found, key)


def _name(settings: Settings, keys: set[str], others: str = "", quoted: bool = False) -> str:
    told = {key: value for key, value in settings if value not in ("", _IGNORED)}
    shown = {key: value for key, value in told.items() if key in keys and key not in _FOLDERS.values()}
    experiment = [shown.pop("experiment")] if shown.get("experiment", "null") not in _NOTHING else []
    words = [_word(key, repr(value) if quoted and value not in _NOTHING else value) for key, value in shown.items()]
    return " ".join([*([others] if others else []), *experiment, *words])


def _with_nothing(settings: Settings, typed: Mapping[str, str]) -> Settings:
    """Return settings with those that were deleted or set to nothing as they were typed, to be named."""
    nothing = {key: text for key, text in typed.items() if text in _NOTHING}
    return tuple((key, value or nothing.get(key, "")) for key, value in settings)


def _word(key: str, value: str) -> str:
    return f"~{key}" if value == _DELETED else f"{key}={value}"


def names_together(runs: Sequence[Run]) -> str:
    """Return the runs in words, by all typed settings but seed and fold: "net5_bilstm + 3 x simple_cnn lr=0.1"."""
    counts = Counter(map(_asked, runs))
    return " + ".join(f"{count} x {name}" if count > 1 else name for name, count in counts.items())


def _asked(run: Run, over: Sequence[str] = REPEATED) -> str:
    if others := _of_others(run):
        return others
    typed = _heeded(run, over)
    experiment = typed.pop("experiment", "")
    words = [experiment, *(_word(key, number_text(value, key)) for key, value in sorted(typed.items()))]
    return " ".join(filter(None, words)) or "defaults"
