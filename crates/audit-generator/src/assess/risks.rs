//! What could go wrong. What was not tested comes first: nobody knows how bad it is.
//! Must not know: what to do about it.

use bench_model::assessment::{
    Assessment, Bottleneck, DecisionKind, PlanCategory, PlanItem, Reached, Risk, RiskBasis, RiskLevel, TestStatus,
};
use bench_model::words::count;

use super::verdict::{against, several};

/// Every risk of what was found.
pub(super) fn risks(of: &Assessment) -> Vec<Risk> {
    let mut risks = Vec::new();
    for category in PlanCategory::ALL {
        untested(of, category, &mut risks);
    }
    for one in of.readiness.iter().filter(|one| one.score.is_none()) {
        let lacking: Vec<String> =
            one.missing.iter().map(|missing| format!("{}: {}", missing.name, missing.why)).collect();
        let text = format!("{} is not measured: {}", one.category.label(), several(&lacking));
        risks.push(Risk { level: RiskLevel::High, text, basis: RiskBasis::Untested });
    }
    for component in &of.components {
        if let Bottleneck::NotMeasured { why, .. } = &component.bottleneck {
            let text = format!("what holds the component `{}` back is not known: {why}", component.name);
            risks.push(Risk { level: RiskLevel::Medium, text, basis: RiskBasis::Untested });
        }
    }
    for item in &of.plan.items {
        let level = match item.status {
            TestStatus::Failed => RiskLevel::High,
            TestStatus::Inconclusive => RiskLevel::Medium,
            TestStatus::Passed | TestStatus::NotRun | TestStatus::NotAutomated | TestStatus::NotApplicable => continue,
        };
        let text = format!("test {}, {}: {}", item.id, item.title, against(item));
        risks.push(Risk { level, text, basis: RiskBasis::Evidence(item.evidence.iter().cloned().collect()) });
    }
    capacity(of, &mut risks);
    doubtful(of, &mut risks);
    // Within a level as they were found.
    risks.sort_by_key(|risk| (!matches!(risk.basis, RiskBasis::Untested), risk.level));
    risks
}

fn untested(of: &Assessment, category: PlanCategory, risks: &mut Vec<Risk>) {
    let all: Vec<&PlanItem> = of.plan.items.iter().filter(|item| item.category == category).collect();
    for (status, level, words) in [
        (TestStatus::NotRun, RiskLevel::High, "not run"),
        (TestStatus::NotAutomated, RiskLevel::Medium, "not automated"),
    ] {
        let mine: Vec<_> = all.iter().filter(|item| item.status == status).collect();
        if mine.is_empty() {
            continue;
        }
        let names: Vec<String> = mine.iter().map(|item| format!("{} ({})", item.id, item.title)).collect();
        let text = format!(
            "{} of {} {words}: {}",
            mine.len(),
            count(all.len(), &format!("{} test", category.as_str()), &format!("{} tests", category.as_str())),
            several(&names)
        );
        risks.push(Risk { level, text, basis: RiskBasis::Untested });
    }
}

fn capacity(of: &Assessment, risks: &mut Vec<Risk>) {
    for decision in &of.decisions {
        match decision.decision {
            DecisionKind::Up => {
                let text = format!("{}: the capacity does not suffice: {}", decision.name, decision.why);
                risks.push(Risk {
                    level: RiskLevel::High,
                    text,
                    basis: RiskBasis::Evidence(decision.evidence.clone()),
                });
            }
            DecisionKind::Undecided => {
                let text = format!("{}: whether the capacity suffices is not known: {}", decision.name, decision.why);
                risks.push(Risk { level: RiskLevel::Medium, text, basis: RiskBasis::Untested });
            }
            DecisionKind::Down | DecisionKind::Hold => {}
        }
    }
    for forecast in &of.forecasts {
        let level = match forecast.reached {
            Some(Reached::Already) => RiskLevel::High,
            Some(Reached::Within { .. } | Reached::NotWithin { earliest: Some(_) }) => RiskLevel::Medium,
            Some(Reached::NotWithin { earliest: None } | Reached::Never) | None => continue,
        };
        let text = format!("{}: the capacity of {}", forecast.name, forecast.why);
        risks.push(Risk { level, text, basis: RiskBasis::Evidence(forecast.evidence.clone()) });
    }
}

fn doubtful(of: &Assessment, risks: &mut Vec<Risk>) {
    let ids = |which: fn(&bench_model::assessment::Evidence) -> bool| -> Vec<String> {
        of.evidence.iter().filter(|line| which(line)).map(|line| line.id.clone()).collect()
    };
    for (ids, one, many) in [
        (ids(|line| line.old), "line of evidence is old", "lines of evidence are old"),
        (
            ids(|line| line.dirty),
            "line of evidence is of a work tree with changes",
            "lines of evidence are of work trees with changes",
        ),
    ] {
        if !ids.is_empty() {
            let text = count(ids.len(), one, many);
            risks.push(Risk { level: RiskLevel::Low, text, basis: RiskBasis::Evidence(ids) });
        }
    }
}
