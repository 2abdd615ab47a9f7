from pathlib import Path

from command_line import fails, train


def test_folders_without_validation_say_how_to_take_some(tmp_path: Path, corpus_root: Path) -> None:
    genres = sorted(path for path in corpus_root.iterdir() if path.is_dir())
    for genre in genres:
        for place, file in enumerate(sorted(genre.iterdir())):
            target = tmp_path / "music" / ("train" if place % 2 else "test") / genre.name / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    result = train(tmp_path / "run", tmp_path / "music", "split=folders", "scheduler=plateau")
    fails(result, "split.val=0.1 would take a tenth of the training tracks", "callbacks.early_stopping=null")
