//! How a client's address is counted without being kept.

use std::hash::Hasher;
use std::net::IpAddr;

use bugle_storage::AddressHash;
use bugle_storage::records::Secret;
use siphasher::sip::SipHasher13;

/// Hashes an address with this installation's key. Callers cut IPv6 to its network first.
pub fn hash_address(secret: &Secret, address: IpAddr) -> AddressHash {
    let mut key = [0; 16];
    key.iter_mut().zip(secret.0).for_each(|(slot, byte)| *slot = byte);
    let mut hasher = SipHasher13::new_with_key(&key);
    match address {
        IpAddr::V4(address) => hasher.write(&address.octets()),
        IpAddr::V6(address) => hasher.write(&address.octets()),
    }
    AddressHash(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_depends_on_address_and_key() {
        let hash = |key, address: &str| hash_address(&Secret([key; 32]), address.parse().unwrap());
        assert_eq!(hash(1, "192.0.2.1"), hash(1, "192.0.2.1"));
        assert_ne!(hash(1, "192.0.2.1"), hash(1, "192.0.2.2"));
        assert_ne!(hash(1, "192.0.2.1"), hash(2, "192.0.2.1"));
    }
}
