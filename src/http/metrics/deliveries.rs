//! What became of webhooks' messages and of mail: one number for the whole server, so that no project is told from another.

use std::fmt;

use bugle_actors::{Actors, Deliveries};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

pub(super) struct Sent(pub(super) Actors);

impl fmt::Debug for Sent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Sent(..)")
    }
}

impl Collector for Sent {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let webhooks = self.0.webhook_deliveries();
        let outcomes = "What became of messages to webhooks";
        show_outcomes(&mut encoder, ("bugle_webhook_deliveries", outcomes), webhooks)?;
        let due = "Messages that webhooks are still to be sent, as far as is known";
        show_due(&mut encoder, ("bugle_webhook_deliveries_due", due), webhooks)?;
        let mails = self.0.mail_deliveries();
        show_outcomes(&mut encoder, ("bugle_mails", "What became of mails"), mails)?;
        let due = "Mails that are still to be sent, as far as is known";
        show_due(&mut encoder, ("bugle_mails_due", due), mails)
    }
}

fn show_outcomes(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help): (&str, &str),
    deliveries: &Deliveries,
) -> Result<(), fmt::Error> {
    let counts = deliveries.counts();
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (outcome, count) in [
        ("delivered", counts.delivered),
        ("failed", counts.failed),
        ("given_up", counts.given_up),
    ] {
        let label = [("outcome", outcome)];
        ConstCounter::new(count).encode(family.encode_family(&label)?)?;
    }
    Ok(())
}

fn show_due(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help): (&str, &str),
    deliveries: &Deliveries,
) -> Result<(), fmt::Error> {
    let gauge = ConstGauge::new(i64::try_from(deliveries.due()).unwrap_or(i64::MAX));
    let descriptor = encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
    gauge.encode(descriptor)
}
