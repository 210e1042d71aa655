//! Signing after the Standard Webhooks specification (<https://www.standardwebhooks.com>): HMAC-SHA256 over id, time and body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bugle_storage::records::WebhookSecret;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A secret as receivers are given it.
pub fn secret_text(secret: &WebhookSecret) -> String {
    format!("whsec_{}", STANDARD.encode(secret.0))
}

/// The header `webhook-signature`: a signature with each secret, so that a receiver that knows one of them can tell that
/// the message is ours. `timestamp` is in seconds since the epoch.
pub(super) fn signatures(secrets: &[WebhookSecret], id: &str, timestamp: i64, body: &[u8]) -> String {
    let signed = secrets
        .iter()
        .filter_map(|secret| sign(&secret.0, id, timestamp, body));
    signed.collect::<Vec<_>>().join(" ")
}

/// `None` is never: a key may have any length.
fn sign(key: &[u8], id: &str, timestamp: i64, body: &[u8]) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's own libraries.
    #[test]
    fn a_signature_is_that_of_the_specification() {
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = sign(
            &key,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(
            signature.unwrap(),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn there_is_a_signature_for_each_secret() {
        let (one, other) = (WebhookSecret([1; 32]), WebhookSecret([2; 32]));
        let both = signatures(&[one, other], "msg_1", 5, b"{}");
        let each = [one, other].map(|secret| signatures(&[secret], "msg_1", 5, b"{}"));
        assert_eq!(both, each.join(" "));
        assert_ne!(each[0], each[1]);
    }
}
