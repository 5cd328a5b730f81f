"""What the figures were measured on."""

import os
import platform
import sysconfig

import autodiff as ad


def has_profile():
    """Whether this Python says that it was built with its own profile (PGO). Compiled engines live on calls into libpython.

    Debian's Python has a profile, and does not say so.
    """
    return "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")


def processor():
    """The processor's name, as far as the system tells."""
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def description():
    """One line: the engine, Python and numpy, whether Python has a profile, the processor."""
    profile = "built with PGO" if has_profile() else "which does not say that it was built with PGO"
    return f"{ad.build_info()} ({profile}); {processor()}, {os.cpu_count()} cores, of which one is used"
