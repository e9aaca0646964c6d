"""Which addresses a user's URL may lead to.

The rule is asked of the address that a socket is about to be opened to, after the name was resolved: so literals in
whatever notation, names, redirects and names that change between two look-ups all have to pass it.
"""

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from mesh_engine.door.config import Network
from mesh_engine.door.errors import EngineError, Word

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
AddressInfo = tuple[int, int, int, str, tuple[object, ...]]

# Prefixes within which IPv6 carries an IPv4 address; a translator at the network's edge would lead there.
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))


def check_form(url: str) -> None:
    """Refuse a URL by its form alone.

    Raises
    ------
    EngineError
        ``URL_BLOCKED`` for other schemes than http and https, for user names and passwords, and for what is no URL.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise EngineError(Word.URL_BLOCKED, f"image_url is no URL: {error}") from error
    if parts.scheme not in ("http", "https"):
        raise EngineError(
            Word.URL_BLOCKED, f"image_url has the scheme {parts.scheme[:20]!r}; allowed are http and https"
        )
    if parts.username is not None or parts.password is not None:
        raise EngineError(Word.URL_BLOCKED, "image_url names a user; allowed are addresses without")
    if (
        not parts.hostname
        or "%" in parts.hostname
        or "\\" in url
        or any(ord(sign) <= 32 or ord(sign) == 127 for sign in url)
    ):
        raise EngineError(Word.URL_BLOCKED, "image_url is no URL; allowed is http(s)://host/path without spaces")


def is_allowed(address: str, allowed: Iterable[Network]) -> bool:
    """Whether a user's URL may lead to an address: a public one, or one of a network that the operator listed."""
    # A scope, as in fe80::1%eth0, makes an address a neighbour's.
    if "%" in address:
        return False
    plain = _unwrapped(ipaddress.ip_address(address))
    if any(plain.version == network.version and plain in network for network in allowed):
        return True
    return plain.is_global and not plain.is_multicast and not plain.is_reserved


class Guard:
    """Makes sockets for the addresses that are allowed, and no other; a ``socket_factory`` of aiohttp.

    Parameters
    ----------
    allowed : tuple of networks
        Private ones that are allowed nevertheless.

    Attributes
    ----------
    has_refused : bool
        Whether an address was refused. The library only tells that no address of a name could be connected to.
    """

    def __init__(self, allowed: tuple[Network, ...]) -> None:
        self._allowed = allowed
        self.has_refused = False

    def __call__(self, info: AddressInfo) -> socket.socket:
        """Open a socket for an address as ``getaddrinfo`` gives it."""
        family, kind, protocol, _, address = info
        if not is_allowed(str(address[0]), self._allowed):
            self.has_refused = True
            raise PermissionError(f"{address[0]} is not public")
        return socket.socket(family, kind, protocol)


def _unwrapped(address: Address) -> Address:
    """Find the IPv4 address within an IPv6 one, where there is one."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if any(address in prefix for prefix in _NAT64):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None) or _compatible(address)


def _compatible(address: ipaddress.IPv6Address) -> Address:
    """``::a.b.c.d``, long out of use and still understood."""
    number = int(address)
    return ipaddress.IPv4Address(number) if 1 < number < 2**32 else address
