//! Cuts what failed down to what it takes to fail.

/// Steps that end in a fault.
#[derive(Debug)]
pub(super) struct Failure<T> {
    pub(super) items: Vec<T>,
    pub(super) why: String,
}

/// Leaves out what is not needed: `fault` says what goes wrong with some of the steps, if anything does.
pub(super) async fn cut<T: Clone, F: AsyncFn(&[T]) -> Option<String>>(mut failure: Failure<T>, fault: F) -> Failure<T> {
    let mut width = failure.items.len() / 2;
    while width > 0 {
        let mut from = 0;
        while from < failure.items.len() {
            let mut items = failure.items.clone();
            items.drain(from..(from + width).min(failure.items.len()));
            match fault(&items).await {
                Some(why) => failure = Failure { items, why },
                None => from += width,
            }
        }
        width /= 2;
    }
    failure
}

impl<T: std::fmt::Debug> Failure<T> {
    /// What a reader of the failed test sees.
    pub(super) fn report(&self) -> String {
        let items: Vec<String> = self.items.iter().map(|item| format!("{item:?}\n")).collect();
        format!("{}{}", items.concat(), self.why)
    }
}
