//! What the operating system knows of the process, under the names that all Prometheus clients use.

use crate::exposition::Exposition;

/// Adds what can be read; what cannot has no series.
#[cfg(target_os = "linux")]
pub(crate) fn expose(out: &mut Exposition) {
    use crate::names;
    use procfs::{boot_time_secs, page_size, process::LimitValue, process::Process, ticks_per_second};

    let Ok(process) = Process::myself() else { return };
    if let Ok(stat) = process.stat() {
        let seconds = |ticks: u64| ticks as f64 / ticks_per_second() as f64;
        out.put(&names::PROCESS_CPU, &[], seconds(stat.utime.saturating_add(stat.stime)));
        out.put(&names::PROCESS_THREADS, &[], stat.num_threads as f64);
        out.put(&names::PROCESS_VIRTUAL_MEMORY, &[], stat.vsize as f64);
        out.put(&names::PROCESS_RESIDENT_MEMORY, &[], stat.rss.saturating_mul(page_size()) as f64);
        if let Ok(boot) = boot_time_secs() {
            out.put(&names::PROCESS_START, &[], boot as f64 + seconds(stat.starttime));
        }
    }
    if let Ok(open) = process.fd_count() {
        out.put(&names::PROCESS_OPEN_FDS, &[], open as f64);
    }
    if let Ok(limits) = process.limits()
        && let LimitValue::Value(most) = limits.max_open_files.soft_limit
    {
        out.put(&names::PROCESS_MAX_FDS, &[], most as f64);
    }
}

/// Elsewhere nothing is known.
#[cfg(not(target_os = "linux"))]
pub(crate) fn expose(_: &mut Exposition) {}
