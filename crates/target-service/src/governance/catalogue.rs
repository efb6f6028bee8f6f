//! Owns the plugins of the marketplace: what each is and the bytes of its package, equal on every machine.
//! Must not know the store's tables and HTTP.

use serde_json::json;

use super::seeded::Seeded;
use crate::store::PluginRow;

const CATEGORIES: &[&str] = &[
    "audit",
    "access",
    "bias",
    "compliance",
    "data-quality",
    "explainability",
    "monitoring",
    "privacy",
    "reporting",
    "risk",
    "security",
    "workflow",
];
const FIRST: &[&str] = &[
    "Amber", "Atlas", "Beacon", "Clear", "Compass", "Delta", "Echo", "Falcon", "Granite", "Harbor", "Iris", "Juniper",
    "Keystone", "Lantern", "Meridian", "North", "Orbit", "Prism", "Quartz", "Ridge", "Sentry", "Tidal", "Umbra",
    "Vector", "Willow", "Zenith",
];
const SECOND: &[&str] = &[
    "Analyzer",
    "Bridge",
    "Checker",
    "Collector",
    "Console",
    "Detector",
    "Exporter",
    "Filter",
    "Guard",
    "Importer",
    "Ledger",
    "Mapper",
    "Notifier",
    "Planner",
    "Recorder",
    "Redactor",
    "Reporter",
    "Scanner",
    "Scheduler",
    "Tracker",
    "Validator",
    "Watcher",
];
const VERBS: &[&str] = &[
    "Checks",
    "Collects",
    "Compares",
    "Explains",
    "Filters",
    "Maps",
    "Records",
    "Redacts",
    "Reports",
    "Tracks",
    "Validates",
];
const OBJECTS: &[&str] = &[
    "model decisions",
    "training data",
    "access logs",
    "policy changes",
    "personal data",
    "prompt templates",
    "risk scores",
    "vendor contracts",
    "consent records",
    "drift signals",
    "incident reports",
    "retention rules",
];
const PLACES: &[&str] = &[
    "for small teams",
    "across regions",
    "in real time",
    "before release",
    "after each run",
    "with full history",
    "without agents",
];
const LICENCES: &[&str] = &["Apache-2.0", "MIT", "AGPL-3.0-or-later", "commercial"];

/// The plugin with this id, from 1.
pub(crate) fn plugin(id: i64) -> PluginRow {
    let random = &mut of(id, 0);
    let name = format!("{} {} {id}", random.pick(FIRST), random.pick(SECOND));
    let summary = sentence(random);
    let category = random.pick(CATEGORIES).to_owned();
    // Few are popular: the product of two even numbers leans to the small ones.
    let downloads = random.below(3_000) * random.below(3_000);
    let tenths = u32::try_from(random.between(20, 50)).unwrap_or(20);
    let details = json!({
        "version": format!("{}.{}.{}", random.below(6), random.below(20), random.below(40)),
        "publisher": format!("{} Works", random.pick(FIRST)),
        "licence": random.pick(LICENCES),
        "tags": [random.pick(CATEGORIES), random.pick(CATEGORIES)],
        "description": format!("{} {} {}", sentence(random), sentence(random), sentence(random)),
        "package_bytes": package_length(&mut of(id, 1)),
    });
    PluginRow {
        id,
        name,
        summary,
        category,
        downloads: i64::try_from(downloads).unwrap_or(0),
        rating: f64::from(tenths) / 10.0,
        details: details.to_string(),
    }
}

/// The package of a plugin: 16 to 64 KiB that do not compress.
pub(crate) fn package(id: i64) -> Vec<u8> {
    let mut random = of(id, 1);
    let length = package_length(&mut random);
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        bytes.extend_from_slice(&random.next().to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// The first draw of a package's sequence.
fn package_length(random: &mut Seeded) -> usize {
    usize::try_from(random.between(16 << 10, 64 << 10)).unwrap_or(16 << 10)
}

/// A sequence of its own for each plugin and use.
fn of(id: i64, use_number: u64) -> Seeded {
    Seeded::new(id.cast_unsigned().wrapping_mul(2).wrapping_add(use_number) ^ 0x706c_7567_696e)
}

fn sentence(random: &mut Seeded) -> String {
    format!("{} {} and {} {}.", random.pick(VERBS), random.pick(OBJECTS), random.pick(OBJECTS), random.pick(PLACES))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{CATEGORIES, package, plugin};

    #[test]
    fn a_plugin_is_the_same_each_time_and_no_two_have_one_name() {
        let plugins = (1..=300).map(plugin).collect::<Vec<_>>();
        assert_eq!(plugins, (1..=300).map(plugin).collect::<Vec<_>>());
        assert_eq!(plugins.iter().map(|plugin| &plugin.name).collect::<HashSet<_>>().len(), 300);
        let categories = plugins.iter().map(|plugin| plugin.category.as_str()).collect::<HashSet<_>>();
        assert_eq!(categories.len(), CATEGORIES.len());
        assert!(plugins.iter().all(|plugin| (2.0..=5.0).contains(&plugin.rating) && plugin.downloads >= 0));
    }

    #[test]
    fn a_package_has_16_to_64_kib_and_is_the_same_each_time() {
        for id in [1, 2, 777, 10_000] {
            let bytes = package(id);
            assert!((16 << 10..=64 << 10).contains(&bytes.len()));
            assert_eq!(bytes, package(id));
            assert!(plugin(id).details.contains(&format!("\"package_bytes\":{}", bytes.len())));
        }
        assert_ne!(package(1), package(2));
    }
}
