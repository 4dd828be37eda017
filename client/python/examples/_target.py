"""What the examples share: where the service is, which model to ask, whose account it is."""

import argparse

MODEL = "accounts/fireworks/models/kimi-k2-instruct-0905"


def arguments(about: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--target", default="localhost:50051", help="HOST:PORT of the service")
    parser.add_argument("--model", default=MODEL)
    parser.add_argument("--account", default="-", help="your account's id; - is the one that the service has")
    return parser.parse_args()
