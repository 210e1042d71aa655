//! How the server is, looked up at each reading.

use std::fmt;

use bugle_actors::Actors;
use bugle_storage::StoreState;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

pub(super) struct Condition(pub(super) Actors);

impl fmt::Debug for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Condition(..)")
    }
}

impl Collector for Condition {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut show = |name: &str, help: &str, metric: &dyn EncodeMetric| {
            let descriptor = encoder.encode_descriptor(name, help, None, metric.metric_type())?;
            metric.encode(descriptor)
        };
        let health = self.0.health();
        let is_writable = self.0.store().state() == StoreState::Writable;
        let is_ready = health.is_ready() && is_writable;
        let users = i64::try_from(self.0.directory().user_count()).unwrap_or(i64::MAX);
        let help = "1 while reports are taken, as /readyz says";
        show("bugle_ready", help, &ConstGauge::new(i64::from(is_ready)))?;
        let help = "1 while the store takes writes";
        show(
            "bugle_store_writable",
            help,
            &ConstGauge::new(i64::from(is_writable)),
        )?;
        let help = "Actors that failed and were started again";
        show(
            "bugle_actor_restarts",
            help,
            &ConstCounter::new(health.restarts()),
        )?;
        show("bugle_users", "People with an account", &ConstGauge::new(users))
    }
}
