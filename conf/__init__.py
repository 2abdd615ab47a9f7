"""The configs of every command, one folder a group; Hydra asks that a package of configs has this file.

A program of one's own, which finds them as `pkg://musicgenre.conf`, imports it and so knows what they ask for in names
of folders.
"""

from musicgenre.cli.job_names import register

register()
