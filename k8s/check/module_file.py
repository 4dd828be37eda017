"""Takes one file out of a Go module whose sum is the expected one.

Usage: go mod download -json MODULE@VERSION | module_file.py SUM FILE TARGET
"""

import json
import os
import shutil
import sys


def main():
    expected, file, target = sys.argv[1:]
    module = json.load(sys.stdin)
    problem = module.get("Error")
    if not problem and module["Sum"] != expected:
        problem = "has the sum " + module["Sum"]
    if problem:
        sys.exit(f"{module['Path']} {module['Version']}: {problem}")
    # Whole or not at all, whoever else does the same.
    shutil.copyfile(os.path.join(module["Dir"], file), target + ".new")
    os.replace(target + ".new", target)


if __name__ == "__main__":
    main()
