//! The bar that shows how much of the files has been read, on a terminal only.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar on standard error; where that is no terminal, nothing is drawn.
pub struct Progress {
    bar: ProgressBar,
    read: Arc<AtomicU64>,
}

impl Progress {
    /// A bar for reading these files, of which `read` counts the bytes.
    pub fn of_files(files: &[PathBuf], read: Arc<AtomicU64>) -> Progress {
        let sizes = files.iter().map(|file| std::fs::metadata(file).ok().filter(std::fs::Metadata::is_file).map(|about| about.len()));
        let total: Option<u64> = sizes.sum();
        // A few drawings a second are enough to see that it moves.
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr_with_hz(5));
        let template = if total.is_some() { "{bar:40} {bytes} of {total_bytes}, {eta} left" } else { "{spinner} {bytes} read" };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Progress { bar, read }
    }

    /// Shows how far the reading is.
    pub fn show(&self) {
        self.bar.set_position(self.read.load(Ordering::Relaxed));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
