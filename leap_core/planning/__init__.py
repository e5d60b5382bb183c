"""What a run needs before it starts: what config and skeleton must tell, and what it will cost.

Import the module you need: the workflow takes :mod:`.checks` and :mod:`.patterns` alone.
"""
