//! Health: SERVING only while database and keyring are good.

mod answers;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tonic_health::ServingStatus;
use tonic_health::pb::health_server::{Health as HealthRpc, HealthServer};
use tonic_health::server::{HealthReporter, HealthService};

use self::answers::Answers;

use crate::authz::METHODS;
use crate::service::Registry;

/// How often the database is asked.
const INTERVAL: Duration = Duration::from_secs(1);
/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the health service says.
#[derive(Debug, Clone)]
pub struct Health {
    reporter: HealthReporter,
    told: Arc<Mutex<Option<ServingStatus>>>,
    /// Why the database gave no answer, as it was logged last.
    cause: Arc<Mutex<Option<String>>>,
    ended: watch::Sender<bool>,
}

impl Health {
    /// Makes the state and the service that tells it; it means nothing before the first look.
    #[must_use]
    pub fn new() -> (Self, HealthServer<impl HealthRpc>) {
        let (reporter, ended) = (HealthReporter::new(), watch::Sender::new(false));
        let service = Answers::new(HealthService::from_health_reporter(reporter.clone()), ended.clone());
        (Self { reporter, told: Arc::default(), cause: Arc::default(), ended }, HealthServer::new(service))
    }

    /// Looks again and again, for ever.
    pub async fn watch(self, registry: Arc<Registry>) {
        loop {
            self.look(&registry).await;
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// Looks once: at the keyring and at the database.
    pub async fn look(&self, registry: &Registry) {
        let database = tokio::time::timeout(PATIENCE, registry.store.ping()).await;
        let good = registry.keys.may_seal().is_ok() && matches!(database, Ok(Ok(())));
        self.tell(if good { ServingStatus::Serving } else { ServingStatus::NotServing }).await;
        match database {
            Ok(Ok(())) => self.note(None),
            Ok(Err(failure)) => self.note(registry.store.explain(Some(&failure)).await),
            Err(_) => self.note(registry.store.explain(None).await),
        }
    }

    /// Logs why the database gives no answer, once for each cause, and that it answers again.
    fn note(&self, cause: Option<String>) {
        let mut logged = self.cause.lock().unwrap_or_else(PoisonError::into_inner);
        if *logged == cause {
            return;
        }
        if let Some(cause) = &cause {
            tracing::warn!(cause, "the database does not answer");
        } else {
            tracing::info!("the database answers again");
        }
        *logged = cause;
    }

    /// Says that no further call is wanted.
    pub async fn stop(&self) {
        self.tell(ServingStatus::NotServing).await;
    }

    /// Ends the streams of those who watch, once they have been told: otherwise each of them would hold up the drain.
    pub fn end_watches(&self) {
        self.ended.send_replace(true);
    }

    async fn tell(&self, status: ServingStatus) {
        // Watchers hear of changes alone.
        let before = self.told.lock().unwrap_or_else(PoisonError::into_inner).replace(status);
        if before == Some(status) {
            return;
        }
        self.reporter.set_service_status("", status).await;
        for service in services() {
            self.reporter.set_service_status(service, status).await;
        }
    }
}

/// Returns the full name of every service of the API.
fn services() -> impl Iterator<Item = &'static str> {
    let mut last = "";
    let names = METHODS.iter().filter_map(|rule| rule.name.split_once('/')).map(|(service, _)| service);
    names.filter(move |service| std::mem::replace(&mut last, service) != *service)
}
