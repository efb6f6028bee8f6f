//! Formats of `/proc` beside those that `bench-host` reads, as pure functions over text (Linux: proc_pid_io(5), proc_pid_net(5),
//! proc_stat(5)).
//! What does not look as documented is `None`.

/// Bytes read from and written to disks, of a process's `io`.
pub(super) fn io(text: &str) -> Option<(u64, u64)> {
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.trim().parse::<u64>().ok());
    Some((value("read_bytes:")?, value("write_bytes:")?))
}

/// Bytes received and sent by all interfaces of a `net/dev`, loopback among them.
pub(super) fn net_dev(text: &str) -> Option<(u64, u64)> {
    let interface = |line: &str| {
        let (_, numbers) = line.rsplit_once(':')?;
        let mut numbers = numbers.split_ascii_whitespace().map_while(|word| word.parse::<u64>().ok());
        // Eight about receiving, then eight about sending; bytes first.
        Some((numbers.next()?, numbers.nth(7)?))
    };
    text.lines().filter_map(interface).fold(None, |sum, (received, sent)| {
        let (all_received, all_sent) = sum.unwrap_or((0_u64, 0_u64));
        Some((all_received.saturating_add(received), all_sent.saturating_add(sent)))
    })
}

/// The machine's processor time since it started, in ticks summed over processors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticks {
    /// At work, for anyone but other machines on the same hardware.
    pub(super) busy: u64,
    /// Idle while something waited for a disk.
    pub(super) io_wait: u64,
    /// All of it.
    pub(super) all: u64,
    /// How many processors there are.
    pub(super) processors: u64,
}

/// `/proc/stat`: `cpu  user nice system idle iowait irq softirq steal`; guest times are part of user.
pub(super) fn machine(text: &str) -> Option<Ticks> {
    let line = text.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let ticks: Vec<u64> = line.split_ascii_whitespace().take(8).map_while(|word| word.parse().ok()).collect();
    let [user, nice, system, idle, io_wait, irq, soft, rest @ ..] = ticks.as_slice() else { return None };
    let sum = |parts: &[u64]| parts.iter().fold(0, |sum, part| u64::saturating_add(sum, *part));
    let processors = text.lines().filter_map(|line| line.strip_prefix("cpu"));
    let processors = processors.filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())).count() as u64;
    let busy = sum(&[*user, *nice, *system, *irq, *soft]);
    let all = sum(&[busy, *idle, *io_wait, sum(rest)]);
    (processors > 0).then_some(Ticks { busy, io_wait: *io_wait, all, processors })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn disk_bytes_are_not_those_of_the_page_cache() {
        let text =
            "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 7\n";
        assert_eq!(io(text), Some((4096, 8192)));
        assert_eq!(io("rchar: 1\n"), None);
    }

    #[test]
    fn interfaces_are_summed_and_headings_are_not_numbers() {
        let text = "Inter-|   Receive                                                |  Transmit\n \
                    face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n    \
                    lo: 100 1 0 0 0 0 0 0 100 1 0 0 0 0 0 0\neth0:20 1 0 0 0 0 0 0 3 1 0 0 0 0 0 0\n";
        assert_eq!(net_dev(text), Some((120, 103)));
        assert_eq!(net_dev("Inter-|   Receive\n"), None);
    }

    #[test]
    fn stolen_time_is_no_work_and_a_machine_has_its_processors() {
        let text = "cpu  10 1 5 100 20 2 2 60 9 9\ncpu0 5 0 0 0 0 0 0 0 0 0\ncpu1 5 1 5 100 20 2 2 60 9 9\nintr 5\n";
        assert_eq!(machine(text), Some(Ticks { busy: 20, io_wait: 20, all: 200, processors: 2 }));
        assert_eq!(machine("cpu  1 2 3\ncpu0 1 2 3\n"), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_a_parser_panic(text in "(?s).{0,300}") {
            let _ = (io(&text), net_dev(&text), machine(&text));
        }
    }
}
