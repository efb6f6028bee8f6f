//! Takes a reading of the service, the generator and the machine at a time, below a root folder.

use bench_host::Root;
use bench_model::Finite;
use bench_model::load::{Source, Usage};

use super::container::Container;
use super::proc::{self, Ticks};
use super::process::{self, Tree};
use super::reading::{Rates, Reading};

/// The service, by what it is known.
#[derive(Debug)]
pub(super) enum Service {
    /// A process with its descendants.
    Process(Tree),
    /// A container.
    Container(Container),
}

/// Takes readings.
#[derive(Debug)]
pub(super) struct Sampler {
    root: Root,
    service: Option<(Service, Rates)>,
    generator: (u32, Rates),
    machine: Option<Ticks>,
}

impl Sampler {
    /// Watches a service, when there is one, and the generator with this process id.
    pub(super) fn new(root: Root, service: Option<Service>, generator: u32) -> Self {
        let service = service.map(|service| (service, Rates::default()));
        Self { root, service, generator: (generator, Rates::default()), machine: None }
    }

    /// What is in use at a time.
    pub(super) fn sample(&mut self, at: Finite) -> Vec<Usage> {
        let service = self.service(at);
        let (pid, rates) = &mut self.generator;
        let generator = process::alone(&self.root, *pid).map(|reading| {
            // Counting them takes one itself.
            let descriptors = reading.descriptors.map(|count| count.saturating_sub(1));
            rates.usage(Source::Generator, at, &Reading { descriptors, ..reading })
        });
        [service, generator, self.machine(at)].into_iter().flatten().collect()
    }

    fn service(&mut self, at: Finite) -> Option<Usage> {
        let (service, rates) = self.service.as_mut()?;
        let before = restarts(service);
        let reading = match service {
            Service::Process(tree) => tree.read(&self.root),
            Service::Container(container) => container.read(&self.root),
        };
        if restarts(service) != before {
            // Counters of another life have nothing in common with these.
            *rates = Rates::default();
        }
        let usage = rates.usage(Source::Service, at, &reading.unwrap_or_default());
        Some(Usage { restarts: Some(restarts(service)), ..usage })
    }

    fn machine(&mut self, at: Finite) -> Option<Usage> {
        let now = proc::machine(&self.root.text("proc/stat")?)?;
        let before = self.machine.replace(now);
        let share = |part: fn(&Ticks) -> u64, scale: u64| {
            let before = before.as_ref()?;
            let all = now.all.checked_sub(before.all).filter(|all| *all > 0)?;
            // The wait for disks may seem to shrink (proc_stat(5)): then it is not known.
            let part = part(&now).checked_sub(part(before))?;
            Finite::try_from(part as f64 / all as f64 * scale as f64).ok()
        };
        let memory = self.root.memory("MemTotal").zip(self.root.memory("MemAvailable"));
        let usage = Rates::default().usage(Source::Machine, at, &Reading::default());
        Some(Usage {
            cpu: share(|ticks| ticks.busy, now.processors),
            io_wait: share(|ticks| ticks.io_wait, 1),
            memory: memory.and_then(|(all, free)| all.checked_sub(free)),
            ..usage
        })
    }
}

fn restarts(service: &Service) -> u32 {
    match service {
        Service::Process(tree) => tree.restarts(),
        Service::Container(container) => container.restarts(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_machine_is_told_in_processors_and_shares() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("proc")).unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join("proc").join(name), text).unwrap();
        write("meminfo", "MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable: 400 kB\n");
        let mut sampler = Sampler::new(Root::new(folder.path()), None, 1);
        let mut at = 0.0;
        let mut next = |text: &str| {
            write("stat", text);
            at += 1.0;
            sampler.sample(Finite::try_from(at).unwrap()).remove(0)
        };
        let first = next("cpu  0 0 0 100 50 0 0 0\ncpu0 0\ncpu1 0\n");
        assert_eq!((first.of, first.cpu, first.io_wait, first.memory), (Source::Machine, None, None, Some(600 * 1024)));
        // 200 ticks in all: 100 at work, 20 waiting for disks.
        let second = next("cpu  60 0 40 180 70 0 0 0\ncpu0 0\ncpu1 0\n");
        assert_eq!((second.cpu.unwrap().get(), second.io_wait.unwrap().get()), (1.0, 0.1));
        let third = next("cpu  60 0 40 380 60 0 0 0\ncpu0 0\ncpu1 0\n");
        assert_eq!((third.cpu.unwrap().get(), third.io_wait), (0.0, None));
    }
}
