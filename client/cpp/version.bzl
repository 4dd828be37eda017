"""The version of the installable C++ client."""

VERSION = "0.1.0"
