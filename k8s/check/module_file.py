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
    if module.get("Error") or module["Sum"] != expected:
        sys.exit(f"{module['Path']} {module['Version']}: {module.get('Error') or 'has the sum ' + module['Sum']}")
    # Whole or not at all, whoever else does the same.
    shutil.copyfile(os.path.join(module["Dir"], file), target + ".new")
    os.replace(target + ".new", target)


if __name__ == "__main__":
    main()
