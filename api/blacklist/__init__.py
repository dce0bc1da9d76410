"""blacklist: is this address listed, by which feeds, since when?"""

__version__ = "0.1.0"
