//! Those who have connected and not yet greeted, oldest first.

use std::collections::VecDeque;

use tokio::task::JoinHandle;

/// The greetings that are awaited. They are cut off when this is dropped.
#[derive(Debug, Default)]
pub(super) struct Newcomers(VecDeque<JoinHandle<()>>);

impl Newcomers {
    /// Adds the youngest.
    pub(super) fn push(&mut self, greeting: JoinHandle<()>) {
        if self.0.len() == self.0.capacity() {
            // Those that are done leave before the list grows, so that it stays as long as those that are not.
            self.0.retain(|greeting| !greeting.is_finished());
        }
        self.0.push_back(greeting);
    }

    /// Cuts off the one that has waited for longest, and says whether there was any.
    pub(super) async fn cut_oldest(&mut self) -> bool {
        while let Some(oldest) = self.0.pop_front() {
            oldest.abort();
            // Its place and its descriptor are free only after its end. One that has just greeted keeps both.
            if oldest.await.is_err() {
                return true;
            }
        }
        false
    }
}

impl Drop for Newcomers {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}
