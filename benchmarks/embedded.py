"""(c)"""


def run(folder, repeats, squad=None):
    raise SystemExit("todo")
