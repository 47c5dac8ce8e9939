"""The error of an announcement that cannot be used."""


class BadAnnouncementError(ValueError):
    """The announcement is not one of an agent."""
