//! Counts what the operator does, as metrics in the OpenMetrics format. Their labels are bounded: reasons and outcomes, never names of resources.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, text};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use crate::api::Reason;
use crate::mysql::Traffic;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByReason {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByOutcome {
    outcome: &'static str,
}

/// What waits to be reconciled, and what is.
#[derive(Debug, Clone, Copy, Default)]
pub struct QueueFigures {
    /// Resources that are due and wait.
    pub waiting: usize,
    pub in_flight: usize,
    /// Since when the oldest waits.
    pub oldest: Option<Instant>,
}

/// The operator's metrics.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    reconciles: Family<ByReason, Counter>,
    reconcile_seconds: Histogram,
    panics: Counter,
    queue: Arc<Mutex<QueueFigures>>,
    statements: Family<ByOutcome, Counter>,
}

impl Metrics {
    /// Registers all metrics; `traffic` counts the messages to servers.
    pub fn new(traffic: Traffic) -> Self {
        let mut registry = Registry::with_prefix("schema_operator");
        let reconciles = Family::default();
        registry.register("reconciles", "Reconciles by the reason they reported", reconciles.clone());
        let reconcile_seconds = Histogram::new(exponential_buckets(0.001, 2.0, 16));
        registry.register("reconcile_duration_seconds", "Time of a reconcile", reconcile_seconds.clone());
        let panics = Counter::default();
        registry.register(
            "reconcile_panics",
            "Reconciles and changes that a fault of the operator ended",
            panics.clone(),
        );
        let queue = Arc::default();
        registry.register_collector(Box::new(QueueCollector(Arc::clone(&queue))));
        let statements = Family::default();
        registry.register("statements", "Statements that changed a schema, by outcome", statements.clone());
        registry.register_collector(Box::new(TrafficCollector(traffic)));
        Self { registry, reconciles, reconcile_seconds, panics, queue, statements }
    }

    /// Counts a reconcile by the reason that it reported.
    pub fn count_reconcile(&self, reason: Reason, took: Duration) {
        self.reconciles.get_or_create(&ByReason { reason: reason.as_str() }).inc();
        self.reconcile_seconds.observe(took.as_secs_f64());
    }

    /// Counts a reconcile that panicked.
    pub fn count_panic(&self) {
        self.panics.inc();
    }

    /// Sets what waits and what is in flight.
    pub fn set_queue(&self, figures: QueueFigures) {
        *self.queue.lock() = figures;
    }

    /// Counts a statement that changed a schema.
    pub fn count_statement(&self, succeeded: bool) {
        let outcome = if succeeded { "done" } else { "failed" };
        self.statements.get_or_create(&ByOutcome { outcome }).inc();
    }

    /// Writes all metrics as text.
    ///
    /// # Errors
    /// A metric can't be formatted.
    pub fn encode(&self) -> Result<String, fmt::Error> {
        let mut buffer = String::new();
        text::encode(&mut buffer, &self.registry)?;
        Ok(buffer)
    }
}

/// Reads the counter of messages whenever the metrics are read.
#[derive(Debug)]
struct TrafficCollector(Traffic);

impl Collector for TrafficCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let counter = ConstCounter::new(self.0.round_trips());
        let metric = encoder.encode_descriptor(
            "sql_round_trips",
            "Messages sent to database servers, connecting not counted",
            None,
            counter.metric_type(),
        )?;
        counter.encode(metric)
    }
}

/// Reads what waits whenever the metrics are read: the oldest ages meanwhile.
#[derive(Debug)]
struct QueueCollector(Arc<Mutex<QueueFigures>>);

impl Collector for QueueCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let QueueFigures { waiting, in_flight, oldest } = *self.0.lock();
        let age = oldest.map_or(Duration::ZERO, |since| since.elapsed());
        for (name, help, value) in [
            ("reconciles_in_flight", "Reconciles that have begun and not ended", as_gauge(in_flight)),
            ("queue_depth", "Resources that are due and wait to be reconciled", as_gauge(waiting)),
            ("queue_oldest_seconds", "How long the resource that waits longest has been due", age.as_secs_f64()),
        ] {
            let gauge = ConstGauge::new(value);
            let metric = encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
            gauge.encode(metric)?;
        }
        Ok(())
    }
}

/// A number of resources, which no gauge rounds.
fn as_gauge(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
