"""The command line: `musicgenre COMMAND ...`, or `python -m musicgenre COMMAND ...`."""

import os
import sys
from importlib import import_module

from musicgenre import __version__
from musicgenre.cli.as_typed import as_typed
from musicgenre.cli.commands import COMMANDS, TOOLS
from musicgenre.cli.completion import complete
from musicgenre.cli.ctrl_c import forget, heeded, interrupted
from musicgenre.suggest import did_you_mean
from musicgenre.transcript import print_any_sign

USAGE = """\
musicgenre: music genre classification, from a folder of audio to a tested classifier.

  {musicgenre} COMMAND [GROUP=OPTION ...] [KEY=VALUE ...] [-m]

Commands:
{commands}

  {musicgenre} train
      trains right away, on a corpus that it renders
  {musicgenre} train experiment=net5_bilstm data=gtzan data.root=DIR
  {musicgenre} train -m model=fcnn,cnn_bn optimizer=adam,sgd,rmsprop seed=1,2,3
  {musicgenre} predict run=RUN_FOLDER audio=FILE_OR_FOLDER
  {musicgenre} train --help
      lists every group and value
  eval "$({musicgenre} completion bash)"
      switches on Tab completion (or zsh, fish)
  {tensorboard} --logdir outputs
      shows the runs
"""


def usage() -> str:
    """Return the page that `musicgenre --help` prints."""
    every = COMMANDS | TOOLS
    width = max(map(len, every))
    typed = {name: as_typed(name) for name in ("musicgenre", "tensorboard")}
    return USAGE.format(**typed, commands="\n".join(f"  {name:{width}}  {text}" for name, text in every.items()))


def main() -> int:
    """Run the command that the arguments name and return the exit status.

    Returns:
        0 on success; 1 on any failure, including a mistyped command; 130 after Ctrl-C at any point.
    """
    print_any_sign()
    try:
        with heeded():
            return _main()
    except BrokenPipeError:  # the reader has closed the pipe, like `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except BaseException as error:
        if not interrupted(error):
            raise
        print("Interrupted.", file=sys.stderr)  # while a command was loading, or ran without a job
        forget()
        return 130


def _main() -> int:
    name, *rest = sys.argv[1:] or ["help"]
    if name in ("-h", "--help", "help"):
        print(usage())
    elif name == "--version":
        print(f"musicgenre {__version__}")
    elif name == "--complete":
        print("\n".join(complete(" ".join(rest))))
    elif name in COMMANDS:
        from musicgenre.cli.launch import launch  # imports Hydra, which is not needed above

        return launch(name, rest)
    elif name in TOOLS:
        done: int = import_module(f"musicgenre.cli.{name}").main(rest)
        return done
    else:
        guess = did_you_mean(name, [*COMMANDS, *TOOLS])
        print(f"There is no command {name!r}.{guess} Commands: {', '.join(COMMANDS | TOOLS)}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
