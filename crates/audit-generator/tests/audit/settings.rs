//! `audit_config.yaml`.

use std::path::Path;

use audit_generator::{AuditConfig, ExportFormat, Frequency, controls_from_folder, selected};
use bench_model::Failure;

fn merged(text: &str) -> Result<AuditConfig, String> {
    let mut config = AuditConfig::compiled_in().unwrap();
    match config.merge_text(Path::new("audit_config.yaml"), text) {
        Ok(()) => Ok(config),
        Err(error) => Err(format!("{error} ({})", error.location().unwrap())),
    }
}

fn listed(text: &str) -> Result<Vec<String>, String> {
    let controls = controls_from_folder(Path::new("no such folder")).unwrap();
    match selected(&controls, &merged(text)?) {
        Ok(controls) => Ok(controls.control.into_iter().map(|control| control.clause).collect()),
        Err(error) => Err(format!("{error} ({})", error.location().unwrap())),
    }
}

#[test]
fn the_compiled_in_configuration_is_the_specifications() {
    let config = AuditConfig::compiled_in().unwrap();
    assert_eq!(config.compliance_standards, ["SOX", "PCI-DSS", "GDPR", "ISO27001"]);
    assert_eq!(
        (config.frequency, config.retention_months, config.baseline_history_retention),
        (Frequency::Monthly, 36, 36)
    );
    assert_eq!(config.export_formats, [ExportFormat::Html, ExportFormat::Pdf, ExportFormat::Json]);
    assert!(config.slo_violation_alerts && config.regression_incident_tracking);
    assert_eq!(listed("").unwrap().len(), 10);
    assert_eq!(merged("# nothing but a comment\n").unwrap(), config);
}

#[test]
fn a_file_stands_over_it_key_by_key() {
    let config =
        merged("retention_months: 12\nreporting:\n  frequency: quarterly\nexport_formats:\n  - json\n").unwrap();
    assert_eq!((config.retention_months, config.frequency), (12, Frequency::Quarterly));
    assert_eq!(
        (config.export_formats.as_slice(), config.baseline_history_retention),
        ([ExportFormat::Json].as_slice(), 36)
    );
    let origin = |key: &str| config.entries().into_iter().find(|entry| entry.0 == key).unwrap().2.to_string();
    assert_eq!(origin("reporting.frequency"), "audit_config.yaml:3");
    assert_eq!(origin("slo_violation_alerts"), "default");
}

#[test]
fn a_key_that_nothing_reads_is_refused_with_the_nearest() {
    assert_eq!(
        merged("# comment\nretention_month: 12\n").unwrap_err(),
        "unknown key `retention_month`; did you mean `retention_months` (audit_config.yaml:2)"
    );
    assert_eq!(
        merged("reporting:\n  frequenzy: monthly\n").unwrap_err(),
        "unknown key `frequenzy`; did you mean `frequency` (audit_config.yaml:2)"
    );
}

#[test]
fn a_value_that_cannot_be_used_is_refused_with_what_can() {
    let cases = [
        ("retention_months: 36 months", "`retention_months` is a number of months between 1 and 1200, such as 36"),
        ("baseline_history_retention: 0", "`baseline_history_retention` is a number of months between 1 and 1200"),
        ("slo_violation_alerts: often", "`slo_violation_alerts` is true or false"),
        ("export_formats: [html, docx]", "`export_formats` is a list of html, pdf and json, such as [html, json]"),
        ("export_formats: []", "`export_formats` is a list of html, pdf and json, such as [html, json]; with none"),
        ("export_formats: html", "`export_formats` is a list of html, pdf and json"),
        ("compliance_standards: [SOX, SOX]", "`compliance_standards` is a list of standards"),
        ("reporting: {frequency: weekly}", "`reporting.frequency` is monthly, quarterly or yearly"),
        ("regulatory_requirements: [GDPR]", "`regulatory_requirements` lists clauses by standard"),
    ];
    for (text, expected) in cases {
        let error = merged(&format!("\n{text}\n")).unwrap_err();
        assert!(error.starts_with(expected) && error.ends_with("(audit_config.yaml:2)"), "{text}: {error}");
    }
    assert!(merged("a: [").is_err());
}

#[test]
fn a_file_of_the_wrong_form_is_refused_in_the_words_of_its_writer() {
    let cases = [
        ("retention_months: 1\nretention_months: 2\n", "the key `retention_months` stands there twice", 2),
        ("retention_months: 1\n---\nretention_months: 2\n", "the file holds more than one document", 3),
        ("# comment\n[a]\n", "a table of keys must stand there", 2),
        ("reporting: monthly\n", "a table of keys must stand there", 1),
    ];
    for (text, reason, line) in cases {
        let expected = format!("audit_config.yaml: {reason} (audit_config.yaml:{line})");
        assert_eq!(merged(text).unwrap_err(), expected, "{text}");
    }
}

#[test]
fn standards_and_clauses_are_chosen_from_the_mapping() {
    assert_eq!(
        listed("compliance_standards: [GDPR, SOX]").unwrap(),
        ["Art. 32(1)(b)", "Art. 32(1)(d)", "Section 404, change management"]
    );
    let chosen = "compliance_standards: [GDPR]\nregulatory_requirements: {GDPR: [\"Art. 32(1)(d)\"]}";
    assert_eq!(listed(chosen).unwrap(), ["Art. 32(1)(d)"]);
    assert_eq!(listed("compliance_standards: []").unwrap(), Vec::<String>::new());
    let error = listed("\ncompliance_standards: [SOX, PCIDSS]").unwrap_err();
    assert_eq!(
        error,
        "`compliance_standards` names `PCIDSS`, which controls.toml does not hold; did you mean `PCI-DSS`: it holds `SOX`, \
         `PCI-DSS`, `GDPR`, `ISO27001` (audit_config.yaml:2)"
    );
    let error = listed("regulatory_requirements: {GDPR: [\"Art. 32\"]}").unwrap_err();
    assert!(
        error.starts_with("`regulatory_requirements` names `Art. 32`, which controls.toml does not hold"),
        "{error}"
    );
    let error = listed("compliance_standards: [SOX]\nregulatory_requirements: {GDPR: []}").unwrap_err();
    assert!(
        error.starts_with("`regulatory_requirements` names `GDPR`, which `compliance_standards` does not list"),
        "{error}"
    );
}
