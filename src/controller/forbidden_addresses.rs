//! Addresses where no database is, whatever the operator is allowed: services of clouds that give away credentials.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IPv4 networks with the length of their prefix: link-local, where most clouds have their metadata; this host; Azure's
/// WireServer, Alibaba's and Oracle's metadata.
const IPV4: [(Ipv4Addr, u32); 5] = [
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    (Ipv4Addr::new(100, 100, 100, 200), 32),
    (Ipv4Addr::new(192, 0, 0, 192), 32),
];

/// IPv6 networks: link-local, this host, and the metadata of AWS, Google, Oracle and Scaleway.
const IPV6: [(Ipv6Addr, u32); 6] = [
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
    (Ipv6Addr::UNSPECIFIED, 128),
    (Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0xfd00, 0x00c1, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0xfd00, 0x0042, 0, 0, 0, 0, 0, 0), 32),
];

/// Whether an address leads to the metadata of a cloud, also by way of a translator.
pub fn is_forbidden(address: IpAddr) -> bool {
    spellings(address).into_iter().any(|address| match address {
        IpAddr::V4(address) => IPV4.iter().any(|(network, prefix)| {
            let differ = address.to_bits() ^ network.to_bits();
            differ.leading_zeros() >= *prefix
        }),
        IpAddr::V6(address) => IPV6.iter().any(|(network, prefix)| {
            let differ = address.to_bits() ^ network.to_bits();
            differ.leading_zeros() >= *prefix
        }),
    })
}

/// Returns an address, and the IPv4 addresses that it may stand for: mapped, compatible, 6to4 (RFC 3056) and NAT64
/// (RFC 6052, with the well-known prefix and those for local use).
pub fn spellings(address: IpAddr) -> Vec<IpAddr> {
    let IpAddr::V6(v6) = address else { return vec![address] };
    let last = |v6: Ipv6Addr| {
        let [.., high, low] = v6.segments();
        u32::from(high) << 16 | u32::from(low)
    };
    let inside = match v6.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, ..] if !v6.is_loopback() => vec![last(v6)],
        [0x2002, high, low, ..] => vec![u32::from(high) << 16 | u32::from(low)],
        [0x64, 0xff9b, 0, 0, 0, 0, ..] => vec![last(v6)],
        // With a prefix of 48 bits the address stands around the ninth byte, which is zero.
        [0x64, 0xff9b, 1, high, middle, low, ..] => {
            vec![last(v6), u32::from(high) << 16 | (u32::from(middle) & 0xff) << 8 | u32::from(low) >> 8]
        }
        _ => Vec::new(),
    };
    let inside = inside.into_iter().map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits)));
    std::iter::once(address).chain(inside).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_services_are_forbidden_in_each_spelling() {
        for address in [
            "169.254.169.254",
            "169.254.0.23",
            "0.0.0.0",
            "168.63.129.16",
            "100.100.100.200",
            "192.0.0.192",
            "::",
            "fe80::1",
            "febf::1",
            "fd00:ec2::254",
            "fd00:ec2::23",
            "fd20:ce::254",
            "fd00:c1::a9fe:a9fe",
            "fd00:42::42",
            "::ffff:169.254.169.254",
            "::169.254.169.254",
            "2002:a9fe:a9fe::1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b::6464:64c8",
            "64:ff9b:1::a9fe:a9fe",
            "64:ff9b:1:a9fe:a9:fe00::",
        ] {
            assert!(is_forbidden(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn databases_are_not() {
        for address in [
            "10.0.0.7",
            "127.0.0.1",
            "169.253.0.1",
            "168.63.129.17",
            "100.100.100.201",
            "::1",
            "fd00:ec1::254",
            "fd12::1",
            "fec0::1",
            "::ffff:10.0.0.7",
            "2002:a00:7::1",
            "64:ff9b::a00:7",
            "2001:db8::a9fe:a9fe",
        ] {
            assert!(!is_forbidden(address.parse().unwrap()), "{address}");
        }
    }
}
