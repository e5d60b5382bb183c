"""Errors that are the user's to mend, told in one line."""


class UserError(Exception):
    """Bad input: the message names the file, the item and the remedy.

    Commands and workflow scripts print it as one line and exit with status 2; anything else
    that is raised is a bug and shows its traceback.
    """

    def __init__(self, message: str):
        super().__init__(" ".join(str(message).split()))
