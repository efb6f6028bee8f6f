//! What happens to the service when a phase begins: a thread of its own tells it, so that requests do not wait.
//! Must not know: the load.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread::{Scope, ScopedJoinHandle};

use bench_cli::Interrupt;
use bench_model::{Code, Diagnostic};
use http::Method;

use super::fixed::Caller;
use crate::Error;
use crate::engine::{Begins, Target};
use crate::proxy::{Cut, Proxy};
use crate::scenario::{Action, Scenario};
use crate::service::Service;

/// See the module.
pub(super) struct Events;

impl Events {
    /// Starts the thread. It ends when what it returns first, which takes the phases that begin, is dropped; then it has what failed.
    ///
    /// # Errors
    /// A dependency is to be cut that there is none of.
    pub(super) fn start<'scope, 'env>(
        scope: &'scope Scope<'scope, 'env>,
        scenario: &'env Scenario,
        target: &Arc<Target>,
        service: Option<&'env Service>,
        interrupt: &Interrupt,
    ) -> Result<(Begins, ScopedJoinHandle<'scope, Vec<Diagnostic>>), Error> {
        let proxy = service.and_then(Service::dependency);
        let cuts = |action: &Action| match action {
            Action::CutDependency | Action::HealDependency => true,
            Action::Post(..) => false,
        };
        if proxy.is_none() && scenario.events.iter().any(|event| cuts(&event.action)) {
            return Err(Error::Load {
                what: "the scenario cuts the service's dependency, and knows of none".into(),
                hint: "let the service be started with --service, and ask for a dependency in the scenario".into(),
            });
        }
        let caller = Caller::new(scenario, target, interrupt);
        let (begun, phases) = channel::<usize>();
        let thread = scope.spawn(move || {
            let mut failed = Vec::new();
            for phase in phases.iter().filter_map(|index| scenario.phases.get(index)) {
                for event in scenario.events.iter().filter(|event| event.phase == phase.name) {
                    if let Err(reason) = happen(&event.action, &caller, proxy) {
                        failed.push(Diagnostic {
                            code: Code::Load,
                            message: format!("what was to happen when `{}` began did not: {reason}", phase.name),
                            location: None,
                            hint: "start the service so that it permits it, such as with --allow-faults".into(),
                        });
                    }
                }
            }
            failed
        });
        let begins = move |index| {
            // The thread listens until this is dropped.
            let _ = begun.send(index);
        };
        Ok((Box::new(begins), thread))
    }
}

fn happen(action: &Action, caller: &Caller, proxy: Option<&Proxy>) -> Result<(), String> {
    match action {
        Action::Post(path, body) => caller.call(&Method::POST, path, Some(body)).map(drop),
        Action::CutDependency => {
            proxy.ok_or("there is no dependency")?.cut(Cut::Refuse);
            Ok(())
        }
        Action::HealDependency => {
            proxy.ok_or("there is no dependency")?.heal();
            Ok(())
        }
    }
}
