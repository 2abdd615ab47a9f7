"""The commands of `musicgenre`; the adapter of each is the module with its name in this folder."""

# Commands with Hydra's groups and keys on the command line.
COMMANDS = {
    "train": "train a classifier, test its best epoch or its last (select=), and write a run folder",
    "evaluate": "test a trained run again, on its own data or on other data",
    "gan": "train a conditional GAN alone, judge its sequences, and write a run folder",
    "generate": "draw sequences from a trained GAN: arrays, a figure, audio",
    "compare": "paired differences between the runs of a sweep, with intervals",
    "predict": "name the genre of your own music, and draw it over time",
    "demo": "open a page in the browser that classifies your music, with one run or several",
    "explore": "draw a collection, single tracks, and what a trained net makes of them",
    "export": "write a trained run as ONNX, or as PyTorch's exported program",
    "audit": "find damaged, silent, copied and near-duplicate tracks, and faults in a copy of GTZAN",
    "prepare": "compute and keep the features that training will need",
    "ensemble": "average the probabilities of several runs, as a run of its own",
    "report": "compare all runs below a folder side by side",
}

# Commands with their own arguments and flags.
TOOLS = {
    "runs": "list the runs below a folder with state, accuracies and size; remove failed or unfinished ones",
    "list": "list the experiments, the nets, or the options of any other group, one per line",
    "completion": "tab completion for your shell: bash, zsh or fish",
}
