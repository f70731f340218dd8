"""Which IP addresses are public; all others are out of reach of requests made for others. Pure Python.

Source: the IANA special-purpose address registries (RFC 6890 and its updates), and addresses at which cloud
machines find secrets of their own.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NOT_PUBLIC_4 = tuple(
    IPv4Network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24"),
        *("192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
        *("224.0.0.0/4", "240.0.0.0/4"),
        "168.63.129.16/32",  # Azure's platform services, at a public-looking address
    )
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarking
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, long obsolete: an IPv4 address in disguise
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
    )
)
_MAPPED, _NAT64 = IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """Whether an address belongs to the open internet.

    IPv4 addresses inside IPv6 ones are judged as what they lead to: mapped ones and those of the well-known
    NAT64 prefix. 6to4, Teredo, IPv4-compatible and local NAT64 addresses are never public.
    """
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    if address.scope_id is not None:
        return False
    if address in _MAPPED or address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    return address in _GLOBAL_UNICAST and not any(address in network for network in _NOT_PUBLIC_6)


def is_within(address: Address, networks: tuple[Network, ...]) -> bool:
    """Whether an address, or the IPv4 address that it maps, lies in one of `networks`."""
    if isinstance(address, IPv6Address) and address in _MAPPED:
        address = IPv4Address(int(address) & 0xFFFF_FFFF)
    return any(address.version == network.version and address in network for network in networks)


def parse_address(text: str) -> Address:
    """An address as text, with or without a zone. Raises ValueError."""
    return ip_address(text)


def parse_networks(texts: list[str]) -> tuple[Network, ...]:
    """Networks in CIDR notation. Raises ValueError for one that has host bits set."""
    return tuple(ip_network(text) for text in texts)
