//! The open connections of each client address.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Counts of open connections by address, each at most a limit.
pub struct Addresses {
    limit: u32,
    open: Mutex<HashMap<IpAddr, u32>>,
}

/// A connection that is counted until this is dropped.
pub struct Counted {
    address: IpAddr,
    all: Arc<Addresses>,
}

impl Addresses {
    pub fn new(limit: u32) -> Self {
        Addresses { limit, open: Mutex::default() }
    }

    /// Counts a connection, unless its address has as many as the limit allows.
    pub fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Counted> {
        let address = network(address);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        match open.entry(address) {
            Entry::Occupied(count) if *count.get() >= self.limit => return None,
            Entry::Occupied(mut count) => *count.get_mut() += 1,
            Entry::Vacant(first) => drop(first.insert(1)),
        }
        Some(Counted { address, all: Arc::clone(self) })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut open = self.all.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut count) = open.entry(self.address) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

/// The part of an address that a client cannot change: the first 64 bits of IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(addresses: &Arc<Addresses>, address: &str) -> Option<Counted> {
        addresses.admit(address.parse().unwrap())
    }

    #[test]
    fn an_address_has_as_many_connections_as_the_limit_and_others_their_own() {
        let addresses = Arc::new(Addresses::new(2));
        let first = admits(&addresses, "192.0.2.1");
        let second = admits(&addresses, "::ffff:192.0.2.1");
        assert!(first.is_some() && second.is_some());
        assert!(admits(&addresses, "192.0.2.1").is_none());
        assert!(admits(&addresses, "192.0.2.2").is_some());
        drop(first);
        assert!(admits(&addresses, "192.0.2.1").is_some());
        drop(second);
        // Addresses without connections take no memory.
        assert!(addresses.open.lock().unwrap().is_empty());
    }

    #[test]
    fn the_addresses_of_an_ipv6_network_are_counted_together() {
        let addresses = Arc::new(Addresses::new(1));
        let held = admits(&addresses, "2001:db8:0:1::1");
        assert!(held.is_some());
        assert!(admits(&addresses, "2001:db8:0:1:ffff:ffff:ffff:ffff").is_none());
        assert!(admits(&addresses, "2001:db8:0:2::1").is_some());
    }
}
