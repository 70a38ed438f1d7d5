"""Python imports this at its start where the folder is on its path: nothing but loopback is reached, and who
tries is written down, a line each, in the file that WASL_TEST_NETWORK_ATTEMPTS names.

Python's own sockets are watched through audit events. uvloop opens connections without them: it is kept out.
"""

import ipaddress
import os
import sys
from pathlib import Path

_ATTEMPTS = Path(os.environ["WASL_TEST_NETWORK_ATTEMPTS"])
_LOOPBACK_NAMES = {None, "", "localhost", b"localhost"}

sys.modules["uvloop"] = None


class NetworkCutOff(OSError):
    """Something other than loopback was wanted."""


def _is_loopback(host):
    if host in _LOOPBACK_NAMES:
        return True
    try:
        address = ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host)
    except ValueError:
        return False  # a name would be asked of a server
    return address.is_loopback or address.is_unspecified


def _refuse(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) and address else None  # a path: a Unix socket
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        host = arguments[0]
    else:
        return
    if not _is_loopback(host):
        with _ATTEMPTS.open("a", encoding="utf-8") as attempts:
            attempts.write(f"{event} {host!r}\n")
        raise NetworkCutOff(f"{event}: {host!r} is not loopback.")


sys.addaudithook(_refuse)
