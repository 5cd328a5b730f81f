"""tf.config: there is one process, and no GPU."""

from nn.tf._missing import lacks as _lacks


def list_physical_devices(device_type=None):
    """An empty list: there are no other devices."""
    return []


__getattr__ = _lacks(__name__)
