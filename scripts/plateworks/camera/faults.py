"""What can go wrong with a device, sorted by what is to be done about it."""

from plateworks.errors import PlateworksError


class CameraFailed(PlateworksError):  # noqa: N818 - an outcome, told apart by what to do next
    """The series stops here; its text says what the device did and what to change."""


class LostFrame(PlateworksError):  # noqa: N818
    """This one frame is lost, the camera is idle again and the frame is worth retaking."""


class Refused(CameraFailed):
    """The device answered a request with an error of its own."""


class NotOffered(Refused):
    """The device answered that it has no such property or method."""


class Unreachable(CameraFailed):
    """The server of the device does not answer, or its answer broke off."""
