"""The command line: `musicgenre COMMAND ...`, or `python -m musicgenre COMMAND ...`."""

import os
import sys
from importlib import import_module

from musicgenre.suggest import did_you_mean

COMMANDS = {
    "train": "train a classifier, test its best checkpoint, and write a run folder",
    "evaluate": "test a trained run again, on its own data or on other data",
    "gan": "train a conditional GAN alone, judge its sequences, and write a run folder",
    "generate": "draw sequences from a trained GAN: arrays, a figure, audio",
    "compare": "paired differences between the runs of a sweep, with intervals",
    "predict": "name the genre of your own music, and draw it over time",
    "explore": "draw a collection, single tracks, and what a trained net makes of them",
    "export": "write a trained run as ONNX, or as PyTorch's exported program",
    "prepare": "compute and keep the features that training will need",
    "ensemble": "average the probabilities of several runs, as a run of its own",
    "report": "lay all runs below a folder side by side",
}

_MODULES = {
    "train": "cli.train",
    "evaluate": "training.evaluate",
    "gan": "gan.alone",
    "generate": "gan.generate",
    "compare": "runs.compare",
    "predict": "prediction.predict",
    "explore": "explore.collection",
    "export": "prediction.export_run",
    "prepare": "training.prepare",
    "ensemble": "runs.ensemble",
    "report": "runs.report",
}

USAGE = """\
musicgenre: music genre classification, from a folder of audio to a tested classifier.

  musicgenre COMMAND [GROUP=OPTION ...] [KEY=VALUE ...] [-m]

Commands:
{commands}

  musicgenre train                                              learn genres from a rendered corpus, now
  musicgenre train experiment=net5_bilstm data=gtzan data.root=DIR
  musicgenre train -m model=fcnn,cnn_bn optimizer=adam,sgd,rmsprop seed=1,2,3
  musicgenre predict run=RUN_FOLDER audio=FILE_OR_FOLDER
  musicgenre train --help                                       every group and value
  tensorboard --logdir outputs                                  look at the runs
"""


def usage() -> str:
    """The page that `musicgenre --help` prints."""
    width = max(map(len, COMMANDS))
    return USAGE.format(commands="\n".join(f"  {name:{width}}  {text}" for name, text in COMMANDS.items()))


def main() -> int:
    """Run the command that the arguments name; give the exit status."""
    arguments = sys.argv[1:]
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(usage())
        return 0
    if arguments[0] == "--version":
        from musicgenre import __version__

        print(f"musicgenre {__version__}")
        return 0
    name, *rest = arguments
    if name not in COMMANDS:
        hint = did_you_mean(name, COMMANDS)
        print(f"There is no command {name!r}.{hint} Commands: {', '.join(COMMANDS)}.", file=sys.stderr)
        return 2
    # OpenMP's threads spin while they wait; on a core that another program uses, that makes training many times slower.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from musicgenre.cli.launch import launch

    task = import_module(f"musicgenre.{_MODULES[name]}").run
    return launch(name, task, rest)


if __name__ == "__main__":
    sys.exit(main())
