//! The sources of requests: addresses of end users, as a partner's server reports them, and the networks
//! for which their sends and attempts count.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use crate::id::OrganizationId;
use crate::key::KeyBytes;
use crate::{encoding, entropy, mac};

/// In how many counters a site's attempts are counted, each with the limit: a site may send ten times as
/// much as one of its subnets.
const SITE_COUNTERS: u8 = 10;

/// The text is not an IPv4 or IPv6 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an IPv4 or IPv6 address")]
pub struct InvalidSource;

/// The address of an end user. Personal data: its debug output is redacted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Source(IpAddr);

impl Source {
    /// Accepts one address without port, brackets or zone. An IPv4-mapped IPv6 address (RFC 4291
    /// §2.5.5.2) is its IPv4 address: a dual-stack socket reports that form.
    pub fn parse(text: &str) -> Result<Self, InvalidSource> {
        let address: IpAddr = text.trim_ascii().parse().map_err(|_| InvalidSource)?;
        Ok(Self(address.to_canonical()))
    }

    /// The address as text, for the log of the request and for nothing else.
    pub fn text(self) -> String {
        self.0.to_string()
    }

    /// The networks that an attempt counts for, the smallest first: an IPv4 address; of IPv6 the subnet
    /// (/64), which one device may use as a whole, and the site (/48), which one customer may.
    pub fn networks(self) -> Vec<Network> {
        match self.0 {
            IpAddr::V4(address) => vec![Network { name: address.to_string(), counters: 1 }],
            IpAddr::V6(address) => vec![
                Network { name: prefix(address, 64), counters: 1 },
                Network { name: prefix(address, 48), counters: SITE_COUNTERS },
            ],
        }
    }
}

fn prefix(address: Ipv6Addr, bits: u8) -> String {
    let network = address.to_bits() & (u128::MAX << (128 - u32::from(bits)));
    format!("{}/{bits}", Ipv6Addr::from_bits(network))
}

impl fmt::Debug for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Source(redacted)")
    }
}

/// A network that attempts are counted for.
#[derive(Clone, PartialEq, Eq)]
pub struct Network {
    name: String,
    counters: u8,
}

impl Network {
    /// One of the network's counters, by chance. Many small ones cost less than a large one, because
    /// DynamoDB bills a write by the size of the item.
    pub fn counter(&self, key: &KeyBytes, organization: &OrganizationId) -> NetworkCounter {
        let [chance] = entropy::bytes();
        let digest = mac::sha256(
            key,
            &[[organization.as_str(), "source", &self.name].join("\u{1f}").as_bytes()],
        );
        // 128 bits, to keep the item small: nobody gains by two networks with one counter.
        NetworkCounter(format!("{}.{}", encoding::base64url(&digest[..16]), chance % self.counters))
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Network(redacted)")
    }
}

/// Names a counter of a network in a key: base64url of half of HMAC-SHA256(identifier key, organization
/// ‖ 0x1f ‖ `source` ‖ 0x1f ‖ network), and the counter's number. Without the key, nobody can compute it
/// from a list of addresses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NetworkCounter(String);

impl NetworkCounter {
    /// The text that is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::key::KeyRing;

    fn key(byte: u8) -> KeyBytes {
        let text = encoding::base64url(&[byte; 64]);
        let ring = format!(r#"{{"kid":"k","key":"{text}"}}"#);
        serde_json::from_str::<KeyRing>(&ring).unwrap().current.bytes
    }

    fn names(text: &str) -> Vec<String> {
        Source::parse(text).unwrap().networks().into_iter().map(|it| it.name).collect()
    }

    #[test]
    fn an_ipv4_address_counts_for_itself_also_when_it_is_mapped() {
        for text in ["203.0.113.7", " 203.0.113.7\t", "::ffff:203.0.113.7", "::FFFF:cb00:7107"] {
            assert_eq!(names(text), ["203.0.113.7"], "{text}");
        }
    }

    #[test]
    fn an_ipv6_address_counts_for_its_subnet_and_its_site() {
        let expected = ["2001:db8:1:2::/64", "2001:db8:1::/48"];
        for text in ["2001:db8:1:2::1", "2001:0DB8:1:2:ffff:ffff:ffff:ffff"] {
            assert_eq!(names(text), expected, "{text}");
        }
        assert_eq!(names("2001:db8:1:3::1"), ["2001:db8:1:3::/64", "2001:db8:1::/48"]);
        assert_eq!(names("::1"), ["::/64", "::/48"]);
    }

    #[test]
    fn anything_but_one_address_is_refused() {
        for text in [
            "",
            " ",
            "203.0.113",
            "203.0.113.256",
            "203.0.113.07",
            "203.0.113.7:443",
            "203.0.113.7,203.0.113.7",
            "203.0.113.0/24",
            "[2001:db8::1]",
            "2001:db8::1%eth0",
            "fe80::1::2",
            "0x7f000001",
            "localhost",
            "１.２.３.４",
        ] {
            assert_eq!(Source::parse(text), Err(InvalidSource), "{text:?}");
        }
    }

    #[test]
    fn a_site_has_ten_counters_and_any_other_network_has_one() {
        let key = key(1);
        let organization = OrganizationId::random();
        let networks = Source::parse("2001:db8::1").unwrap().networks();
        let counters = networks.iter().map(|network| {
            let chosen = (0..500).map(|_| network.counter(&key, &organization).0);
            chosen.collect::<BTreeSet<_>>().len()
        });
        assert_eq!(counters.collect::<Vec<_>>(), [1, 10]);
    }

    #[test]
    fn a_network_has_another_counter_for_every_organization_and_key() {
        let (network, key_1) = (&Source::parse("192.0.2.1").unwrap().networks()[0], key(1));
        let organization = OrganizationId::random();
        let counter = network.counter(&key_1, &organization);
        assert_eq!(network.counter(&key_1, &organization), counter);
        assert_ne!(network.counter(&key_1, &OrganizationId::random()), counter);
        assert_ne!(network.counter(&key(2), &organization), counter);
    }

    #[test]
    fn no_address_is_printed() {
        let source = Source::parse("203.0.113.7").unwrap();
        let printed = format!("{source:?} {:?}", source.networks());
        assert!(!printed.contains("203"), "{printed}");
    }

    proptest! {
        #[test]
        fn every_address_has_the_same_networks_as_all_of_its_subnet(
            subnet in any::<u64>(),
            one in any::<u64>(),
            other in any::<u64>(),
        ) {
            let address = |host: u64| Ipv6Addr::from_bits(u128::from(subnet) << 64 | u128::from(host));
            prop_assume!(address(one).to_ipv4_mapped().or(address(other).to_ipv4_mapped()).is_none());
            prop_assert_eq!(names(&address(one).to_string()), names(&address(other).to_string()));
        }
    }
}
