//! How an endpoint is written down, and where.

use bugle_storage::records::{EventReference, EventSource, Webhook, WebhookProgress, WebhookSecret};
use bugle_storage::{Batch, Key, ShardId, StorageError, Table, WebhookId};

use super::{Endpoint, LOG_LENGTH};

impl Endpoint {
    /// Puts its settings into a batch.
    pub(in crate::webhooks) fn put_settings(&mut self, batch: &mut Batch) -> Result<(), StorageError> {
        self.has_unwritten_settings = false;
        batch.put(place(Table::Webhook, self.webhook.id), &self.webhook)
    }

    /// Puts into a batch what is not as it is written: that it is off, how far it is, what is tried again, the log.
    pub(in crate::webhooks) fn put_changes(&mut self, batch: &mut Batch) -> Result<(), StorageError> {
        if self.has_unwritten_settings {
            self.put_settings(batch)?;
        }
        let id = self.webhook.id;
        for reference in std::mem::take(&mut self.changed) {
            let place = retry_place(id, reference);
            match self.retries.get(&reference) {
                Some(retry) => batch.put(place, retry)?,
                None => batch.delete(place),
            }
        }
        let first_kept = self.next_delivery.saturating_sub(LOG_LENGTH);
        for entry in self.log.drain(..) {
            batch.put(place(Table::WebhookDelivery, id).u64(entry.number), &entry)?;
        }
        for number in self.written.next_delivery.saturating_sub(LOG_LENGTH).max(1)..first_kept {
            batch.delete(place(Table::WebhookDelivery, id).u64(number));
        }
        let progress = WebhookProgress {
            project: self.through(EventSource::Project),
            tokens: self.through(EventSource::Tokens),
            next_delivery: self.next_delivery,
            failing_since: self.failing_since,
        };
        if progress != self.written {
            batch.put(place(Table::WebhookProgress, id), &progress)?;
            self.written = progress;
        }
        Ok(())
    }

    /// Puts into a batch that it is gone, and all that is written of it.
    pub(in crate::webhooks) fn put_deletion(&self, batch: &mut Batch) -> Result<(), StorageError> {
        let id = self.webhook.id;
        let left = Webhook {
            url: String::new(),
            description: None,
            secret: WebhookSecret([0; 32]),
            previous_secret: None,
            deleted: true,
            ..self.webhook.clone()
        };
        batch.put(place(Table::Webhook, id), &left)?;
        batch.delete(place(Table::WebhookProgress, id));
        for reference in self.retries.keys().chain(&self.changed) {
            batch.delete(retry_place(id, *reference));
        }
        for number in self.written.next_delivery.saturating_sub(LOG_LENGTH)..self.written.next_delivery {
            batch.delete(place(Table::WebhookDelivery, id).u64(number));
        }
        Ok(())
    }
}

/// Where what the system keeps of an endpoint lies.
pub(in crate::webhooks) fn place(table: Table, webhook: WebhookId) -> Key {
    Key::new(ShardId::SYSTEM, table).u64(webhook.0)
}

fn retry_place(webhook: WebhookId, reference: EventReference) -> Key {
    place(Table::WebhookRetry, webhook)
        .bytes(&[reference.source as u8])
        .u64(reference.sequence)
}

/// The endpoint and the event that the key of a retry names.
pub(in crate::webhooks) fn parse_retry_place(key: &Key) -> Option<(WebhookId, EventReference)> {
    let (webhook, rest) = key.as_bytes().get(2..)?.split_first_chunk::<8>()?;
    let (source, sequence) = rest.split_first()?;
    let reference = EventReference {
        source: EventSource::from_byte(*source)?,
        sequence: u64::from_be_bytes(sequence.try_into().ok()?),
    };
    Some((WebhookId(u64::from_be_bytes(*webhook)), reference))
}
