//! What is said of a panic: which thread and where in the code. Not what stood in the record: a message that was put together may hold it.

use std::panic::{PanicHookInfo, set_hook, take_hook};

use tracing::error;

/// Has panics told by the log from now on; with `RUST_BACKTRACE`, in full as well, for whoever looks for the cause.
pub fn log() {
    let in_full = std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0").then(take_hook);
    set_hook(Box::new(move |info| {
        error!("{}", told(info));
        if let Some(hook) = &in_full {
            hook(info);
        }
    }));
}

fn told(info: &PanicHookInfo<'_>) -> String {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("a thread");
    let place = info.location().map(|place| format!(" at {}:{}", place.file(), place.line())).unwrap_or_default();
    // Only a text that stands in the code as it is.
    let words = info.payload().downcast_ref::<&'static str>().map(|words| format!(": {words}")).unwrap_or_default();
    format!("{name} panicked{place}{words}")
}
