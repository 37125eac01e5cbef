//! Tells an Alertmanager, or a webhook, which alerts fire.
//!
//! At every evaluation, a [`Notifier`] is given all alerts that fire ([`Firing`]; [`describe`] makes one of an objective's
//! alert, with the labels and words of the generated Prometheus rules). What has to be sent to whom is kept by a
//! [`Book`], which has no clock and does no IO; one thread for each destination asks it, and sends. So a destination that
//! is slow or dead harms no other.
//!
//! | | Alertmanager | webhook |
//! |---|---|---|
//! | what it is sent | alerts, 64 at most at once | groups of alerts, by name and service |
//! | when | as Prometheus does: at once, and again every minute while it fires; resolved, for 15 minutes | when one fires or is resolved, and again after hours |
//! | what waits | the newest of each alert, 10,000 alerts | the same |
//! | what fails | is retried, ever more slowly, up to once a minute | the same |
//! | what is refused (4xx) | is dropped and counted | the same |

mod backoff;
mod book;
mod describe;
mod destination;
mod error;
mod firing;
mod manager;
mod notifier;
mod post;
mod state;
mod webhook;

pub use book::{Book, Due, Kind, Message, Outcome, QUEUE, Timing};
pub use describe::{Hour, Numbers, SILENT_MS, UNMATCHED_MS, broken, describe, describe_all, silent, unmatched};
pub use destination::Destination;
pub use error::AlertsError;
pub use firing::{Alert, Firing};
pub use manager::BATCH;
pub use notifier::{DestinationHealth, Notifier, NotifierConfig, TIMEOUT};
pub use state::{DestinationState, NotifierState, ToldAlert};
pub use webhook::GroupMessage;
