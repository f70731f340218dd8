"""Which addresses are public."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongyi_portal.common.addresses import is_public, is_within, parse_networks

ANY_IPV4 = st.integers(0, 2**32 - 1).map(IPv4Address)
ANY_IPV6 = st.integers(0, 2**128 - 1).map(IPv6Address)


@pytest.mark.parametrize(
    "text",
    [
        *("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255"),
        *("192.168.1.1", "169.254.169.254", "169.254.170.2", "100.64.0.1", "100.100.100.200"),
        *("192.0.0.192", "168.63.129.16", "198.18.0.1", "224.0.0.1", "239.255.255.255", "255.255.255.255"),
        *("240.0.0.1", "192.0.2.1", "198.51.100.7", "203.0.113.9", "192.88.99.1"),
        *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1"),
        *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::ffff:0:127.0.0.1"),
        *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808", "2002:7f00:1::", "2002:808:808::1"),
        *("2001::1", "2001:0:808:808::1", "2001:db8::1", "100::1", "3fff::1", "5f00::1", "2606:4700::1%eth0"),
    ],
)
def test_an_address_of_a_private_or_special_range_is_not_public(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize(
    "text",
    [
        *("8.8.8.8", "1.1.1.1", "223.5.5.5", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1"),
        *("2606:4700:4700::1111", "2400:3200::1", "::ffff:8.8.8.8", "64:ff9b::808:808"),
    ],
)
def test_an_address_of_the_open_internet_is_public(text: str) -> None:
    assert is_public(ip_address(text))


@given(ANY_IPV4)
def test_what_python_calls_private_loopback_or_multicast_is_never_public(address: IPv4Address) -> None:
    special = (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
    )
    assert not (special and is_public(address))


@given(ANY_IPV6)
def test_what_python_calls_not_global_is_never_public_in_ipv6(address: IPv6Address) -> None:
    if address.ipv4_mapped is None and not address.is_global:
        assert not is_public(address)


@given(ANY_IPV4)
def test_an_ipv4_address_inside_an_ipv6_one_is_never_more_public_than_itself(address: IPv4Address) -> None:
    number = int(address)
    mapped = IPv6Address((0xFFFF << 32) | number)
    nat64 = IPv6Address((0x64FF9B << 96) | number)
    six_to_four = IPv6Address((0x2002 << 112) | (number << 80) | 1)
    compatible = IPv6Address(number)
    assert is_public(mapped) == is_public(address) == is_public(nat64)
    assert not is_public(six_to_four)
    assert not is_public(compatible)


@given(ANY_IPV4)
def test_a_mapped_address_lies_in_the_network_of_its_ipv4_address(address: IPv4Address) -> None:
    networks = parse_networks(["10.0.0.0/8"])
    mapped = IPv6Address((0xFFFF << 32) | int(address))
    assert is_within(mapped, networks) == is_within(address, networks) == str(address).startswith("10.")
