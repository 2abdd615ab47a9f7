"""The one exception for a user's mistake: its message is all that the command line shows."""


class MusicGenreError(Exception):
    """Something the user can mend: the message says what was found, where, and what to do."""
