//! Tells an Alertmanager, or a webhook, which alerts fire.
