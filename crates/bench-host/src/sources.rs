//! Reads what the system says about itself below a root folder, which is `/` but for tests.
//! Must not know: what the values mean.

use std::path::{Path, PathBuf};

/// The largest such file that is read.
const LIMIT: u64 = 4 << 20;

/// A root folder with `proc`, `sys` and `etc` in it.
#[derive(Debug, Clone)]
pub struct Root(PathBuf);

impl Root {
    /// The root at a path.
    pub fn new(path: &Path) -> Self {
        Self(path.to_path_buf())
    }

    /// The trimmed text of a file, when there is one with something in it.
    pub fn text(&self, path: &str) -> Option<String> {
        use std::io::Read;
        let mut bytes = Vec::new();
        std::fs::File::open(self.0.join(path)).ok()?.take(LIMIT).read_to_end(&mut bytes).ok()?;
        Some(String::from_utf8_lossy(&bytes).trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// Whether there is such a file or folder.
    pub fn exists(&self, path: &str) -> bool {
        self.0.join(path).exists()
    }

    /// The names in a folder, in order.
    pub fn names(&self, path: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.join(path)).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names
    }

    /// The value behind `key:` in a file of such lines.
    pub fn field(&self, path: &str, key: &str) -> Option<String> {
        self.text(path)?.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            (name.trim() == key).then(|| value.trim().to_owned()).filter(|value| !value.is_empty())
        })
    }

    /// A size of `/proc/meminfo`, in bytes.
    pub fn memory(&self, key: &str) -> Option<u64> {
        let text = self.field("proc/meminfo", key)?;
        text.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
    }

    /// Load averages over 1, 5 and 15 minutes.
    pub fn load(&self) -> Option<[f64; 3]> {
        let text = self.text("proc/loadavg")?;
        let mut numbers = text.split_whitespace().map_while(|word| word.parse::<f64>().ok().filter(|n| n.is_finite()));
        Some([numbers.next()?, numbers.next()?, numbers.next()?])
    }

    /// The frequency governors in use, each once.
    pub fn governors(&self) -> Option<String> {
        const CPUS: &str = "sys/devices/system/cpu";
        let mut governors: Vec<String> = self
            .names(CPUS)
            .iter()
            .filter(|name| name.starts_with("cpu"))
            .filter_map(|name| self.text(&format!("{CPUS}/{name}/cpufreq/scaling_governor")))
            .collect();
        governors.sort();
        governors.dedup();
        Some(governors.join(", ")).filter(|text| !text.is_empty())
    }

    /// Time that the hypervisor took away, and all time, summed over processors in ticks since the system began.
    pub fn steal(&self) -> Option<(u64, u64)> {
        let text = self.text("proc/stat")?;
        let line = text.lines().find(|line| line.starts_with("cpu "))?;
        // user nice system idle iowait irq softirq steal; guest times are part of user.
        let ticks: Vec<u64> = line.split_whitespace().skip(1).take(8).map_while(|word| word.parse().ok()).collect();
        Some((*ticks.get(7)?, ticks.iter().fold(0, |sum, ticks| u64::saturating_add(sum, *ticks))))
    }

    /// The hypervisor and the container technology, as far as they show.
    pub fn virtualization(&self) -> Option<String> {
        let kinds: Vec<&str> = [self.hypervisor(), self.container()].into_iter().flatten().collect();
        Some(kinds.join(" + ")).filter(|text| !text.is_empty())
    }

    fn hypervisor(&self) -> Option<&'static str> {
        if self.text("sys/hypervisor/type").is_some_and(|kind| kind == "xen") {
            return Some("xen");
        }
        let dmi = |name: &str| self.text(&format!("sys/class/dmi/id/{name}")).unwrap_or_default();
        let maker = format!("{} {}", dmi("sys_vendor"), dmi("product_name"));
        let known = [
            ("QEMU", "kvm"),
            ("KVM", "kvm"),
            ("VMware", "vmware"),
            ("VirtualBox", "virtualbox"),
            ("Microsoft Corporation Virtual Machine", "hyper-v"),
            ("Amazon EC2", "amazon"),
            ("Google Compute Engine", "google"),
            ("Parallels", "parallels"),
        ];
        if let Some((_, kind)) = known.iter().find(|(mark, _)| maker.contains(mark)) {
            return Some(kind);
        }
        let flags = self.field("proc/cpuinfo", "flags").unwrap_or_default();
        flags.split_whitespace().any(|flag| flag == "hypervisor").then_some("virtual machine")
    }

    fn container(&self) -> Option<&'static str> {
        let groups = self.text("proc/1/cgroup").unwrap_or_default();
        match () {
            () if groups.contains("kubepods") => Some("kubernetes"),
            () if self.exists(".dockerenv") || groups.contains("docker") => Some("docker"),
            () if self.exists("run/.containerenv") => Some("podman"),
            () if groups.contains("lxc") => Some("lxc"),
            () => None,
        }
    }
}
