"""What can go wrong."""


class Error(Exception):
    """Whatever farthing refuses."""


class CompileError(Error):
    """A .slo file has errors, or cannot be read. Its text is what the command line prints."""


class RecordError(Error, ValueError):
    """An event is not as the file declares it. It counts for nothing."""


class UnknownNameError(Error, AttributeError):
    """There is no event, field, service or objective of this name."""
