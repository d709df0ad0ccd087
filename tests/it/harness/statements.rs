//! A record of the statements that a store ran.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use oauth_registry::storage::{ExecutedStatement, StatementObserver};
use sea_orm::Value;

/// A statement that ran, with the values that it ran with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Recorded {
    pub(crate) sql: String,
    pub(crate) values: Vec<Value>,
    pub(crate) failed: bool,
}

/// Everything that a store ran since it was asked last.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Vec<Recorded>>>);

impl Recorder {
    /// The observer that writes the record.
    pub(crate) fn observer(&self) -> StatementObserver {
        let recorder = self.clone();
        Arc::new(move |statement: &ExecutedStatement<'_>| {
            let ExecutedStatement { sql, values, elapsed: _, failed } = statement;
            recorder.recorded().push(Recorded { sql: (*sql).to_owned(), values: values.to_vec(), failed: *failed });
        })
    }

    /// Takes what was recorded; the record begins anew.
    pub(crate) fn take(&self) -> Vec<Recorded> {
        std::mem::take(&mut *self.recorded())
    }

    /// Takes the texts of what was recorded.
    pub(crate) fn take_texts(&self) -> Vec<String> {
        self.take().into_iter().map(|one| one.sql).collect()
    }

    fn recorded(&self) -> MutexGuard<'_, Vec<Recorded>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
