"""The error of an announcement that cannot be used."""


class BadAnnouncementError(ValueError):
    """The announcement does not describe a valid agent."""
